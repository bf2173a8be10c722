// Keeps a plugin's log lines to LOG_LINES_PER_SECOND and counts the rest. Each thread asks one, so that no thread posts more than that; the control
// plane asks another for all of them together.
import { LOG_LINES_PER_SECOND } from '../core/plugin-bounds.js';

interface Second {
  startMs: number;
  lines: number;
  dropped: number;
}

export interface DroppedLines {
  readonly policy: string;
  readonly lines: number;
}

const SECOND_MS = 1000;

export class LogGate {
  readonly #seconds = new Map<string, Second>();

  /** Whether this line may be written; it is counted either way. */
  passes(policy: string, nowMs: number): boolean {
    const second = this.#second(policy);
    if (nowMs - second.startMs >= SECOND_MS) {
      second.startMs = nowMs;
      second.lines = 0;
    }
    if (second.lines >= LOG_LINES_PER_SECOND) {
      second.dropped++;
      return false;
    }
    second.lines++;
    return true;
  }

  drop(policy: string, lines: number): void {
    if (lines > 0) this.#second(policy).dropped += lines;
  }

  /** Lines that were not written since the last call. Forgets plugins that have been silent for a second. */
  takeDropped(nowMs: number): DroppedLines[] {
    const told: DroppedLines[] = [];
    for (const [policy, second] of this.#seconds) {
      const { dropped } = second;
      if (dropped > 0) told.push({ policy, lines: dropped });
      else if (nowMs - second.startMs >= SECOND_MS) this.#seconds.delete(policy);
      second.dropped = 0;
    }
    return told;
  }

  #second(policy: string): Second {
    let second = this.#seconds.get(policy);
    if (second === undefined) {
      second = { startMs: Number.NEGATIVE_INFINITY, lines: 0, dropped: 0 };
      this.#seconds.set(policy, second);
    }
    return second;
  }
}
