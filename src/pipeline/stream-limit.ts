// Ends a stream that has used up what its policies hold for it, after the event that did so. Hot path: per chunk, for requests that hold something.
import type { WeirError } from '../core/error.js';
import type { PolicyRun } from '../policy/policy-run.js';
import type { AnswerTally } from './answer-tally.js';

/** Tokens of any model that one byte of text can be, at most: a token is a byte at least, and no factor is near four. */
const TOKENS_PER_BYTE_MAX = 4;
const LINE_END = 0x0a;

export class StreamLimit {
  readonly #policies: PolicyRun;
  readonly #tally: AnswerTally;
  readonly #frames: Frames | null;

  constructor(policies: PolicyRun, tally: AnswerTally, contentType: string) {
    this.#policies = policies;
    this.#tally = tally;
    this.#frames = contentType.startsWith('application/vnd.amazon.eventstream') ? new Frames() : null;
  }

  /** A hold may be used up within the chunk: it should be looked at event by event. To be asked once for each chunk. */
  near(chunk: Buffer): boolean {
    const most = this.#tally.upperBound + chunk.length * TOKENS_PER_BYTE_MAX;
    if (most >= this.#policies.outputCeiling) return true;
    if (this.#frames !== null) for (let at = 0; at < chunk.length; ) at = this.#frames.end(chunk, at);
    return false;
  }

  /** Behind the line or frame that begins at `from` or goes on there, or behind the chunk. */
  pieceEnd(chunk: Buffer, from: number): number {
    if (this.#frames !== null) return this.#frames.end(chunk, from);
    const lineEnd = chunk.indexOf(LINE_END, from);
    return lineEnd < 0 ? chunk.length : lineEnd + 1;
  }

  /** After an event: holds more where it must, and says why the stream ends here if it has to. */
  stop(): WeirError | null {
    const { outputCeiling } = this.#policies;
    if (this.#tally.upperBound < outputCeiling) return null;
    const tokens = this.#tally.modelTokens();
    return tokens < outputCeiling ? null : this.#policies.topUp(tokens);
  }
}

/** Follows an AWS event stream: each frame begins with its length, four bytes, the highest first. */
class Frames {
  /** Bytes of the running frame that are still to come; unknown until its length is there. */
  #left = 0;
  #length = 0;
  #lengthBytes = 0;

  /** Takes what stands from `from` on, up to where the frame ends or the chunk does. */
  end(chunk: Buffer, from: number): number {
    let at = from;
    while (this.#left === 0 && at < chunk.length) {
      this.#length = this.#length * 256 + (chunk[at++] ?? 0);
      if (++this.#lengthBytes < 4) continue;
      // What is shorter than its own length is no frame; the meter says so.
      this.#left = Math.max(1, this.#length - 4);
      this.#length = this.#lengthBytes = 0;
    }
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    return at + taken;
  }
}
