// SipHash-2-4 with 128 bits of result (Aumasson and Bernstein, 2012; the reference implementation's 128-bit variant) under a secret of the process, so
// that nobody who may choose keys can choose two that meet. Words come in the arguments: a kernel over shared memory has no region of a thread's own.
// Part of every kernel that imports it; no kernel itself. Hot path: per key.

export let secret0: u64 = 0;
export let secret1: u64 = 0;
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;
/** Of the last key that was ended. */
export let hash0: u64 = 0;
export let hash1: u64 = 0;

export function setSecret(a: u64, b: u64): void {
  secret0 = a;
  secret1 = b;
}

export function pair(low: i32, high: i32): u64 {
  return <u64>(<u32>low) | ((<u64>(<u32>high)) << 32);
}

/** Absorbs `word` with `rounds` rounds. The state is in locals meanwhile: in globals it costs five times as much. */
function absorb(word: u64, rounds: i32): void {
  let a = v0;
  let b = v1;
  let c = v2;
  let d = v3 ^ word;
  for (let i = 0; i < rounds; i++) {
    a += b;
    c += d;
    b = rotl<u64>(b, 13) ^ a;
    d = rotl<u64>(d, 16) ^ c;
    a = rotl<u64>(a, 32);
    c += b;
    a += d;
    b = rotl<u64>(b, 17) ^ c;
    d = rotl<u64>(d, 21) ^ a;
    c = rotl<u64>(c, 32);
  }
  v0 = a ^ word;
  v1 = b;
  v2 = c;
  v3 = d;
}

export function begin(): void {
  v0 = secret0 ^ 0x736f6d6570736575;
  v1 = secret1 ^ 0x646f72616e646f6d ^ 0xee;
  v2 = secret0 ^ 0x6c7967656e657261;
  v3 = secret1 ^ 0x7465646279746573;
}

export function add(word: u64): void {
  absorb(word, 2);
}

/** Leaves the result in hash0 and hash1. */
export function end(): void {
  v2 ^= 0xee;
  absorb(0, 4);
  hash0 = v0 ^ v1 ^ v2 ^ v3;
  v1 ^= 0xdd;
  absorb(0, 4);
  hash1 = v0 ^ v1 ^ v2 ^ v3;
}
