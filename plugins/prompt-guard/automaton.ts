// All patterns at once, in one pass: a nondeterministic automaton whose states are bits (Baeza-Yates and Gonnet 1992; Navarro and Raffinot 2002,
// ch. 4). A pattern takes one bit a byte and lies within one word of 64, two words make a lane. A byte of text costs the same whatever came
// before it: no pattern and no text can make it slow. Hot path: per byte of text.
//
//   masks, 16 bytes each, by lane:  STATE  FIRST  FIRST_ANYWHERE  LOOPS  SKIPS  LAST  LAST_ANYWHERE  ENDS
//   steps, by byte and lane:        the bits that may be entered with this byte

const LANE_BYTES: usize = 16;
const MASKS: usize = 8;
export const BITS_PER_WORD: i32 = 64;

let lanes: i32 = 0;
let masks: usize = 0;
let steps: usize = 0;
/** By byte: 1 a pattern may begin so behind no word, 2 anywhere. */
const BEGINS: usize = memory.data(256);
let alive: bool = false;
let isWordBefore: bool = false;

export const enum Mask {
  STATE = 0,
  FIRST = 1,
  FIRST_ANYWHERE = 2,
  LOOPS = 3,
  SKIPS = 4,
  LAST = 5,
  LAST_ANYWHERE = 6,
  /** Both of them: the next pattern's first state lies beside, and is not entered from here. */
  ENDS = 7,
}

/** In configure(): room for `words` words of states. */
export function makeAutomaton(words: i32): void {
  lanes = (words + 1) >> 1;
  const laneBytes = <usize>lanes * LANE_BYTES;
  masks = aligned(laneBytes * MASKS);
  steps = aligned(laneBytes * 256);
  memory.fill(masks, 0, laneBytes * MASKS);
  memory.fill(steps, 0, laneBytes * 256);
  memory.fill(BEGINS, 0, 256);
}

function aligned(bytes: usize): usize {
  return (heap.alloc(bytes + 15) + 15) & ~(<usize>15);
}

function maskAt(lane: i32, mask: Mask): usize {
  return masks + (<usize>lane * MASKS + <usize>mask) * LANE_BYTES;
}

function wordAt(bit: i32): usize {
  return (<usize>((bit >> 6) & 1)) << 3;
}

export function setBit(mask: Mask, bit: i32): void {
  const at = maskAt(bit >> 7, mask) + wordAt(bit);
  store<u64>(at, load<u64>(at) | (1 << (<u64>(bit & 63))));
}

/** State `bit` is entered with `byte`, or with any where that is -1. */
export function setStep(bit: i32, byte: i32): void {
  for (let b = byte < 0 ? 0 : byte; b <= (byte < 0 ? 255 : byte); b++) {
    const at = steps + (<usize>b * <usize>lanes + <usize>(bit >> 7)) * LANE_BYTES + wordAt(bit);
    store<u64>(at, load<u64>(at) | (1 << (<u64>(bit & 63))));
  }
}

export function setBegin(byte: i32, anywhere: bool): void {
  const at = BEGINS + <usize>byte;
  store<u8>(at, load<u8>(at) | (anywhere ? 3 : 1));
}

export function beginText(): void {
  isWordBefore = false;
  clear();
}

function clear(): void {
  alive = false;
  for (let lane = 0; lane < lanes; lane++) v128.store(maskAt(lane, Mask.STATE), i64x2.splat(0));
}

/** A blank line: what a `*` spans ends here. */
export function endParagraph(): void {
  if (!alive) return;
  for (let lane = 0; lane < lanes; lane++) {
    const at = maskAt(lane, Mask.STATE);
    v128.store(at, v128.andnot(v128.load(at), v128.load(maskAt(lane, Mask.LOOPS))));
  }
}

/** Letters, digits, `_`. Bytes of other characters are none: in Chinese there is nothing between words. */
function isWordByte(byte: i32): bool {
  return <u32>(byte - 0x61) < 26 || <u32>(byte - 0x30) < 10 || byte == 0x5f;
}

/** One folded byte; true where a pattern has ended: ask `endedIn`. */
export function step(byte: i32): bool {
  const isWord = isWordByte(byte);
  // What ends at a word's end ends before a byte of none.
  let ended = alive && !isWord && isWordBefore && keepEnded();
  const first = isWordBefore ? Mask.FIRST_ANYWHERE : Mask.FIRST;
  isWordBefore = isWord;
  const begins = (<i32>load<u8>(BEGINS + <usize>byte) & (first == Mask.FIRST ? 1 : 2)) != 0;
  if (!alive && !begins) return ended;
  let any = i64x2.splat(0);
  let done = i64x2.splat(0);
  const stepAt = steps + <usize>byte * <usize>lanes * LANE_BYTES;
  for (let lane = 0; lane < lanes; lane++) {
    const at = maskAt(lane, Mask.STATE);
    const before = v128.load(at);
    const inner = v128.andnot(before, v128.load(maskAt(lane, Mask.ENDS)));
    const entered = v128.or(i64x2.shl(inner, 1), v128.load(maskAt(lane, first)));
    let state = v128.and(entered, v128.load(stepAt + <usize>lane * LANE_BYTES));
    state = v128.or(state, v128.and(before, v128.load(maskAt(lane, Mask.LOOPS))));
    state = v128.or(state, i64x2.shl(v128.and(state, v128.load(maskAt(lane, Mask.SKIPS))), 2));
    const last = v128.and(state, v128.load(maskAt(lane, Mask.LAST_ANYWHERE)));
    v128.store(endedAt(lane), v128.or(last, ended ? v128.load(endedAt(lane)) : i64x2.splat(0)));
    v128.store(at, state);
    any = v128.or(any, state);
    done = v128.or(done, last);
  }
  alive = v128.any_true(any);
  return ended || v128.any_true(done);
}

/** The text is over: what waits for a word's end has it. */
export function endText(): bool {
  return alive && isWordBefore && keepEnded();
}

const ENDED: usize = memory.data(256, 16);
export const LANES_MAX: i32 = 16;

function endedAt(lane: i32): usize {
  return ENDED + <usize>lane * LANE_BYTES;
}

function keepEnded(): bool {
  let any = i64x2.splat(0);
  for (let lane = 0; lane < lanes; lane++) {
    const ended = v128.and(v128.load(maskAt(lane, Mask.STATE)), v128.load(maskAt(lane, Mask.LAST)));
    v128.store(endedAt(lane), ended);
    any = v128.or(any, ended);
  }
  return v128.any_true(any);
}

/** Whether the pattern whose last state is `bit` is among those that ended. */
export function endedIn(bit: i32): bool {
  return ((load<u64>(endedAt(bit >> 7) + wordAt(bit)) >> <u64>(bit & 63)) & 1) == 1;
}
