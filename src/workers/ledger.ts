// The ledger's thread: tails the journals of the data-plane threads into the index, answers questions out of it, and at the start of the process recovers
// what the processes before it left. The data plane needs it for nothing: while it is away, journals grow.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../core/clock.js';
import {
  DataDirError,
  DataDirInUse,
  type DataDirLock,
  lockDataDir,
  reason,
} from '../ledger/data-dir-lock.js';
import type { CaughtUp } from '../ledger/index/catch-up.js';
import { LedgerIndex } from '../ledger/index/ledger-index.js';
import { DatabaseProblem } from '../ledger/index/problem.js';
import type {
  FromLedger,
  LedgerAnswers,
  LedgerQuestion,
  LedgerWorkerData,
  Recovered,
  Retention,
  ToLedger,
} from './ledger-protocol.js';
import { recover } from './ledger-recovery.js';
import { OtlpExporter } from './otlp/otlp-exporter.js';
import { RequestLog } from './request-log.js';

/** Where nothing came in the last look: half as often, down to this. */
const IDLE_MS_MAX = 2000;
/** Some 100 ms: so long a question may have to wait for the index to take in what it does not ask for. */
const TICK_RECORDS = 10_000;
/** A step of pruning takes some ms; when all is done it rests. */
const PRUNE_MS = 10 * 60_000;
/** A problem that stays is told again, but not each time that it is met. */
const TELL_AGAIN_MS = 60_000;
const PROBLEMS_KEPT = 100;

const data = workerData as LedgerWorkerData;

class LedgerThread {
  readonly #port: MessagePort;
  readonly #index: LedgerIndex;
  readonly #lock: DataDirLock;
  readonly #generation: number;
  readonly #problems: string[] = [];
  readonly #toldMs = new Map<string, number>();
  readonly #requestLog: RequestLog;
  readonly #otlp: OtlpExporter;
  #retention: Retention = data.retention;
  #timer: NodeJS.Timeout | null = null;
  #waitMs = data.tickMs;
  #pruneAtMs = 0;
  #closed = false;

  constructor(port: MessagePort, index: LedgerIndex, lock: DataDirLock, generation: number) {
    this.#port = port;
    this.#index = index;
    this.#lock = lock;
    this.#generation = generation;
    this.#requestLog = new RequestLog(index, text => this.#say({ type: 'lines', text }));
    this.#requestLog.turn(data.logRequests);
    this.#otlp = new OtlpExporter(index, data.dataDir, message => this.#tell(message));
    this.#otlp.turn(data.otlp);
    port.on('message', (message: ToLedger) => this.#hear(message));
    this.#next();
  }

  #hear(message: ToLedger): void {
    // The database is closed, and this thread about to be ended: a call into it now would take the process along.
    if (this.#closed) return;
    switch (message.type) {
      case 'ask':
        this.#answer(message.id, message.question);
        break;
      case 'retention':
        this.#retention = message.retention;
        this.#pruneAtMs = 0;
        break;
      case 'log':
        this.#requestLog.turn(message.requests);
        break;
      case 'otlp':
        this.#otlp.turn(message.otlp);
        break;
      case 'logged':
        this.#requestLog.written();
        break;
      case 'stop':
        void this.#stop();
        break;
    }
  }

  #answer(id: number, question: LedgerQuestion): void {
    // Whoever asks sees what had settled when he asked. What cannot be read is told; the rest is worth an answer.
    this.#catchUp(this.#generation);
    try {
      this.#say({ type: 'answer', id, value: this.#ask(question) });
    } catch (cause) {
      const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
      this.#say({ type: 'failed', id, name, message });
    }
  }

  #ask(question: LedgerQuestion): LedgerAnswers[LedgerQuestion['kind']] {
    switch (question.kind) {
      case 'list':
        return this.#index.list(question.query);
      case 'get':
        return this.#index.get(question.id);
      case 'usage':
        return this.#index.usage(question.query);
      case 'export':
        return this.#index.exportPage(question.query);
      case 'state':
        return { ...this.#index.state(), problems: this.#problems };
    }
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      const { records, more } = this.#catchUp(this.#generation, TICK_RECORDS);
      if (more) this.#waitMs = 0;
      else if (records > 0) this.#waitMs = data.tickMs;
      else this.#waitMs = Math.min(Math.max(this.#waitMs * 2, data.tickMs), IDLE_MS_MAX);
      if (!more) this.#prune();
      this.#next();
    }, this.#waitMs);
  }

  /** A disk that takes nothing today may take it tomorrow: the journals are still there. */
  #catchUp(live: number | null, records = Number.POSITIVE_INFINITY): CaughtUp {
    const caughtUp = this.#index.catchUp({ live, records });
    for (const problem of caughtUp.problems) this.#tell(problem);
    if (caughtUp.records > 0) {
      this.#requestLog.look();
      this.#otlp.look();
    }
    return caughtUp;
  }

  #prune(): void {
    const nowMs = systemClock.wallMs();
    // A clock that was set back by more than a rest does not end the pruning.
    if (nowMs < this.#pruneAtMs && this.#pruneAtMs - nowMs <= PRUNE_MS) return;
    try {
      if (!this.#index.prune(nowMs, this.#retention)) this.#pruneAtMs = nowMs + PRUNE_MS;
    } catch (cause) {
      this.#pruneAtMs = nowMs + PRUNE_MS;
      this.#tell(`old records could not be deleted: ${reason(cause)}`);
    }
  }

  async #stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#catchUp(null);
    this.#requestLog.finish();
    await this.#otlp.finish();
    this.#closed = true;
    try {
      this.#index.close();
    } finally {
      this.#lock.release();
      this.#say({ type: 'stopped' });
      this.#port.close();
    }
  }

  #tell(problem: string): void {
    const nowMs = performance.now();
    if (nowMs - (this.#toldMs.get(problem) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    if (!this.#toldMs.has(problem)) {
      this.#problems.push(problem);
      if (this.#problems.length > PROBLEMS_KEPT) this.#problems.shift();
      if (this.#toldMs.size > PROBLEMS_KEPT * 10) this.#toldMs.clear();
    }
    this.#toldMs.set(problem, nowMs);
    this.#say({ type: 'problem', message: problem });
  }

  #say(message: FromLedger): void {
    this.#port.postMessage(message);
  }
}

async function main(port: MessagePort): Promise<void> {
  const say = (message: FromLedger): void => port.postMessage(message);
  let lock: DataDirLock | null = null;
  let index: LedgerIndex | null = null;
  try {
    lock = lockDataDir(data.dataDir);
    const journal = join(data.dataDir, 'journal');
    mkdirSync(journal, { recursive: true, mode: 0o700 });
    index = LedgerIndex.open({ file: join(data.dataDir, 'ledger.db'), journal });
    let recovered: Recovered | null = null;
    if (data.generation === null) {
      recovered = await recover(index, journal, data.durability, message =>
        say({ type: 'problem', message }),
      );
    }
    say({ type: 'ready', recovered });
    new LedgerThread(port, index, lock, data.generation ?? recovered?.generation ?? 0);
  } catch (cause) {
    index?.close();
    lock?.release();
    say({ type: 'refused', kind: kindOf(cause), message: sentence(cause) });
    port.close();
  }
}

function kindOf(cause: unknown): Extract<FromLedger, { type: 'refused' }>['kind'] {
  if (cause instanceof DataDirInUse) return 'in_use';
  if (cause instanceof DataDirError) return 'folder';
  return cause instanceof DatabaseProblem ? cause.code : null;
}

function sentence(cause: unknown): string {
  if (cause instanceof DataDirInUse || cause instanceof DataDirError || cause instanceof DatabaseProblem)
    return cause.message;
  return `data_dir ${data.dataDir} cannot be used: ${reason(cause)}`;
}

if (parentPort !== null) await main(parentPort);
