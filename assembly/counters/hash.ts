// SipHash-2-4 with 128 bits of result (Aumasson and Bernstein, 2012) of a space and a key, under a secret of the process, so that nobody
// who may choose keys can choose two that meet. The key comes in the arguments: a thread has no memory of its own here.

let secret0: u64 = 0;
let secret1: u64 = 0;
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;
/** Of the last key. */
export let hash0: u64 = 0;
export let hash1: u64 = 0;

export function setSecret(a: u64, b: u64): void {
  secret0 = a;
  secret1 = b;
}

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

export function pair(low: i32, high: i32): u64 {
  return <u64>(<u32>low) | ((<u64>(<u32>high)) << 32);
}

/** Begins with the space and the key's length in bytes. */
export function hashBegin(space: i32, length: i32): void {
  v0 = secret0 ^ 0x736f6d6570736575;
  v1 = secret1 ^ 0x646f72616e646f6d ^ 0xee;
  v2 = secret0 ^ 0x6c7967656e657261;
  v3 = secret1 ^ 0x7465646279746573;
  absorb(pair(space, length), 2);
}

/** The next 16 bytes of the key; the last ones filled up with zeros. */
export function hashFour(a: i32, b: i32, c: i32, d: i32): void {
  absorb(pair(a, b), 2);
  absorb(pair(c, d), 2);
}

export function hashEnd(): void {
  v2 ^= 0xee;
  absorb(0, 4);
  hash0 = v0 ^ v1 ^ v2 ^ v3;
  v1 ^= 0xdd;
  absorb(0, 4);
  hash1 = v0 ^ v1 ^ v2 ^ v3;
}

/** All at once for a key of at most 16 bytes: each call from the host costs as much as half the hash. */
export function hashShort(space: i32, length: i32, a: i32, b: i32, c: i32, d: i32): void {
  hashBegin(space, length);
  hashFour(a, b, c, d);
  hashEnd();
}

/** 64 bits that a slot's life and the secret give: SplitMix64's finish. */
export function mixed(slot: i32, life: u64): u64 {
  let x = ((<u64>(<u32>slot)) << 16) + life + secret0;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9 + secret1;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
