// Reads texts out of a guest's memory. Short ones are mostly constants of its code, the same at the same place in every hook: comparing a few words costs
// a tenth of decoding them (bench/plugin/hooks.js). Hot path: per import call.

const SLOTS = 64;
const SHORT_BYTES = 32;

class Slot {
  at = -1;
  length = -1;
  text = '';
  readonly words = new Int32Array(SHORT_BYTES / 4);
  /** The last four bytes, where there are as many; a shorter text is compared by its bytes. */
  last = 0;

  keep(view: DataView, at: number, length: number, text: string): void {
    this.at = at;
    this.length = length;
    this.text = text;
    for (let i = 0; i + 4 <= length; i += 4) this.words[i >> 2] = view.getInt32(at + i, true);
    this.last = length >= 4 ? view.getInt32(at + length - 4, true) : few(view, at, length);
  }

  /** Whether what it keeps stands at this place now. */
  isAt(view: DataView, at: number, length: number): boolean {
    if (this.at !== at || this.length !== length) return false;
    if (length < 4) return few(view, at, length) === this.last;
    for (let i = 0; i + 4 <= length; i += 4)
      if (view.getInt32(at + i, true) !== this.words[i >> 2]) return false;
    return view.getInt32(at + length - 4, true) === this.last;
  }
}

/** Up to three bytes as a number. */
function few(view: DataView, at: number, length: number): number {
  let bytes = 0;
  for (let i = 0; i < length; i++) bytes = (bytes << 8) | view.getUint8(at + i);
  return bytes;
}

export class GuestStrings {
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(SLOTS).fill(undefined);

  /** UTF-8; what is not becomes U+FFFD. `view` is of the same bytes. */
  read(memory: Buffer, view: DataView, at: number, length: number): string {
    if (length === 0) return '';
    if (length > SHORT_BYTES) return memory.toString('utf8', at, at + length);
    const index = (at + length * 7) & (SLOTS - 1);
    const slot = this.#slots[index];
    if (slot?.isAt(view, at, length)) return slot.text;
    const text = memory.toString('utf8', at, at + length);
    const kept = slot ?? new Slot();
    kept.keep(view, at, length, text);
    this.#slots[index] = kept;
    return text;
  }
}
