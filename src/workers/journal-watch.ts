// What the data-plane threads say of their journals, as log lines that do not flood and as one state for all threads.
import type { JournalState } from './protocol.js';

/** A disk that is full now and then would fill it with lines, too. */
const TELL_AGAIN_MS = 10_000;

export interface LedgerLog {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

export class JournalWatch {
  readonly #log: Pick<LedgerLog, 'info' | 'error'>;
  readonly #nowMs: () => number;
  readonly #states = new Map<number, JournalState>();
  #toldFull = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  #toldLost = 0;

  constructor(log: Pick<LedgerLog, 'info' | 'error'>, nowMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  state(): { readonly full: boolean; readonly reason: string | null; readonly lost: number } {
    const states = [...this.#states.values()];
    const full = states.find(state => state.full);
    return {
      full: full !== undefined,
      reason: full?.reason ?? null,
      lost: states.reduce((sum, { lost }) => sum + lost, 0),
    };
  }

  take(thread: number, state: JournalState): void {
    this.#states.set(thread, state);
    const { full, reason, lost } = this.state();
    const nowMs = this.#nowMs();
    if (full && (!this.#toldFull || lost > this.#toldLost) && nowMs - this.#toldMs >= TELL_AGAIN_MS) {
      this.#log.error({ reason, lost }, 'the ledger cannot be written: what settles waits in memory');
      this.#tell(full, lost, nowMs);
    } else if (!full && (this.#toldFull || lost > this.#toldLost)) {
      this.#log.info({ lost }, 'the ledger can be written again');
      this.#tell(full, lost, nowMs);
    }
  }

  #tell(full: boolean, lost: number, nowMs: number): void {
    this.#toldFull = full;
    this.#toldLost = lost;
    if (full) this.#toldMs = nowMs;
  }
}
