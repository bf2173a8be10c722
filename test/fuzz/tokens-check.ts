// One string through the kernel and its judges, and the smallest string that still fails.
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import { type EncodingName, pretokenEnds, wellFormed } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';

/** A kernel of its own in a region of its own. */
export function newKernel(): TokenKernel {
  return TokenKernel.load(loadVocabulary(1), 0);
}

const room = new Uint8Array(1 << 16);
let turn = 0;

/** What the kernel says of a text that its judges do not, in a sentence; null: they agree. */
export function difference(kernel: TokenKernel, encoding: EncodingName, text: string): string | null {
  const ends = differenceInEnds(kernel, encoding, text);
  return ends ?? differenceInCount(kernel, encoding, text, countByTiktoken(encoding, text));
}

/** Counts the text as a string, and as bytes at another alignment each time, amid bytes that must not be looked at. */
export function differenceInCount(
  kernel: TokenKernel,
  encoding: EncodingName,
  text: string,
  expected: number,
): string | null {
  const counted = kernel.countText(encoding, text);
  if (counted !== expected) return `countText is ${counted}, not ${expected}`;
  const bytes = Buffer.from(text);
  if (bytes.length + 16 > room.length) return null;
  turn = (turn + 1) % 8;
  room.fill(0x61, 0, turn);
  room.set(bytes, turn);
  room.fill(0x27, turn + bytes.length, turn + bytes.length + 8);
  const within = kernel.countBytes(encoding, room, turn, turn + bytes.length);
  return within === expected ? null : `countBytes is ${within}, not ${expected}, from ${turn}`;
}

/** Both scanners, the fast one and the exact one, against the pattern. */
export function differenceInEnds(kernel: TokenKernel, encoding: EncodingName, text: string): string | null {
  const expected = pretokenEnds(encoding, wellFormed(text));
  const bytes = Buffer.from(text);
  for (const exact of [false, true]) {
    const ends = kernel.pieces(encoding, bytes, exact);
    if (ends.length !== expected.length || expected.some((end, i) => ends[i] !== end)) {
      return `pieces (exact = ${exact}) end at ${ends.join(' ')}, not at ${expected.join(' ')}`;
    }
  }
  return null;
}

/** The shortest text found by leaving symbols out, as long as `fails`. */
export function minimised(text: string, fails: (text: string) => boolean): string {
  let symbols = [...text];
  for (let size = symbols.length >> 1; size > 0; ) {
    let smaller = false;
    for (let at = 0; at + size <= symbols.length; ) {
      const without = [...symbols.slice(0, at), ...symbols.slice(at + size)];
      if (fails(without.join(''))) {
        symbols = without;
        smaller = true;
      } else at += size;
    }
    if (!smaller || size > symbols.length) size >>= 1;
  }
  return symbols.join('');
}

/** A failure in words: the minimised text as JSON, and what is wrong with it. */
export function report(encoding: EncodingName, text: string, judge: (text: string) => string | null): string {
  const small = minimised(text, part => judge(part) !== null);
  // State in the kernel may be part of the failure: then the smaller text alone no longer fails.
  return `${encoding} ${JSON.stringify(small)}: ${judge(small) ?? 'agrees when tried again'} (found in ${JSON.stringify(text)})`;
}
