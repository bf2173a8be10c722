// The providers' own usage objects of packed records, as bytes outside the JavaScript heap. Hot path: per request (`pack`).
import type { Usage } from '../core/usage.js';

/** Usage objects have some 100 to 500 bytes; a longer one, or several, are kept as they are. */
const RAW_BYTES_MAX = 512;

export const NO_RAW: Usage['raw'] = Object.freeze([]);

export class RawColumn {
  readonly #bytes: Buffer;
  readonly #lengths: Uint16Array;
  readonly #others = new Map<number, Usage['raw']>();

  constructor(capacity: number) {
    this.#bytes = Buffer.alloc(capacity * RAW_BYTES_MAX);
    this.#lengths = new Uint16Array(capacity);
  }

  pack(slot: number, raw: Usage['raw']): void {
    if (this.#others.size > 0) this.#others.delete(slot);
    this.#lengths[slot] = 0;
    const only = raw[0];
    if (only === undefined) return;
    if (raw.length > 1 || only.length > RAW_BYTES_MAX) {
      this.#others.set(slot, raw);
      return;
    }
    this.#lengths[slot] = only.length;
    this.#bytes.set(only, slot * RAW_BYTES_MAX);
  }

  unpack(slot: number): Usage['raw'] {
    const other = this.#others.get(slot);
    if (other !== undefined) return other;
    const length = this.#lengths[slot] ?? 0;
    const from = slot * RAW_BYTES_MAX;
    return length === 0 ? [] : [Buffer.from(this.#bytes.subarray(from, from + length))];
  }
}
