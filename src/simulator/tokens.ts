// The simulator's token: four bytes of UTF-8, rounded up for each text. Documented (docs/simulator.md), deterministic,
// and the same whether an answer is streamed or not, so that a test can know the true usage before it asks.

export const TOKEN_BYTES = 4;

export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / TOKEN_BYTES);
}

export function countAll(texts: readonly string[]): number {
  let total = 0;
  for (const text of texts) total += countTokens(text);
  return total;
}
