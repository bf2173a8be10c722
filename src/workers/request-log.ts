// One line a settled request, in pino's format: made in the ledger's thread out of what its index has taken in, off the path of any request, in the order
// in which they settled, each once. What nobody reads waits in the ledger, not in memory: the next lines are only made when the last are written.
import { type Logger, pino } from 'pino';
import type { RequestRecord } from '../core/record.js';
import type { ExportPage, ExportQuery } from '../ledger/export-query.js';

/** Of one message to the control plane. */
const LINES_MAX = 500;

export interface SettledSource {
  exportPage(query: ExportQuery): ExportPage;
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
    const { items, next } = this.#source.exportPage({ after: this.#after, limit: LINES_MAX });
    this.#after = next ?? this.#after;
    if (items.length === 0) return;
    for (const { record } of items) this.#log.info(lineOf(record), 'request');
    const text = this.#lines.join('');
    this.#lines = [];
    this.#underWay = true;
    this.#write(text);
  }

  /** The rest, without waiting: the process is to end. */
  finish(): void {
    for (let before: string | null = ''; before !== this.#after; ) {
      before = this.#after;
      this.#underWay = false;
      this.look();
    }
  }

  written(): void {
    this.#underWay = false;
    this.look();
  }
}

/** No prompt, no answer, no query (it may hold a credential). */
export function lineOf(record: RequestRecord): Record<string, unknown> {
  const { ai, usage, timing, consumer, request } = record;
  return {
    id: record.id,
    at: record.time,
    outcome: record.outcome,
    status: record.status,
    code: record.error?.code ?? null,
    method: request.method,
    path: request.path,
    client_ip: request.client_ip,
    consumer: consumer?.name ?? null,
    key: consumer?.key ?? null,
    end_user: consumer?.end_user ?? null,
    tags: consumer?.tags ?? {},
    provider: ai.provider,
    api: ai.api,
    model: ai.model,
    model_served: ai.model_served,
    stream: ai.stream,
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cost_usd: record.cost.usd,
    attempts: record.attempts.length,
    total_ms: timing.total_ms,
    first_byte_ms: timing.first_byte_ms,
    gateway_ms: timing.gateway_ms,
    trace_id: record.trace_id,
  };
}
