// Ends a stream that has used up what its policies hold for it, after the event that did so. Hot path: per chunk, for requests that hold something.
import type { WeirError } from '../core/error.js';
import type { PolicyRun } from '../policy/policy-run.js';
import type { AnswerTally } from './answer-tally.js';

/** Tokens of any model that one byte of text can be, at most: a token is a byte at least, and no factor is near four. */
const TOKENS_PER_BYTE_MAX = 4;

export class StreamLimit {
  readonly #policies: PolicyRun;
  readonly #tally: AnswerTally;

  constructor(policies: PolicyRun, tally: AnswerTally) {
    this.#policies = policies;
    this.#tally = tally;
  }

  /** A hold may be used up within the next `bytes`: they should be looked at event by event. */
  near(bytes: number): boolean {
    return this.#tally.upperBound + bytes * TOKENS_PER_BYTE_MAX >= this.#policies.outputCeiling;
  }

  /** After an event: holds more where it must, and says why the stream ends here if it has to. */
  stop(): WeirError | null {
    const { outputCeiling } = this.#policies;
    if (this.#tally.upperBound < outputCeiling) return null;
    const tokens = this.#tally.modelTokens();
    return tokens < outputCeiling ? null : this.#policies.topUp(tokens);
  }
}
