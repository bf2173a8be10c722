// A value that nobody follows, checked and passed over: a loop with one bit an open container, so that no nesting can
// exhaust a stack.
import { DEPTH_MAX, DEPTHS } from './layout';
import { scalarEnd, spaceEnd, stringEnd } from './lexeme';

const IN_OBJECT: i32 = 1;

/** Address after the value at `p`; 0 where it is not JSON or nests deeper than DEPTH_MAX. A state machine's loop. */
export function skipValue(p: usize): usize {
  let depth = 0;
  let top = 0;
  while (true) {
    const c = <i32>load<u8>(p);
    if (c == 0x22) {
      p = stringEnd(p + 1);
      if (p == 0) return 0;
      p++;
    } else if (c == 0x7b || c == 0x5b) {
      p = spaceEnd(p + 1);
      if (<i32>load<u8>(p) == c + 2) p++;
      else {
        if (depth == DEPTH_MAX) return 0;
        top = c == 0x7b ? IN_OBJECT : 0;
        setBit(depth++, top);
        if (top == 0) continue;
        p = keyEnd(p);
        if (p == 0) return 0;
        continue;
      }
    } else {
      p = scalarEnd(p);
      if (p == 0) return 0;
    }
    // After a value: the containers that end with it, then a comma and what follows.
    while (true) {
      if (depth == 0) return p;
      let d = <i32>load<u8>(p);
      if (d <= 0x20) {
        p = spaceEnd(p);
        d = <i32>load<u8>(p);
      }
      if (d == 0x2c) {
        p++;
        if (load<u8>(p) <= 0x20) p = spaceEnd(p);
        if (top == 0) break;
        p = keyEnd(p);
        if (p == 0) return 0;
        break;
      }
      if (d != (top == IN_OBJECT ? 0x7d : 0x5d)) return 0;
      p++;
      if (--depth > 0) top = bitAt(depth - 1);
    }
  }
}

/** From a key's opening quote to where its value begins; 0 where no key and colon stand there. */
function keyEnd(p: usize): usize {
  if (load<u8>(p) != 0x22) return 0;
  p = stringEnd(p + 1);
  if (p == 0) return 0;
  p++;
  if (load<u8>(p) != 0x3a) {
    p = spaceEnd(p);
    if (load<u8>(p) != 0x3a) return 0;
  }
  p++;
  return load<u8>(p) <= 0x20 ? spaceEnd(p) : p;
}

function setBit(depth: i32, bit: i32): void {
  const cell = DEPTHS + <usize>(depth >> 3);
  const mask = 1 << (depth & 7);
  const bits = <i32>load<u8>(cell);
  store<u8>(cell, <u8>(bit != 0 ? bits | mask : bits & ~mask));
}

function bitAt(depth: i32): i32 {
  return (<i32>load<u8>(DEPTHS + <usize>(depth >> 3)) >> (depth & 7)) & 1;
}
