// Byte-pair merging as tiktoken defines it, from its rank files: always the pair of lowest rank, of these the leftmost. With a heap, so
// that a megabyte of one piece is a matter of seconds: tiktoken itself needs minutes there, or traps.
import { createRequire } from 'node:module';
import { type EncodingName, pretokens, wellFormed } from './tokens-pattern.js';

const require = createRequire(import.meta.url);
const NONE = -1;
const POSITIONS = 2 ** 30; // a key is rank × POSITIONS + position: below 2^53 for ranks below 2^23

const tables = new Map<EncodingName, ReadonlyMap<string, number>>();

/** Ranks by token; a token is a string of its bytes (latin1). From `encoders/*.json`: lines of "! FIRST_RANK base64 base64 …". */
export function ranksOf(encoding: EncodingName): ReadonlyMap<string, number> {
  const known = tables.get(encoding);
  if (known !== undefined) return known;
  const { bpe_ranks: lines }: { bpe_ranks: string } = require(`tiktoken/encoders/${encoding}.json`);
  const ranks = new Map<string, number>();
  for (const line of lines.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    tokens.forEach((token, i) => {
      ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(first) + i);
    });
  }
  tables.set(encoding, ranks);
  return ranks;
}

/** Tokens of a text; lone surrogates are U+FFFD. */
export function countByMerging(encoding: EncodingName, text: string): number {
  const ranks = ranksOf(encoding);
  let tokens = 0;
  for (const piece of pretokens(encoding, wellFormed(text))) {
    tokens += countPiece(ranks, Buffer.from(piece).toString('latin1'));
  }
  return tokens;
}

function countPiece(ranks: ReadonlyMap<string, number>, piece: string): number {
  if (ranks.has(piece)) return 1;
  return new Merger(ranks, piece).run();
}

/** One piece in merging: parts are a linked list by their first byte's position. */
class Merger {
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #piece: string;
  readonly #next: Int32Array; // start of the part after this one; piece.length at the end
  readonly #previous: Int32Array;
  readonly #pairRank: Int32Array; // rank of this part joined with the next, NONE where that is no token
  readonly #heap: number[] = [];

  constructor(ranks: ReadonlyMap<string, number>, piece: string) {
    this.#ranks = ranks;
    this.#piece = piece;
    this.#next = Int32Array.from({ length: piece.length }, (_, at) => at + 1);
    this.#previous = Int32Array.from({ length: piece.length }, (_, at) => at - 1);
    this.#pairRank = new Int32Array(piece.length).fill(NONE);
  }

  run(): number {
    let parts = this.#piece.length;
    for (let at = 0; at < this.#piece.length; at++) this.#rate(at);
    for (let key = this.#pop(); key !== undefined; key = this.#pop()) {
      const at = key % POSITIONS;
      if (this.#pairRank[at] !== Math.floor(key / POSITIONS)) continue; // one of its parts has merged since
      this.#merge(at);
      parts -= 1;
    }
    return parts;
  }

  #merge(at: number): void {
    const gone = this.#next[at] ?? 0;
    const after = this.#next[gone] ?? 0;
    this.#next[at] = after;
    this.#pairRank[gone] = NONE;
    if (after < this.#piece.length) this.#previous[after] = at;
    this.#rate(at);
    const before = this.#previous[at] ?? NONE;
    if (before !== NONE) this.#rate(before);
  }

  #rate(at: number): void {
    const second = this.#next[at] ?? this.#piece.length;
    const end = this.#next[second] ?? this.#piece.length;
    const rank = second < this.#piece.length ? this.#ranks.get(this.#piece.slice(at, end)) : undefined;
    this.#pairRank[at] = rank ?? NONE;
    if (rank !== undefined) this.#push(rank * POSITIONS + at);
  }

  #push(key: number): void {
    const heap = this.#heap;
    let at = heap.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= key) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const key = heap.pop();
    if (top === undefined || key === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if ((heap[child + 1] ?? Number.POSITIVE_INFINITY) < (heap[child] ?? 0)) child += 1;
      const below = heap[child] ?? 0;
      if (below >= key) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = key;
    return top;
  }
}
