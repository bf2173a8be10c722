// The control plane's end of what consumers ask about themselves: a few questions at once, in the order in which they come, so that the ledger has time for
// what it is there for. What waits is bounded by what the threads let in (pipeline/own-data.ts).
import { type OwnDataSource, ownData } from '../admin/own-data.js';
import type { OwnDataQuestion, OwnDataReply, ThreadQuestion, ThreadReply } from '../core/own-data.js';
import type { ModelDirectory } from './model-directory.js';

/** The ledger's thread answers one at a time; of two, one is being put together meanwhile. */
const AT_ONCE = 2;

export class OwnDataDesk {
  readonly #models: ModelDirectory;
  readonly #onBug: (text: string) => void;
  #source: OwnDataSource | null = null;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** `models`: asks no ledger, and waits for nobody here. */
  constructor(models: ModelDirectory, onBug: (text: string) => void) {
    this.#models = models;
    this.#onBug = onBug;
  }

  start(source: OwnDataSource): void {
    this.#source = source;
  }

  /** Never rejects. */
  async ask(question: ThreadQuestion): Promise<ThreadReply> {
    if (question.kind === 'own') return await this.#own(question);
    return { ok: true, providers: await this.#models.lists(question.dialect) };
  }

  async #own(question: OwnDataQuestion): Promise<OwnDataReply> {
    if (this.#running < AT_ONCE) this.#running++;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      if (this.#source === null) return { ok: false, code: 'weir_overloaded', message: 'Weir is starting' };
      return await ownData(this.#source, question);
    } catch (error) {
      this.#onBug(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { ok: false, code: 'weir_internal', message: 'the ledger could not answer this; ask again' };
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
