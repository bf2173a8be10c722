// Tells settled requests over OTLP/HTTP with JSON (opentelemetry.io/docs/specs/otlp): spans as they settle, metrics every so often. It reads them out of the ledger, which keeps what the
// receiver does not take: a receiver that is down costs no memory, and gets the rest when it is back, also over a restart. Each is told at least once.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CursorError, type ExportPage, type ExportQuery } from '../../ledger/export-query.js';
import { postJson } from '../../upstream/post-json.js';
import type { OtlpTask } from '../ledger-protocol.js';
import { attributes } from './genai.js';
import { GenAiHistograms } from './histograms.js';
import { type Span, spansOf } from './spans.js';

const FILE = 'otlp-cursor';
/** Records of one request to the receiver. */
const RECORDS_MAX = 250;
const ANSWER_MS_MAX = 10_000;
/** The process is to end: so long is waited for the rest. */
const FINISH_MS_MAX = 2000;
const RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;
/** OTLP specification, "Retryable response codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface ExportSource {
  exportPage(query: ExportQuery): ExportPage;
  exportEnd(): string;
}

export class OtlpExporter {
  readonly #source: ExportSource;
  readonly #file: string;
  readonly #tell: (problem: string) => void;
  #task: OtlpTask | null = null;
  #after: string | null = null;
  #histograms = new GenAiHistograms(Date.now());
  #sending: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #timer: NodeJS.Timeout | null = null;

  /** `tell`: what an operator should know. */
  constructor(source: ExportSource, dataDir: string, tell: (problem: string) => void) {
    this.#source = source;
    this.#file = join(dataDir, FILE);
    this.#tell = tell;
  }

  /** From now on, another way, or no more. */
  turn(task: OtlpTask | null): void {
    this.#task = task;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (task === null) return;
    this.#after ??= this.#kept() ?? this.#source.exportEnd();
    if (task.config.metrics)
      this.#timer = setInterval(() => void this.#sendMetrics(), task.config.intervalMs);
    this.look();
  }

  /** What has settled since the last look. */
  look(): void {
    if (this.#task === null || this.#sending !== null || this.#retry !== null) return;
    this.#sending = this.#sendPage(this.#task).finally(() => {
      this.#sending = null;
    });
  }

  /** The rest, for as long as the receiver takes it. */
  async finish(): Promise<void> {
    const task = this.#task;
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (task === null) return;
    const late = new Promise(resolve => setTimeout(resolve, FINISH_MS_MAX).unref());
    await Promise.race([late, this.#finish(task)]);
    this.#task = null;
  }

  async #finish(task: OtlpTask): Promise<void> {
    await this.#sending;
    if (this.#retry === null) await this.#sendPage(task);
    if (task.config.metrics) await this.#sendMetrics();
  }

  async #sendPage(task: OtlpTask): Promise<void> {
    for (;;) {
      const page = this.#page();
      if (page === null || this.#task !== task) return;
      const records = page.items.map(({ record }) => record);
      const spans = task.config.traces ? records.flatMap(record => spansOf(record, task)) : [];
      if (spans.length > 0 && !(await this.#send(task, 'traces', spanReport(task, spans)))) return;
      if (task.config.metrics) for (const record of records) this.#histograms.add(record, task);
      this.#keep(page.next);
      if (!page.more || page.items.length === 0) return;
    }
  }

  #page(): ExportPage | null {
    try {
      return this.#source.exportPage({
        ...(this.#after === null ? {} : { after: this.#after }),
        limit: RECORDS_MAX,
      });
    } catch (cause) {
      // The folder has been put back from a backup, or is another's: what was told before is not known.
      if (cause instanceof CursorError) this.#after = this.#source.exportEnd();
      else
        this.#tell(
          `OTLP: the ledger cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
      return null;
    }
  }

  async #sendMetrics(): Promise<void> {
    const task = this.#task;
    const metrics = this.#histograms.report(Date.now());
    if (task === null || metrics === null) return;
    // They are sums: the next report has all that this one had.
    await this.#send(task, 'metrics', metricReport(task, metrics), false);
  }

  /** False: not now; it is tried again later, if `again`. What the receiver will never take is let go of, and told. */
  async #send(
    { config }: OtlpTask,
    what: 'traces' | 'metrics',
    body: unknown,
    again = true,
  ): Promise<boolean> {
    let problem: string;
    let waitMs: number | null = null;
    try {
      const { status, retryAfter } = await postJson(
        `${config.endpoint}/v1/${what}`,
        config.headers,
        body,
        ANSWER_MS_MAX,
      );
      if (status >= 200 && status < 300) {
        this.#retryMs = RETRY_MS;
        return true;
      }
      problem = `${config.endpoint}/v1/${what} answered ${status}`;
      if (!RETRYABLE.has(status)) {
        this.#tell(`OTLP: ${problem}; what was told is lost`);
        return true;
      }
      if (retryAfter !== null) waitMs = Math.min(retryAfter * 1000, RETRY_MS_MAX);
    } catch (cause) {
      problem = `${config.endpoint}/v1/${what} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
    this.#tell(`OTLP: ${problem}; it is tried again, and the ledger keeps the requests until then`);
    if (again) this.#later(waitMs);
    return false;
  }

  #later(waitMs: number | null): void {
    const ms = waitMs ?? this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.look();
    }, ms);
  }

  #kept(): string | null {
    try {
      const text = readFileSync(this.#file, 'utf8').trim();
      return text === '' ? null : text;
    } catch {
      // None yet, or none that can be read: then from now on.
      return null;
    }
  }

  #keep(cursor: string | null): void {
    if (cursor === null || cursor === this.#after) return;
    this.#after = cursor;
    try {
      writeFileSync(`${this.#file}.new`, `${cursor}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (cause) {
      this.#tell(
        `OTLP: ${this.#file} cannot be written, so that a restart tells some requests twice: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }
}

const SCOPE = { name: 'weir' };

function resource({ config }: OtlpTask): unknown {
  return { attributes: attributes({ 'service.name': config.service }) };
}

function spanReport(task: OtlpTask, spans: readonly Span[]): unknown {
  return { resourceSpans: [{ resource: resource(task), scopeSpans: [{ scope: SCOPE, spans }] }] };
}

function metricReport(task: OtlpTask, metrics: readonly unknown[]): unknown {
  return { resourceMetrics: [{ resource: resource(task), scopeMetrics: [{ scope: SCOPE, metrics }] }] };
}
