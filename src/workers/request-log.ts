// One line a settled request, in pino's format: made in the ledger's thread out of what its index has taken in, off the path of any request, in the order
// in which they settled, each once. What nobody reads waits in the ledger, not in memory: the next lines are only made when the last are written.
import { type Logger, pino } from 'pino';
import { addressText } from '../core/address.js';
import type { Entry } from '../core/entry.js';
import type { ExportQuery } from '../ledger/export-query.js';
import { roundMs } from '../ledger/to-record.js';
import { usdText } from '../price/amounts.js';

/** Of one message to the control plane. */
const LINES_MAX = 500;

export interface SettledSource {
  exportBriefs(query: ExportQuery): { readonly items: readonly Entry[]; readonly next: string | null };
  /** A cursor after all that has settled so far. */
  exportEnd(): string;
}

export class RequestLog {
  readonly #source: SettledSource;
  readonly #write: (text: string) => void;
  readonly #log: Logger;
  #after: string | null = null;
  #lines: string[] = [];
  /** Lines that are on their way to be written. */
  #underWay = false;

  /** `write` gets whole lines; `written()` is to be called when they are. */
  constructor(source: SettledSource, write: (text: string) => void) {
    this.#source = source;
    this.#write = write;
    this.#log = pino({ name: 'weir' }, { write: line => void this.#lines.push(line) });
  }

  /** From now on, or no more. */
  turn(on: boolean): void {
    if (!on) this.#after = null;
    else this.#after ??= this.#source.exportEnd();
  }

  /** What has settled since the last look. */
  look(): void {
    if (this.#after === null || this.#underWay) return;
    const { items, next } = this.#source.exportBriefs({ after: this.#after, limit: LINES_MAX });
    this.#after = next ?? this.#after;
    if (items.length === 0) return;
    for (const entry of items) this.#log.info(lineOf(entry), 'request');
    const text = this.#lines.join('');
    this.#lines = [];
    this.#underWay = true;
    this.#write(text);
  }

  /** The rest, without waiting: the process is to end. Afterwards nothing is asked of the source any more. */
  finish(): void {
    for (let before: string | null = ''; before !== this.#after; ) {
      before = this.#after;
      this.#underWay = false;
      this.look();
    }
    this.#after = null;
  }

  written(): void {
    this.#underWay = false;
    this.look();
  }
}

/** No prompt, no answer, no query (it may hold a credential). What is not known or not there is left out. */
export function lineOf(entry: Entry): Record<string, unknown> {
  const { identification: ai, usage, principal, cost } = entry;
  const tags = principal?.tags;
  return {
    id: entry.id,
    at: entry.timeMs,
    outcome: entry.outcome,
    status: entry.status ?? undefined,
    code: entry.error?.code,
    method: entry.method,
    path: entry.path,
    client_ip: addressText(entry.clientAddress),
    consumer: principal?.name,
    key: principal?.key ?? undefined,
    end_user: entry.endUser ?? undefined,
    tags: tags === undefined || Object.keys(tags).length === 0 ? undefined : tags,
    provider: ai.provider ?? undefined,
    api: ai.api,
    model: ai.model ?? undefined,
    model_served: ai.modelServed ?? undefined,
    stream: ai.stream ?? undefined,
    input_tokens: usage?.inputTokens ?? undefined,
    output_tokens: usage?.outputTokens ?? undefined,
    cost_usd: cost === null || cost.nanos === null ? undefined : usdText(cost.nanos),
    total_ms: roundMs(entry.totalMs) ?? undefined,
    first_byte_ms: roundMs(entry.firstByteMs) ?? undefined,
    gateway_ms: roundMs(entry.gatewayMs) ?? undefined,
    trace_id: entry.traceId ?? undefined,
  };
}
