// The longer run behind scripts/fuzz-tokens.js: strings and streams, from one seed after the other, until the time is over.
import { ENCODINGS, type EncodingName } from '../oracle/tokens-pattern.js';
import { difference, newKernel, report } from './tokens-check.js';
import { differenceInStream } from './tokens-splits.js';
import { nastyString, randomFrom } from './tokens-strings.js';

export { ENCODINGS };

export interface LongRun {
  readonly seconds: number;
  readonly seed: number;
  readonly encodings: readonly EncodingName[];
  readonly failuresMax: number;
  readonly say: (line: string) => void;
}

const STREAMED = 8; // one string in so many is also streamed
const TELL_MS = 30_000;

/** Returns the number of failures. */
export function runLong({ seconds, seed, encodings, failuresMax, say }: LongRun): number {
  say(`seed ${seed}`);
  const kernel = newKernel();
  const random = randomFrom(seed);
  const begun = Date.now();
  const failures = new Set<string>();
  let strings = 0;
  let streams = 0;
  const summary = () =>
    `${strings} strings, ${streams} streams of them, in ${encodings.join(' and ')}: ${failures.size} failures`;
  for (let told = begun; Date.now() - begun < seconds * 1000 && failures.size < failuresMax; strings++) {
    const text = nastyString(random);
    const streamed = strings % STREAMED === 0;
    if (streamed) streams += 1;
    const streamSeed = random(2 ** 31);
    for (const encoding of encodings) {
      const whole = (one: string) => difference(kernel, encoding, one);
      const stream = (one: string) => differenceInStream(kernel, encoding, one, randomFrom(streamSeed));
      for (const judge of streamed ? [whole, stream] : [whole]) {
        if (judge(text) === null) continue;
        const failure = report(encoding, text, judge);
        if (!failures.has(failure)) say(failure);
        failures.add(failure);
      }
    }
    if (Date.now() - told > TELL_MS) {
      told = Date.now();
      say(summary());
    }
  }
  say(summary());
  return failures.size;
}
