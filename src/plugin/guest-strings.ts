// Reads texts out of a guest's memory. Short ones are mostly constants of its code, the same at the same place in every hook: comparing a few bytes costs
// a tenth of decoding them (bench/plugin/hooks.js). Hot path: per import call.

const SLOTS = 64;
const SHORT_BYTES = 32;

class Slot {
  at = -1;
  length = -1;
  text = '';
  readonly bytes = new Uint8Array(SHORT_BYTES);
}

export class GuestStrings {
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(SLOTS).fill(undefined);

  /** UTF-8; what is not becomes U+FFFD. */
  read(memory: Buffer, at: number, length: number): string {
    if (length === 0) return '';
    if (length > SHORT_BYTES) return memory.toString('utf8', at, at + length);
    const index = (at + length * 7) & (SLOTS - 1);
    const slot = this.#slots[index];
    if (slot === undefined) {
      this.#slots[index] = new Slot();
      return this.read(memory, at, length);
    }
    if (slot.at === at && slot.length === length) {
      let same = 0;
      while (same < length && memory[at + same] === slot.bytes[same]) same++;
      if (same === length) return slot.text;
    }
    slot.at = at;
    slot.length = length;
    slot.text = memory.toString('utf8', at, at + length);
    for (let i = 0; i < length; i++) slot.bytes[i] = memory[at + i] ?? 0;
    return slot.text;
  }
}
