// The hash of a key's text: SipHash-2-4 with 128 bits of result (Aumasson and Bernstein, 2012; reference implementation's 128-bit variant) under
// a secret of the process, so that nobody can choose values that share a bucket. The text comes as UTF-16 code units in the arguments,
// sixteen at a call: no copy into memory, so no region of a thread's own is needed. Hot path: per key that the host does not know yet.

let secret0: u64 = 0;
let secret1: u64 = 0;
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;
let hash0: u64 = 0;
let hash1: u64 = 0;

export function setSecret(a: u64, b: u64): void {
  secret0 = a;
  secret1 = b;
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

function pair(low: i32, high: i32): u64 {
  return <u64>(<u32>low) | ((<u64>(<u32>high)) << 32);
}

export function hashBegin(): void {
  v0 = secret0 ^ 0x736f6d6570736575;
  v1 = secret1 ^ 0x646f72616e646f6d ^ 0xee;
  v2 = secret0 ^ 0x6c7967656e657261;
  v3 = secret1 ^ 0x7465646279746573;
}

/** The next sixteen code units, two a word. */
export function hashUnits(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32): void {
  absorb(pair(a, b), 2);
  absorb(pair(c, d), 2);
  absorb(pair(e, f), 2);
  absorb(pair(g, h), 2);
}

/** The next four. */
export function hashFour(a: i32, b: i32): void {
  absorb(pair(a, b), 2);
}

/** The last three or fewer, with the text's length in bytes in the highest byte; then hashWord() tells. */
export function hashLast(a: i32, b: i32): void {
  absorb(pair(a, b), 2);
  v2 ^= 0xee;
  absorb(0, 4);
  hash0 = v0 ^ v1 ^ v2 ^ v3;
  v1 ^= 0xdd;
  absorb(0, 4);
  hash1 = v0 ^ v1 ^ v2 ^ v3;
}

/** 0 and 1: high and low half of the first 64 bits; 2 and 3: of the second. */
export function hashWord(word: i32): i32 {
  const hash = word < 2 ? hash0 : hash1;
  return <i32>(word & 1 ? hash : hash >> 32);
}
