// A data-plane thread's side of its isolated hooks: a queue before one guest worker of its own, apart from the compute pool, so that a hook with a deadline
// of 250 ms does not wait behind a token count of five seconds. A version's module is sent once to a worker. Time in the queue is not the hook's, but bounded.
import type { HookOutcome } from '../plugin/hook.js';
import type { IsolatedRunner } from '../plugin/isolated.js';
import type { LoadedPlugin } from '../plugin/loaded.js';
import { failedOutcome } from '../plugin/outcome.js';
import type { SceneData } from '../plugin/scene-data.js';
import { GuestLost, GuestWorker } from './guest-worker.js';
import type { IsolatedTask, IsolatedWorkerData } from './protocol.js';

/** A hook that nobody has begun for so long is given up. */
const QUEUE_MS_MAX = 5000;
/** Each keeps the texts of a request. */
const QUEUE_MAX = 256;
const HEAP_MB = 256;

/** Of the configuration in force: the same array until it changes. */
type Secrets = () => readonly string[];

/** Withdraws a hook that nobody waits for any more. */
type Withdraw = () => void;

interface Job {
  readonly loaded: LoadedPlugin;
  readonly data: SceneData;
  readonly done: (outcome: HookOutcome) => void;
  readonly timer: NodeJS.Timeout;
  withdrawn: boolean;
}

export class IsolatedPool implements IsolatedRunner {
  readonly #worker: GuestWorker;
  readonly #secrets: Secrets;
  readonly #onError: (cause: unknown) => void;
  readonly #waiting: Job[] = [];
  /** Versions that the worker has, with the secrets that it knows. */
  readonly #sent = new Set<number>();
  #sentSecrets: readonly string[] = [];
  #forget: number[] = [];
  #busy = false;
  #closed = false;

  constructor(
    data: Omit<IsolatedWorkerData, 'progress'>,
    secrets: Secrets,
    onError: (cause: unknown) => void,
    idleMs?: number,
  ) {
    const file = new URL('./isolated.js', import.meta.url);
    this.#worker = new GuestWorker(file, data, onError, HEAP_MB, idleMs);
    this.#onError = onError;
    this.#secrets = secrets;
  }

  run(loaded: LoadedPlugin, data: SceneData, done: Job['done']): Withdraw {
    const timer = setTimeout(() => this.#end(job, TOO_LATE), QUEUE_MS_MAX);
    const job: Job = { loaded, data, done, timer, withdrawn: false };
    if (loaded.retired) setImmediate(() => this.#end(job, GONE));
    else if (this.#waiting.length >= QUEUE_MAX) setImmediate(() => this.#end(job, TOO_LATE));
    else this.#waiting.push(job);
    if (!this.#busy) this.#next();
    return () => {
      job.withdrawn = true;
      this.#remove(job);
    };
  }

  forget(version: number): void {
    if (this.#sent.delete(version)) this.#forget.push(version);
  }

  /** Ends the worker, also in the middle of a hook: nobody waits for it any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#waiting) clearTimeout(timer);
    this.#waiting.length = 0;
    await this.#worker.close();
  }

  #next(): void {
    const job = this.#waiting.shift();
    this.#busy = job !== undefined;
    if (job === undefined) return;
    clearTimeout(job.timer);
    void this.#outcomeOf(job).then(outcome => {
      if (this.#closed) return;
      try {
        if (!job.withdrawn) job.done(outcome);
      } finally {
        this.#next();
      }
    });
  }

  async #outcomeOf({ loaded, data }: Job): Promise<HookOutcome> {
    const { deadlineMs } = loaded.prepared.settings;
    try {
      const outcome = await this.#ask(loaded, data, deadlineMs);
      if (outcome !== 'unknown') return outcome;
      // Its worker was idle and has ended since: another begins with nothing.
      this.#sent.clear();
      const again = await this.#ask(loaded, data, deadlineMs);
      return again === 'unknown' ? lost('worker_lost', 'the worker does not keep the module') : again;
    } catch (cause) {
      this.#sent.clear();
      // What the worker threw is no guest's doing.
      if (!(cause instanceof GuestLost)) this.#onError(cause);
      const late = cause instanceof GuestLost && cause.late;
      const detail = `the hook ${cause instanceof Error ? cause.message : String(cause)}`;
      return lost(late ? 'deadline' : 'worker_lost', detail);
    }
  }

  async #ask(loaded: LoadedPlugin, scene: SceneData, deadlineMs: number): Promise<HookOutcome | 'unknown'> {
    const secrets = this.#secrets();
    if (secrets !== this.#sentSecrets) for (const known of [...this.#sent]) this.forget(known);
    this.#sentSecrets = secrets;
    const { prepared } = loaded;
    const { version } = prepared;
    const forget = this.#forget;
    this.#forget = [];
    const plugin = this.#sent.has(version) ? null : { prepared, secrets };
    const task: Omit<IsolatedTask, 'number'> = { version, plugin, scene, forget };
    const outcome = (await this.#worker.run('runHook', task, deadlineMs)) as HookOutcome | 'unknown';
    // Retired while it ran: the worker has it, and nobody will say so again.
    if (loaded.retired) this.#forget.push(version);
    else this.#sent.add(version);
    return outcome;
  }

  /** Of a hook that was not begun. */
  #end(job: Job, outcome: HookOutcome): void {
    this.#remove(job);
    if (!job.withdrawn && !this.#closed) job.done(outcome);
  }

  #remove(job: Job): void {
    clearTimeout(job.timer);
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}

/** What fuel it used nobody knows. */
function lost(failure: 'deadline' | 'worker_lost' | 'version_gone', detail: string): HookOutcome {
  return { ...failedOutcome(failure, detail, 0), isolated: true };
}

const TOO_LATE = lost(
  'deadline',
  `the hook was not begun: ${QUEUE_MAX} hooks waited, or it had waited ${QUEUE_MS_MAX} ms`,
);
const GONE = lost('version_gone', 'this version of the plugin is not kept any longer');
