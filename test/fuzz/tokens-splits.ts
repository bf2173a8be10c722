// A text pushed through TokenStream in parts, and what must hold at every moment.
import { TokenStream } from '../../src/kernel/token-stream.js';
import type { TokenKernel } from '../../src/kernel/tokens.js';
import type { EncodingName } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';
import { pick, type Random } from './tokens-strings.js';

/** The inside of a JSON string that says `text`, its characters escaped in one of the ways that JSON has for them, at random. */
export function jsonInside(text: string, random: Random): string {
  let out = '';
  for (const char of text)
    out += random(3) === 0 ? escapedUnits(char, random) : JSON.stringify(char).slice(1, -1);
  return out;
}

function escapedUnits(char: string, random: Random): string {
  let out = '';
  for (let i = 0; i < char.length; i++) {
    const hex = char.charCodeAt(i).toString(16).padStart(4, '0');
    out += char === '/' && random(2) === 0 ? '\\/' : `\\u${random(2) === 0 ? hex : hex.toUpperCase()}`;
  }
  return out;
}

/** A judge of one text, streamed at random cuts as bytes and as JSON; null: all well. */
export function differenceInStream(
  kernel: TokenKernel,
  encoding: EncodingName,
  text: string,
  random: Random,
): string | null {
  const expected = countByTiktoken(encoding, text);
  const inside = Buffer.from(jsonInside(text, random));
  const byJson = kernel.countJson(encoding, inside, 0, inside.length);
  if (byJson !== expected) return `countJson is ${byJson}, not ${expected}, of ${inside}`;
  return (
    differenceInParts(
      kernel,
      encoding,
      Buffer.from(text),
      cutsOf(text.length, random),
      false,
      expected,
      random,
    ) ?? differenceInParts(kernel, encoding, inside, cutsOf(inside.length, random), true, expected, random)
  );
}

/** Places at which to cut: every byte, or some at random. */
function cutsOf(length: number, random: Random): number[] {
  const step = pick(random, [1, 1, 2, 4, 20, 100]);
  const cuts: number[] = [];
  for (let at = 0; at < length * 3; at += 1 + random(2 * step - 1)) cuts.push(at);
  return cuts;
}

/** Pushes `bytes` cut at `cuts` (places behind the end are left out) and looks at every number that the stream tells on the way. */
export function differenceInParts(
  kernel: TokenKernel,
  encoding: EncodingName,
  bytes: Uint8Array,
  cuts: readonly number[],
  json: boolean,
  expected: number,
  random: Random | null = null,
): string | null {
  const stream = new TokenStream(kernel, encoding);
  const places = [...cuts.filter(at => at < bytes.length), bytes.length];
  const wrong = (what: string, at: number) =>
    `${what}, at byte ${at} of ${bytes.length}, cut at ${places.join(' ')}, JSON ${json}`;
  let from = 0;
  let settled = 0;
  for (const to of places) {
    if (json) stream.pushJson(bytes, from, to);
    else stream.push(bytes, from, to);
    from = to;
    if (stream.settled < settled) return wrong(`settled fell from ${settled} to ${stream.settled}`, to);
    settled = stream.settled;
    if (settled > expected) return wrong(`settled is ${settled}, the whole is ${expected}`, to);
    // Looking must not change anything; so it is not done always.
    if (random !== null && random(3) > 0) continue;
    const counted = stream.count();
    if (counted !== stream.count()) return wrong('count() told two things', to);
    if (stream.upperBound < counted)
      return wrong(`upperBound ${stream.upperBound} is below count() ${counted}`, to);
    const sofar = json ? null : kernel.countBytes(encoding, bytes, 0, to);
    if (sofar !== null && sofar !== counted)
      return wrong(`count() is ${counted}, the bytes so far are ${sofar}`, to);
    if (stream.settled !== settled) return wrong('count() changed settled', to);
  }
  const counted = stream.count();
  if (stream.upperBound < counted)
    return wrong(`upperBound ${stream.upperBound} is below count() ${counted}`, from);
  return counted === expected ? null : wrong(`count() is ${counted}, not ${expected}`, from);
}
