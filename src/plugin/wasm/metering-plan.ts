// What the rewriter will insert into one function: charges, and the extra words before instructions whose cost depends on an operand.
// A charge point pays for straight-line code before it runs. Points that must be: the function's entry and each loop's header; between them,
// code that may be skipped (arms of an if, what follows a block or a br_if, catches) gets a point of its own unless it is so cheap that it is
// paid ahead at the point before it. So an interpreter's loop does not pay for all its arms at each turn, and a tight loop has one charge.
import { WEIGHT_PER_UNIT } from './opcodes.js';

/**
 * Weight that a point may pay ahead for code that might be skipped. Measured, slower than bare in % at 0, 24, 64, 128, without bound, and the
 * weight of the same work in millions: kernel classify 85, 23, 10, 9, 2 (2.2, 2.4, 2.6, 2.7, 3.2); es-module-lexer 210, 56, 28, 18, 12
 * (1.5, 2.0, 3.1, 3.9, 11); tiktoken 149, 59, 33, 24, 3 (32, 39, 52, 68, 288); llhttp, one turn of a loop of 33 KB for each byte,
 * 390, 245, 202, 189, 6 (9, 13, 19, 26, 1,409): without a bound its fuel would say nothing about its time.
 */
export const AHEAD_MAX = 128;
/** Weight of a charge itself. */
export const CHARGE_WEIGHT = 2;

export const InsertKind = {
  charge: 0,
  /** Before an instruction that changes a table or a segment: the instance is no longer as it was saved. */
  touch: 1,
  /** Before an instruction whose cost goes by its last operand. */
  tableLength: 3,
  memoryGrow: 4,
  /** In modules that throw: entry, end, return, tail call and catch of a function that counts how deep it is called. */
  enter: 5,
  leave: 6,
  return: 7,
  tailCall: 8,
  caught: 9,
  /** Before a store: by its value's type, in the order of STORED. */
  store: 10,
  /** Before memory.fill, copy and init: cost by the last operand, and what is written. */
  byteRange: 15,
} as const;

/** Types of what is stored: i32, i64, f32, f64, v128. */
export const STORED = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b] as const;

/** Reused from function to function: grows to the largest. */
export class MeteringPlan {
  /** In the order of their places. */
  count = 0;
  /** Byte of the file before which to insert. */
  places = new Uint32Array(256);
  kinds = new Uint8Array(256);
  /** Charges: weight while it is gathered, fuel once it is settled; 0 is none. Returns: the label that is the whole function. Stores: the offset. */
  fuel = new Float64Array(256);
  /** Charges: the point that ran before it once for each time that this one runs; -1 where the charge must be. */
  #parents = new Int32Array(256);
  /** Charges: what it pays ahead. */
  #ahead = new Float64Array(256);
  /** An instruction needs the local that keeps an operand. */
  needsLength = false;
  /** It writes ranges of memory. */
  needsSource = false;
  /** Types that it stores, as bits in the order of STORED. */
  stored = 0;

  clear(): void {
    this.count = 0;
    this.needsLength = false;
    this.needsSource = false;
    this.stored = 0;
  }

  /** Returns the point's number. */
  addCharge(place: number, parent: number): number {
    const i = this.#add(place, InsertKind.charge);
    this.#parents[i] = parent;
    this.#ahead[i] = 0;
    return i;
  }

  add(place: number, kind: number): void {
    this.#add(place, kind);
    if (kind >= InsertKind.tableLength && kind <= InsertKind.memoryGrow) this.needsLength = true;
    if (kind !== InsertKind.byteRange) return;
    this.needsLength = true;
    this.needsSource = true;
  }

  /** `type` is a place in STORED. */
  addStore(place: number, type: number, offset: number): void {
    this.fuel[this.#add(place, InsertKind.store + type)] = offset;
    this.stored |= 1 << type;
  }

  addReturn(place: number, label: number): void {
    this.fuel[this.#add(place, InsertKind.return)] = label;
  }

  /** Adds weight to a point. */
  spend(point: number, weight: number): void {
    (this.fuel[point] as number) += weight;
  }

  /** Decides which charges stay. Children stand behind their parents, so one pass from the end does. */
  settle(): void {
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.kinds[i] !== InsertKind.charge) continue;
      const fuel = this.fuel[i] as number;
      const parent = this.#parents[i] as number;
      if (parent >= 0 && (this.#ahead[parent] as number) + fuel <= AHEAD_MAX) {
        (this.#ahead[parent] as number) += fuel;
        (this.fuel[parent] as number) += fuel;
        this.fuel[i] = 0;
      } else {
        this.fuel[i] = Math.ceil((fuel + CHARGE_WEIGHT) / WEIGHT_PER_UNIT);
      }
    }
  }

  #add(place: number, kind: number): number {
    if (this.count === this.places.length) this.#grow();
    const i = this.count++;
    this.places[i] = place;
    this.kinds[i] = kind;
    this.fuel[i] = 0;
    return i;
  }

  #grow(): void {
    const size = this.places.length * 2;
    const grown = <T extends Uint32Array | Uint8Array | Float64Array | Int32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.places = grown(new Uint32Array(size), this.places);
    this.kinds = grown(new Uint8Array(size), this.kinds);
    this.fuel = grown(new Float64Array(size), this.fuel);
    this.#parents = grown(new Int32Array(size), this.#parents);
    this.#ahead = grown(new Float64Array(size), this.#ahead);
  }
}
