// Brings together what the data-plane threads learn of the models' tokenizers: asks them now and then, gives all of them the
// sum, and keeps it on disk. Threads send nothing by themselves but their last samples.
import { loadFactors, saveFactors } from '../ledger/factor-file.js';
import type { FactorSamples, FactorState } from '../tokens/factor-state.js';
import { FactorTable } from '../tokens/factors.js';

/** A factor is the mean of many answers: nobody misses the last few seconds of them. */
const COLLECT_MS = 3_000;

export interface Learners {
  takeSamples(): Promise<readonly FactorSamples[]>;
  teach(state: FactorState): void;
}

export class FactorKeeper {
  readonly #table = new FactorTable();
  readonly #dataDir: string;
  readonly #onProblem: (problem: string) => void;
  #written: string;
  #timer: NodeJS.Timeout | null = null;

  /** Begins with what the folder keeps; a file that cannot be used is told once and begun anew. */
  constructor(dataDir: string, onProblem: (problem: string) => void) {
    this.#dataDir = dataDir;
    this.#onProblem = onProblem;
    const { state, problem } = loadFactors(dataDir);
    if (state !== null) this.#table.replace(state);
    if (problem !== null) onProblem(problem);
    this.#written = JSON.stringify(this.#table.state());
  }

  get state(): FactorState {
    return this.#table.state();
  }

  start(learners: Learners): void {
    this.#timer = setInterval(() => {
      this.#collect(learners).catch((cause: unknown) => this.#onProblem(String(cause)));
    }, COLLECT_MS);
    this.#timer.unref();
  }

  /** Samples of one thread. */
  add(samples: FactorSamples): void {
    this.#table.merge(samples);
  }

  /** To be called when no thread learns any more. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#save();
  }

  async #collect(learners: Learners): Promise<void> {
    for (const samples of await learners.takeSamples()) this.add(samples);
    if (this.#save()) learners.teach(this.#table.state());
  }

  /** False where nothing has changed. A disk that takes nothing is told, and does not stop the learning. */
  #save(): boolean {
    const state = this.#table.state();
    const text = JSON.stringify(state);
    if (text === this.#written) return false;
    this.#written = text;
    try {
      saveFactors(this.#dataDir, state);
    } catch (cause) {
      this.#onProblem(`the learned factors could not be kept: ${(cause as Error).message}`);
    }
    return true;
  }
}
