// A worker that runs guest code, one task at a time, and is killed when a task overruns its deadline: a piscina pool of one thread, started when first
// needed and ended when nothing has come for a while. The deadline counts from when the worker has begun, by its own word in shared memory: neither the
// start of the thread nor a late turn of the asking thread's event loop is charged to the guest.
import { Piscina } from 'piscina';
import type { GuestTask, GuestWorkerData } from './protocol.js';

/** From the posting of a task to its beginning. A thread's start takes some 100 ms, several times that on a loaded machine. */
const BEGIN_MS_MAX = 15_000;
const IDLE_MS = 20_000;

/** Beyond the end of a task or its deadline: how often a task is looked at that waits for its thread. */
const LOOK_MS_MIN = 5;

/** The task has no result, and its worker has been ended or ended itself. */
export class GuestLost extends Error {
  override readonly name = 'GuestLost';
  /** It overran. */
  readonly late: boolean;

  constructor(late: boolean, message: string, cause?: unknown) {
    super(message, { cause });
    this.late = late;
  }
}

/** The worker's side says where it is; both sides read the same clock. */
export class GuestProgress {
  readonly #tasks: Int32Array;
  readonly #times: Float64Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#tasks = new Int32Array(memory, 0, 2);
    this.#times = new Float64Array(memory, 8, 1);
  }

  static create(): GuestProgress {
    return new GuestProgress(new SharedArrayBuffer(16));
  }

  begin(task: number): void {
    this.#times[0] = nowMs();
    Atomics.store(this.#tasks, 0, task);
  }

  end(task: number): void {
    Atomics.store(this.#tasks, 1, task);
  }

  /** How long the task has run, ms; null: it has not begun, or it has ended. */
  ranMs(task: number): number | null {
    return Atomics.load(this.#tasks, 0) === task && !this.hasEnded(task)
      ? nowMs() - (this.#times[0] ?? 0)
      : null;
  }

  hasEnded(task: number): boolean {
    return Atomics.load(this.#tasks, 1) === task;
  }
}

/** Threads begin at different times: their origins are added. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export class GuestWorker {
  readonly #pool: Piscina;
  readonly #progress = GuestProgress.create();
  #task = 0;

  /** `onError` is told of a worker that died between tasks; one that has had nothing to do for `idleMs` is ended. */
  constructor(
    file: URL,
    data: object,
    onError: (cause: unknown) => void,
    heapMb: number,
    idleMs: number = IDLE_MS,
  ) {
    const workerData: GuestWorkerData = { ...data, progress: this.#progress.memory };
    this.#pool = new Piscina({
      filename: file.href,
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      idleTimeout: idleMs,
      atomics: 'disabled',
      workerData,
      // Of JavaScript alone: a guest's memory is bounded by its module.
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#pool.on('error', onError);
  }

  /**
   * One at a time. Errors: GuestLost; what the task threw, as it is.
   */
  async run(name: string, task: object, deadlineMs: number): Promise<unknown> {
    const number = ++this.#task;
    const killer = new AbortController();
    let why: GuestLost | null = null;
    const postedMs = performance.now();
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const ranMs = this.#progress.ranMs(number);
      if (ranMs !== null && ranMs >= deadlineMs)
        why = new GuestLost(true, `took longer than ${deadlineMs} ms`);
      else if (performance.now() - postedMs >= BEGIN_MS_MAX + deadlineMs && !this.#progress.hasEnded(number))
        why = new GuestLost(false, `was not begun within ${BEGIN_MS_MAX} ms`);
      if (why !== null) killer.abort();
      else timer = setTimeout(look, Math.max(LOOK_MS_MIN, ranMs === null ? deadlineMs : deadlineMs - ranMs));
    };
    timer = setTimeout(look, deadlineMs);
    try {
      const posted: GuestTask = { ...task, number };
      return await this.#pool.run(posted, { name, signal: killer.signal });
    } catch (cause) {
      if (why !== null) throw why;
      throw cause instanceof Error && this.#progress.hasEnded(number)
        ? cause
        : new GuestLost(false, `the worker ended: ${String(cause)}`, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the worker, also in the middle of a task. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
