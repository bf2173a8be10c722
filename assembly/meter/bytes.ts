// Comparing and copying a few bytes by vectors: memory.copy is a call out of the module, dear for less than some hundred bytes.

/** Whether n bytes are the same; reads up to 15 beyond. */
export function same(a: usize, b: usize, n: usize): bool {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i))) != 0xffff) return false;
  }
  if (i == n) return true;
  const mask = (1 << (<i32>(n - i))) - 1;
  return (i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i))) & mask) == mask;
}

/** Copies n bytes; writes up to 15 beyond. */
export function copy(to: usize, source: usize, n: i32): void {
  for (let i = 0; i < n; i += 16) v128.store(to + i, v128.load(source + i));
}

/** Whether the bytes at `from` are the ASCII text `name`. */
export function equals(from: usize, length: i32, name: string): bool {
  if (length != name.length) return false;
  for (let i = 0; i < length; i++) if (<i32>load<u8>(from + i) != name.charCodeAt(i)) return false;
  return true;
}

export function begins(from: usize, length: i32, name: string): bool {
  return length >= name.length && equals(from, name.length, name);
}
