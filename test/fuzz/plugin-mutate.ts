// Mutates modules: flipped bits, cut files, sections moved, doubled or lost, lengths blown up, pieces of one in another. From a seed.
import { leb } from '../plugin/wasm/support/binary.js';
import { randomFrom } from '../plugin/wasm/support/generate.js';

const HEADER_BYTES = 8;
const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f];
/** What does something in many places: types, opcodes with immediates, ends. */
const TELLING = [0x00, 0x0b, 0x0f, 0x10, 0x40, 0x60, 0x70, 0x7b, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

interface SectionAt {
  readonly start: number;
  readonly end: number;
}

/** Of a module that is well-formed. */
function sectionsOf(module: Uint8Array): SectionAt[] {
  const sections: SectionAt[] = [];
  let at = HEADER_BYTES;
  while (at < module.length) {
    const start = at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += size;
    sections.push({ start, end: at });
  }
  return sections;
}

export class Mutator {
  readonly #seeds: readonly Uint8Array[];
  readonly #pick: (n: number) => number;

  constructor(seeds: readonly Uint8Array[], seed: number) {
    this.#seeds = seeds;
    this.#pick = randomFrom(seed);
  }

  next(): Uint8Array {
    const seed = this.#one(this.#seeds);
    switch (this.#pick(8)) {
      case 0:
        return seed.slice(0, this.#pick(seed.length));
      case 1:
        return this.#moved(seed);
      case 2:
        return this.#inflated(seed);
      case 3:
        return this.#spliced(seed);
      case 4:
        return this.#resized(seed);
      default:
        return this.#flipped(seed);
    }
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#pick(items.length)] as T;
  }

  #flipped(seed: Uint8Array): Uint8Array {
    const module = seed.slice();
    for (let i = this.#pick(4) === 0 ? 4 : 1; i > 0; i--) {
      const at = HEADER_BYTES + this.#pick(Math.max(1, module.length - HEADER_BYTES));
      if (this.#pick(2) === 0) module[at] = (module[at] ?? 0) ^ (1 << this.#pick(8));
      else module[at] = this.#one(TELLING);
    }
    return module;
  }

  /** Two sections change places, or one is lost or doubled. */
  #moved(seed: Uint8Array): Uint8Array {
    const sections = sectionsOf(seed).map(({ start, end }) => seed.subarray(start, end));
    const a = this.#pick(sections.length);
    const b = this.#pick(sections.length);
    const how = this.#pick(3);
    if (how === 0) sections.splice(a, 1);
    else if (how === 1) sections.splice(b, 0, sections[a] ?? new Uint8Array());
    else [sections[a], sections[b]] = [sections[b] ?? new Uint8Array(), sections[a] ?? new Uint8Array()];
    return Uint8Array.from(Buffer.concat([seed.subarray(0, HEADER_BYTES), ...sections]));
  }

  /** A number somewhere becomes 4 billion. */
  #inflated(seed: Uint8Array): Uint8Array {
    const at = HEADER_BYTES + this.#pick(Math.max(1, seed.length - HEADER_BYTES));
    return Uint8Array.from([...seed.subarray(0, at), ...HUGE.slice(this.#pick(4)), ...seed.subarray(at + 1)]);
  }

  /** Bytes of another module instead of as many of this one: lengths stay right. */
  #spliced(seed: Uint8Array): Uint8Array {
    const module = seed.slice();
    const other = this.#one(this.#seeds);
    const from = this.#pick(other.length);
    const piece = other.subarray(from, from + 1 + this.#pick(24));
    module.set(piece.subarray(0, module.length), this.#pick(Math.max(1, module.length - piece.length)));
    return module;
  }

  /** Bytes are put into or taken out of a section, and its length is made right. */
  #resized(seed: Uint8Array): Uint8Array {
    const { start, end } = this.#one(sectionsOf(seed));
    const head = seed.subarray(start, end);
    const sized = head.findIndex((byte, i) => i > 0 && byte < 0x80) + 1;
    const content = [...head.subarray(sized)];
    const at = this.#pick(content.length + 1);
    if (this.#pick(2) === 0) content.splice(at, 1 + this.#pick(3));
    else content.splice(at, 0, this.#one(TELLING), ...(this.#pick(2) ? [this.#one(TELLING)] : []));
    return Uint8Array.from([
      ...seed.subarray(0, start),
      head[0] ?? 0,
      ...leb(content.length),
      ...content,
      ...seed.subarray(end),
    ]);
  }
}
