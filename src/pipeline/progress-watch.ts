// Watches one running stream for the journal: says now and then what it has come to, and lets its final event go where the provider then neither sends
// more nor ends. Looked at in the sweep over all requests, never per chunk.
import type { AnswerReader } from './answer-reader.js';
import type { Exchange } from './exchange.js';
import { progressOf, uncountedBytes } from './progress.js';
import type { ToClient } from './to-client.js';

/** DESIGN.md: at most once a second, or per 256 tokens. */
const EVERY_MS = 1000;
const EVERY_TOKENS = 256;

/** For the end of a stream after its final event: it comes with it, or a round trip of the network later. */
const END_WAIT_MS = 200;

export class ProgressWatch {
  readonly #exchange: Exchange;
  readonly #reader: AnswerReader;
  readonly #client: ToClient;
  readonly #goesOn: () => void;
  /** When it was last told, monotonic ms; 0: never. */
  #toldMs = 0;
  #toldTokens = 0;
  #toldPieces = -1;
  #closingMs = 0;
  #letsGo = false;

  /** `goesOn`: more may be read, after a final event that was not the end. */
  constructor(exchange: Exchange, reader: AnswerReader, client: ToClient, goesOn: () => void) {
    this.#exchange = exchange;
    this.#reader = reader;
    this.#client = client;
    this.#goesOn = goesOn;
  }

  look(nowMs: number): void {
    if (this.#client.holds) this.#lookAtEnd(nowMs);
    else if (this.#due(nowMs)) this.#tell(nowMs, false);
  }

  #lookAtEnd(nowMs: number): void {
    if (this.#closingMs === 0) this.#closingMs = nowMs;
    if (this.#letsGo || nowMs - this.#closingMs < END_WAIT_MS) return;
    this.#letsGo = true;
    this.#tell(nowMs, true);
  }

  #due(nowMs: number): boolean {
    const { tally, pieces } = this.#reader;
    if (tally?.live !== true || pieces === this.#toldPieces) return false;
    if (this.#toldMs === 0 || nowMs - this.#toldMs >= EVERY_MS) return true;
    if (tally.upperBound - this.#toldTokens < EVERY_TOKENS) return false;
    return tally.modelTokens() - this.#toldTokens >= EVERY_TOKENS;
  }

  #tell(nowMs: number, complete: boolean): void {
    const { thread, entry } = this.#exchange;
    const { tally, pieces } = this.#reader;
    const reading = this.#reader.peek();
    if (reading === null) return;
    // The head goes out with it, where it has not before.
    if (complete) entry.status ??= entry.attempts.at(-1)?.status ?? null;
    const before = uncountedBytes(this.#exchange);
    const progress = progressOf(this.#exchange, reading, tally, complete, thread.countBytes);
    thread.countBytes -= before - uncountedBytes(this.#exchange);
    thread.journal.progress(entry, progress, complete ? this.#letGo : undefined);
    this.#toldMs = nowMs;
    this.#toldTokens = tally?.live === true ? tally.modelTokens() : 0;
    this.#toldPieces = pieces;
  }

  readonly #letGo = (): void => {
    this.#client.letGo();
    this.#goesOn();
  };
}
