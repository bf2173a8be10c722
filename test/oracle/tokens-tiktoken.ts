// The count that the kernel must equal: tiktoken's own. It is slow (about 2 MB/s) and traps on long runs: keep texts short.
import { get_encoding, type Tiktoken } from 'tiktoken';
import type { EncodingName } from './tokens-pattern.js';

const encoders = new Map<EncodingName, Tiktoken>();

/** Tokens of a text; special tokens in it are plain text, lone surrogates are U+FFFD. */
export function countByTiktoken(encoding: EncodingName, text: string): number {
  let encoder = encoders.get(encoding);
  if (encoder === undefined) {
    encoder = get_encoding(encoding);
    encoders.set(encoding, encoder);
  }
  return encoder.encode(text, [], []).length;
}
