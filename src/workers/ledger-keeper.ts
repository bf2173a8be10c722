// The control plane's side of the ledger's thread: starts it, asks it, and starts it again where it dies. Questions that were on their way then are asked
// once more. What the data-plane threads say of their journals comes together here, too, because an operator asks for both at once.
import { Worker } from 'node:worker_threads';
import type { LedgerConfig } from '../config/config.js';
import type { RequestRecord } from '../core/record.js';
import { CursorError, type ExportPage, type ExportQuery } from '../ledger/export-query.js';
import type { LedgerState } from '../ledger/ledger-state.js';
import type { RecordPage, RecordQuery } from '../ledger/ring.js';
import type { UsageQuery, UsageReport } from '../ledger/usage-query.js';
import { JournalWatch, type LedgerLog } from './journal-watch.js';
import type {
  FromLedger,
  LedgerAnswers,
  LedgerQuestion,
  LedgerWorkerData,
  OtlpTask,
  Recovered,
  ToLedger,
} from './ledger-protocol.js';
import type { JournalState } from './protocol.js';

/** Fast enough for a page that is looked at, slow enough to take in some hundred records at once. */
const TICK_MS = 200;
/** Before it is started again, doubled each time that it died before it was ready. */
const RESTART_MS = 100;
const RESTART_MS_MAX = 10_000;
/** A question that was under way when the thread died twice is what kills it. */
const TRIES_MAX = 2;
const DAY_MS = 86_400_000;

export interface LedgerKeeperOptions {
  readonly dataDir: string;
  readonly config: LedgerConfig;
  readonly log: LedgerLog;
  /** Writes whole lines of the log, one a settled request; null: they are not wanted. */
  readonly requestLines: ((text: string, written: () => void) => void) | null;
  /** Another process has the folder now: this one must not write to it any longer. */
  readonly otlp: OtlpTask | null;
  readonly onFatal: (cause: unknown) => void;
  readonly worker?: URL;
}

interface Waiting {
  readonly question: LedgerQuestion;
  tries: number;
  resolve(value: never): void;
  reject(cause: Error): void;
}

export class LedgerKeeper {
  /** Resolves when all that earlier processes left is settled and indexed. Errors: rejects with a sentence. */
  readonly recovered: Promise<Recovered>;
  readonly #options: LedgerKeeperOptions;
  readonly #journals: JournalWatch;
  readonly #waiting = new Map<number, Waiting>();
  #config: LedgerConfig;
  #requestLines: LedgerKeeperOptions['requestLines'];
  #otlp: OtlpTask | null;
  #worker: Worker;
  #generation: number | null = null;
  #nextId = 1;
  #ready = false;
  #restartMs = RESTART_MS;
  #restart: NodeJS.Timeout | null = null;
  /** Set where it is to end: called when it has. */
  #stopping: (() => void) | null = null;
  #started: { resolve(recovered: Recovered): void; reject(cause: Error): void } | null = null;

  /** Begins at once; `recovered` tells the end of it. */
  constructor(options: LedgerKeeperOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#requestLines = options.requestLines;
    this.#otlp = options.otlp;
    this.#journals = new JournalWatch(options.log);
    this.recovered = new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    // Whoever starts the process asks for it later, when other things have been begun.
    this.recovered.catch(() => undefined);
    this.#worker = this.#spawn();
  }

  list(query: RecordQuery): Promise<RecordPage> {
    return this.#ask({ kind: 'list', query });
  }

  get(id: string): Promise<RequestRecord | null> {
    return this.#ask({ kind: 'get', id });
  }

  usage(query: UsageQuery): Promise<UsageReport> {
    return this.#ask({ kind: 'usage', query });
  }

  /** Oldest first, settled only. Errors: CursorError. */
  exportPage(query: ExportQuery): Promise<ExportPage> {
    return this.#ask({ kind: 'export', query });
  }

  async state(): Promise<LedgerState> {
    const index = await this.#ask({ kind: 'state' });
    return {
      durability: this.#options.config.durability,
      on_full: this.#config.onFull,
      ...this.#journals.state(),
      records: index.records,
      oldest: index.oldestMs === null ? null : new Date(index.oldestMs).toISOString(),
      segments: index.segments,
      lag_bytes: index.lagBytes,
      size_bytes: index.sizeBytes,
      retention_days: this.#config.retentionMs / DAY_MS,
      rollup_retention_days: this.#config.rollupRetentionMs / DAY_MS,
      problems: index.problems,
    };
  }

  /** A data-plane thread's journal cannot be written any more, or again. */
  onJournal(thread: number, state: JournalState): void {
    this.#journals.take(thread, state);
  }

  /** Of a reload: durability stays as it was. */
  replace(
    config: LedgerConfig,
    requestLines: LedgerKeeperOptions['requestLines'],
    otlp: OtlpTask | null,
  ): void {
    this.#config = config;
    this.#otlp = otlp;
    this.#requestLines = requestLines;
    if (!this.#ready) return;
    this.#say({ type: 'retention', retention: config });
    this.#say({ type: 'log', requests: requestLines !== null });
    this.#say({ type: 'otlp', otlp });
  }

  /** To be called when the journals are closed: takes in the rest and closes. Questions are answered until then. */
  async stop(): Promise<void> {
    if (this.#stopping !== null) return;
    await new Promise<void>(resolve => {
      this.#stopping = resolve;
      if (this.#restart !== null) this.#begin();
      else if (this.#ready) this.#say({ type: 'stop' });
    });
  }

  #ask<K extends LedgerQuestion['kind']>(
    question: Extract<LedgerQuestion, { kind: K }>,
  ): Promise<LedgerAnswers[K]> {
    return new Promise((resolve, reject) => {
      if (this.#stopping !== null) return reject(new Error('the ledger is being closed'));
      const id = this.#nextId++;
      this.#waiting.set(id, { question, tries: 0, resolve, reject });
      if (this.#ready) this.#send(id);
    });
  }

  #send(id: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (waiting.tries++ < TRIES_MAX) this.#say({ type: 'ask', id, question: waiting.question });
    else this.#fail(id, new Error('the ledger broke over this question'));
  }

  #say(message: ToLedger): void {
    this.#worker.postMessage(message);
  }

  #begin(): void {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#restart = null;
    this.#worker = this.#spawn();
  }

  #spawn(): Worker {
    const { dataDir, config, worker: file } = this.#options;
    const { retentionMs, rollupRetentionMs } = this.#config;
    const workerData: LedgerWorkerData = {
      dataDir,
      durability: config.durability,
      retention: { retentionMs, rollupRetentionMs },
      generation: this.#generation,
      logRequests: this.#requestLines !== null,
      otlp: this.#otlp,
      tickMs: TICK_MS,
    };
    const worker = new Worker(file ?? new URL('./ledger.js', import.meta.url), {
      workerData,
      name: 'ledger',
    });
    let cause: unknown = null;
    worker.on('message', (message: FromLedger) => this.#hear(message));
    worker.on('error', thrown => {
      cause = thrown;
    });
    worker.on('exit', code => this.#ended(cause ?? new Error(`its thread ended with ${code}`)));
    return worker;
  }

  #hear(message: FromLedger): void {
    switch (message.type) {
      case 'ready':
        this.#isReady(message.recovered);
        break;
      case 'refused':
        this.#refused(message);
        break;
      case 'answer':
        this.#waiting.get(message.id)?.resolve(message.value as never);
        this.#waiting.delete(message.id);
        break;
      case 'failed':
        this.#fail(message.id, this.#errorOf(message));
        break;
      case 'lines':
        this.#log(message.text);
        break;
      case 'problem':
        this.#options.log.warn({ problem: message.message }, 'ledger');
        break;
      case 'stopped':
        void this.#worker.terminate();
        break;
    }
  }

  #log(text: string): void {
    const worker = this.#worker;
    // To the thread that asks, should another have taken its place meanwhile.
    const written = (): void => worker.postMessage({ type: 'logged' } satisfies ToLedger);
    if (this.#requestLines === null) written();
    else this.#requestLines(text, written);
  }

  #isReady(recovered: Recovered | null): void {
    this.#ready = true;
    this.#restartMs = RESTART_MS;
    if (recovered !== null) {
      this.#generation = recovered.generation;
      this.#started?.resolve(recovered);
      this.#started = null;
    }
    for (const id of [...this.#waiting.keys()]) this.#send(id);
    if (this.#stopping !== null) this.#say({ type: 'stop' });
  }

  #refused({ kind, message }: Extract<FromLedger, { type: 'refused' }>): void {
    if (this.#started !== null) this.#started.reject(new Error(message));
    else if (kind === 'in_use') this.#options.onFatal(new Error(message));
    else
      this.#options.log.error(
        { problem: message },
        'the ledger cannot be opened; records stay in the journal',
      );
  }

  /** The thread is gone, by its own will where it was told to stop. */
  #ended(cause: unknown): void {
    const wasReady = this.#ready;
    this.#ready = false;
    if (this.#started !== null) {
      // Where it has told why it refuses, this says nothing more.
      this.#started.reject(new Error(`the ledger cannot be opened: ${String(cause)}`, { cause }));
      this.#started = null;
      this.#stopping ??= () => undefined;
    }
    if (this.#stopping !== null) {
      for (const id of [...this.#waiting.keys()]) this.#fail(id, new Error('the ledger is closed'));
      this.#stopping();
      return;
    }
    if (wasReady)
      this.#options.log.error({ bug: String(cause) }, "the ledger's thread died; it is started again");
    this.#restart = setTimeout(() => this.#begin(), this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MS_MAX);
  }

  #fail(id: number, cause: Error): void {
    this.#waiting.get(id)?.reject(cause);
    this.#waiting.delete(id);
  }

  #errorOf({ id, name, message }: Extract<FromLedger, { type: 'failed' }>): Error {
    const question = this.#waiting.get(id)?.question;
    if (name === 'CursorError' && question?.kind === 'export')
      return new CursorError(question.query.after ?? '');
    return Object.assign(new Error(message), { name });
  }
}
