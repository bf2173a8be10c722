// Reads an encoding's tokens as tiktoken ships them: lines of `! <first rank> <base64> <base64> …` in a JSON file.
// A token is a string with one character (0 to 255) a byte: Map keys and slices then cost nothing extra.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { assert } from './assert.js';

const { resolve } = createRequire(import.meta.url);

/** The path of the rank file of `encoding` ('o200k_base' or 'cl100k_base'). */
export const rankFile = encoding => resolve(`tiktoken/encoders/${encoding}.json`);

/** The tokens in order of rank; token id = rank = index, without a gap. Throws where the file says otherwise. */
export function readTokens(encoding) {
  const tokens = [];
  for (const line of JSON.parse(readFileSync(rankFile(encoding), 'utf8')).bpe_ranks.split('\n')) {
    const [mark, first, ...words] = line.split(' ');
    if (mark === '') continue;
    assert(
      mark === '!' && Number(first) === tokens.length,
      `${encoding}: ranks are not contiguous at ${first}`,
    );
    for (const word of words) tokens.push(Buffer.from(word, 'base64').toString('latin1'));
  }
  assert(new Set(tokens).size === tokens.length, `${encoding}: a token appears twice`);
  assert(
    tokens.length > 256 && tokens.length < 1 << 18,
    `${encoding}: ${tokens.length} tokens do not fit 18 bits`,
  );
  // The split search undoes merges from the highest id down and ends at single bytes: they have to be the lowest.
  assert(
    tokens.slice(0, 256).every(token => token.length === 1),
    `${encoding}: the first 256 tokens are not the bytes`,
  );
  assert(
    tokens.every(token => token.length > 0 && token.length < 256),
    `${encoding}: a token's length does not fit a byte`,
  );
  return tokens;
}
