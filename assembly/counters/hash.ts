// The hash of a space and a key (shared/siphash.ts), and what else the secret of the process hides. The key comes in the arguments: a thread has no memory
// of its own here.
import { add, begin, end, pair, secret0, secret1 } from '../shared/siphash';

/** Begins with the space and the key's length in bytes. */
export function hashBegin(space: i32, length: i32): void {
  begin();
  add(pair(space, length));
}

/** The next 16 bytes of the key; the last ones filled up with zeros. */
export function hashFour(a: i32, b: i32, c: i32, d: i32): void {
  add(pair(a, b));
  add(pair(c, d));
}

export function hashEnd(): void {
  end();
}

/** 64 bits that a slot's life and the secret give: SplitMix64's finish. */
export function mixed(slot: i32, life: u64): u64 {
  let x = ((<u64>(<u32>slot)) << 16) + life + secret0;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9 + secret1;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
