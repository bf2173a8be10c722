// CRC-32 (IEEE 802.3), eight bytes at a time, as AWS event streams want it.
import { CRC } from './layout';

export function setCrcTables(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    store<u32>(CRC + (i << 2), c);
  }
  for (let i: u32 = 0; i < 256; i++) {
    let c = load<u32>(CRC + (i << 2));
    for (let k = 1; k < 8; k++) {
      c = load<u32>(CRC + ((c & 255) << 2)) ^ (c >>> 8);
      store<u32>(CRC + (k << 10) + (i << 2), c);
    }
  }
}

/** Goes on with `crc` (begin with -1, finish by inverting all bits) over [start, end). */
export function crc32(crc: u32, start: usize, end: usize): u32 {
  let c = crc;
  let p = start;
  for (; p + 8 <= end; p += 8) {
    const low = load<u32>(p) ^ c;
    const high = load<u32>(p, 4);
    c =
      load<u32>(CRC + ((low & 255) << 2), 7 << 10) ^
      load<u32>(CRC + (((low >>> 8) & 255) << 2), 6 << 10) ^
      load<u32>(CRC + (((low >>> 16) & 255) << 2), 5 << 10) ^
      load<u32>(CRC + ((low >>> 24) << 2), 4 << 10) ^
      load<u32>(CRC + ((high & 255) << 2), 3 << 10) ^
      load<u32>(CRC + (((high >>> 8) & 255) << 2), 2 << 10) ^
      load<u32>(CRC + (((high >>> 16) & 255) << 2), 1 << 10) ^
      load<u32>(CRC + ((high >>> 24) << 2));
  }
  for (; p < end; p++) c = load<u32>(CRC + (((c ^ load<u8>(p)) & 255) << 2)) ^ (c >>> 8);
  return c;
}
