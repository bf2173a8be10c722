// The control plane's side of the quarantine: one module after another is tried in a guest worker under a deadline, so that the main thread never
// compiles or runs what somebody else wrote.
import type { Vocabulary } from '../kernel/vocabulary.js';
import type { LookAt, PreparedResult } from '../plugin/load/prepare.js';
import { GuestLost, GuestWorker } from './guest-worker.js';

/** A module of 16 MiB takes 2 s to rewrite and compile; one that needs longer would hold a thread up at its first calls. */
const DEADLINE_MS = 5000;
/** The parser of a 16 MiB module takes some 100 MB. */
const HEAP_MB = 512;

export class Quarantine {
  readonly #worker: GuestWorker;
  readonly #onError: (cause: unknown) => void;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    vocabulary: Vocabulary,
    region: number,
    onError: (cause: unknown) => void,
    readonly deadlineMs = DEADLINE_MS,
  ) {
    const file = new URL('./quarantine-task.js', import.meta.url);
    this.#onError = onError;
    this.#worker = new GuestWorker(file, { vocabulary, region }, onError, HEAP_MB);
  }

  /** In the order of the calls; `secrets` are those of the configuration it is for. Never rejects: a module that ends its worker is refused. */
  prepare(at: LookAt, secrets: readonly string[] = []): Promise<PreparedResult> {
    const result = this.#last.then(() => this.#prepare(at, secrets));
    this.#last = result;
    return result;
  }

  /** There will be something to do in a moment: its thread, which ends when nothing comes, is started. */
  wake(): void {
    this.#last = this.#last
      .then(() => (this.#closed ? null : this.#worker.run('wake', {}, this.deadlineMs)))
      .catch(cause => {
        if (!this.#closed) this.#onError(cause);
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.close();
  }

  async #prepare(at: LookAt, secrets: readonly string[]): Promise<PreparedResult> {
    try {
      return (await this.#worker.run('prepare', { ...at, secrets }, this.deadlineMs)) as PreparedResult;
    } catch (cause) {
      const late = cause instanceof GuestLost && cause.late;
      const what = cause instanceof Error ? cause.message : String(cause);
      const reason = `${at.settings.file} could not be loaded: trying it out ${late ? what : `failed: ${what}`}`;
      return { outcome: 'refused', code: late ? 'deadline' : 'worker_lost', reason };
    }
  }
}
