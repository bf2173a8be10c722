// Every access to what threads share.
import { beforeAccess } from './env';

function told(): void {
  if (ASC_OPTIMIZE_LEVEL == 0) beforeAccess();
}

export function load64(at: usize): u64 {
  told();
  return atomic.load<u64>(at);
}

export function load32(at: usize): i32 {
  told();
  return atomic.load<i32>(at);
}

/** True where `from` stood there and `to` does now. */
export function swap64(at: usize, from: u64, to: u64): bool {
  told();
  return atomic.cmpxchg<u64>(at, from, to) == from;
}

export function swap32(at: usize, from: i32, to: i32): bool {
  told();
  return atomic.cmpxchg<i32>(at, from, to) == from;
}

/** Returns what there was. */
export function add32(at: usize, by: i32): i32 {
  told();
  return atomic.add<i32>(at, by);
}
