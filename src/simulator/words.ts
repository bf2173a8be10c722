// Where the simulator's text comes from: a hash that spreads, and a vocabulary whose every piece is four bytes.
// Four bytes a piece makes the count checkable from outside: tokens = ceil(bytes / 4), for prompt and answer alike.

/** 64 words of three letters behind a space, so that the low six bits of a hash choose one. */
const WORDS = (
  ' the and sea sun sky fog dew ice mud oak elm fir ash ivy bee owl' +
  ' hen fox cat dog cow ram eel cod ant jay pea fig nut rye hay log' +
  ' its one two six ten all our was has can may now yet for not but' +
  ' low far dry wet red raw new old big sly ran sat met won saw fed'
).match(/ [a-z]{3}/g) ?? [''];

/** First pieces: four letters, no space. */
const OPENERS = ['Rain', 'Once', 'Here', 'Over', 'Down', 'Soon', 'Some', 'Each'];

/** Murmur3's finaliser: every input bit reaches every output bit. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units, continued from `seed`. */
export function hashText(seed: number, text: string): number {
  let h = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Piece `index` of the text of `seed` that is `count` pieces long; the last is a full stop where `ends`. */
export function wordAt(seed: number, index: number, count: number, ends: boolean): string {
  if (ends && index === count - 1 && count > 1) return '.';
  const hash = mix(seed + Math.imul(index, 0x9e3779b9));
  return index === 0 ? (OPENERS[hash & 7] ?? '') : (WORDS[hash & 63] ?? '');
}
