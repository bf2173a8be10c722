// One settled request as a CloudEvents 1.0 event (JSON event format), the shape that billing systems take usage in. No prompt, no key, no address.
import type { RequestRecord } from '../core/record.js';
import type { ExportItem } from '../ledger/export-query.js';

/** Changes with any change of `data` that is no mere addition. */
export const USAGE_EVENT_TYPE = 'com.weir.usage.v1';

/** Who sends: `source` with `id` tells events apart wherever they come together. A URI-reference that names no machine. */
const SOURCE = '/weir';
/** Billing systems need a subject; a request that nobody could be charged for says so. */
const NOBODY = '(none)';

export interface UsageEvent {
  readonly specversion: '1.0';
  readonly type: typeof USAGE_EVENT_TYPE;
  readonly source: string;
  /** The request's id. */
  readonly id: string;
  /** Of admission, RFC 3339. */
  readonly time: string;
  /** The consumer. */
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  /** CloudEvents' sequence extension: sorts as text in the order of settlement, and is the cursor to go on after. */
  readonly sequence: string;
  readonly data: UsageData;
}

/** Unknown numbers are null, never 0. */
export interface UsageData {
  readonly consumer: string | null;
  readonly end_user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly provider: string | null;
  readonly api: string;
  readonly model: string | null;
  readonly model_served: string | null;
  readonly outcome: string;
  readonly status: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** provider, counted, estimated, none: how the tokens are known. */
  readonly usage_source: string;
  /** Decimal text, exact. */
  readonly cost_usd: string | null;
  readonly cost_status: string;
  readonly total_ms: number | null;
}

export function usageEvent({ record, cursor }: ExportItem): UsageEvent {
  return {
    specversion: '1.0',
    type: USAGE_EVENT_TYPE,
    source: SOURCE,
    id: record.id,
    time: record.time,
    subject: record.consumer?.name ?? NOBODY,
    datacontenttype: 'application/json',
    sequence: cursor,
    data: usageData(record),
  };
}

function usageData({ ai, consumer, usage, cost, outcome, status, timing }: RequestRecord): UsageData {
  return {
    consumer: consumer?.name ?? null,
    end_user: consumer?.end_user ?? null,
    tags: consumer?.tags ?? {},
    provider: ai.provider,
    api: ai.api,
    model: ai.model,
    model_served: ai.model_served,
    outcome,
    status,
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cached_input_tokens: usage.cached_input_tokens,
    cache_write_tokens: usage.cache_write_tokens,
    reasoning_tokens: usage.reasoning_tokens,
    usage_source: usage.source,
    cost_usd: cost.usd,
    cost_status: cost.status,
    total_ms: timing.total_ms,
  };
}
