// Every instruction that a plugin may use: how its immediates are read, what it does to the stack's height, what it costs.
// MVP, sign extension, saturating conversions, bulk memory, reference types, multi-value, fixed SIMD, tail calls, legacy
// exceptions. Everything else is refused by name in refused-opcodes.ts or as unknown.

/** How the immediates of an instruction are read. */
export const Immediate = {
  unknown: 0,
  none: 1,
  index: 2,
  memory: 3,
  i32: 4,
  i64: 5,
  f32: 6,
  f64: 7,
  /** Only in SIMD. */
  memoryAndLane: 8,
  lane: 9,
  v128: 10,
  /** Read by body-scan.ts: changes control, depends on types, or has a prefix. */
  own: 11,
} as const;

/** One table of 256 instructions, by opcode. */
export class OpcodeTable {
  readonly immediate = new Uint8Array(256);
  readonly heightChange = new Int8Array(256);
  /** In quarters of a unit: 1 is a plain instruction. */
  readonly fuel = new Uint16Array(256);

  /** Instructions from `first` to `last`. */
  set(first: number, last: number, immediate: number, heightChange: number, fuel: number): void {
    this.immediate.fill(immediate, first, last + 1);
    this.heightChange.fill(heightChange, first, last + 1);
    this.fuel.fill(fuel, first, last + 1);
  }
}

export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  delegate: 0x18,
  catchAll: 0x19,
  selectTyped: 0x1c,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableSet: 0x26,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  refNull: 0xd0,
  bulkPrefix: 0xfc,
  simdPrefix: 0xfd,
} as const;

/** Behind the prefix 0xfc. */
export const BulkOp = {
  truncLast: 7,
  memoryInit: 8,
  dataDrop: 9,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  elemDrop: 13,
  tableCopy: 14,
  tableGrow: 15,
  tableSize: 16,
  tableFill: 17,
} as const;

/**
 * A unit of fuel is four plain instructions: a charge takes a quarter of what its code weighs, rounded up. So a turn of the tightest loop is
 * one unit, about 0.5 ns, and an import call at 50 units (CONTRACT.md §5.4) stands in the same proportion to its 30 to 100 ns.
 */
export const WEIGHT_PER_UNIT = 4;

/**
 * Each weight was measured with the instruction 40 times in a row, each waiting for the one before, in a metered loop: with its operands in
 * the first-level cache none takes more than four times the nanoseconds per unit of a tight loop (0.33 ns where it was measured).
 * Memory is the exception that no weight can mend: a load that misses into 16 MiB took 150 to 300 ns, one into 1 MiB 18 ns.
 */
export const FUEL_OF = {
  /** Of a function's entry, beside one for each parameter, local and result. */
  entry: 2,
  /** Of a call beside what the callee charges at its entry. */
  call: 6,
  callIndirect: 22,
  brTable: 6,
  truncSat: 8,
  memoryGrow: 4_000,
  tableGrow: 1_000,
  tableAccess: 20,
  tableSet: 120,
  bulkCall: 100,
  throw: 6_000,
  depth: 4,
  refFunc: 200,
  segmentDrop: 200,
  // From here in whole units, by length.
  bulkByte: 1,
  bulkNothingBit: 9, // 2^9 for a length of 0: such a fill took 150 to 210 ns on an EPYC, one of a byte 8
  /** The kernel clears 16 pages of its own when they are first written. */
  memoryPage: 5_000,
  tableEntry: 36,
  /** A frame that an exception passes: 0.3 µs. */
  unwoundFrame: 250,
} as const;

function plainTable(): OpcodeTable {
  const t = new OpcodeTable();
  const { none, index, memory, own } = Immediate;
  t.set(0x00, 0x00, own, 0, 1);
  t.set(0x01, 0x01, none, 0, 0);
  t.set(0x02, 0x07, own, 0, 0);
  t.set(0x08, 0x09, own, 0, FUEL_OF.throw);
  t.set(0x0b, 0x13, own, 0, 1);
  t.set(0x18, 0x19, own, 0, 0);
  t.set(0x1a, 0x1a, none, -1, 0);
  t.set(0x1b, 0x1b, none, -2, 2);
  t.set(0x1c, 0x1c, own, -2, 2);
  t.set(0x20, 0x20, index, 1, 1);
  t.set(0x21, 0x21, index, -1, 1);
  t.set(0x22, 0x22, index, 0, 1);
  t.set(0x23, 0x23, index, 1, 2);
  t.set(0x24, 0x24, index, -1, 6);
  t.set(0x25, 0x25, index, 0, FUEL_OF.tableAccess);
  t.set(0x26, 0x26, own, -2, FUEL_OF.tableSet);
  t.set(0x28, 0x35, memory, 0, 3);
  t.set(0x36, 0x3e, memory, -2, 3);
  t.set(0x3f, 0x3f, index, 1, 2);
  t.set(0x40, 0x40, own, 0, FUEL_OF.memoryGrow);
  t.set(0x41, 0x41, Immediate.i32, 1, 1);
  t.set(0x42, 0x42, Immediate.i64, 1, 1);
  t.set(0x43, 0x43, Immediate.f32, 1, 1);
  t.set(0x44, 0x44, Immediate.f64, 1, 1);
  numeric(t);
  t.set(0xd0, 0xd0, own, 1, 1);
  t.set(0xd1, 0xd1, none, 0, 1);
  t.set(0xd2, 0xd2, index, 1, FUEL_OF.refFunc);
  t.set(0xfc, 0xfd, own, 0, 0);
  return t;
}

/** Comparison, arithmetic and conversion, 0x45 to 0xc4. */
function numeric(t: OpcodeTable): void {
  const { none } = Immediate;
  t.set(0x45, 0xc4, none, -1, 1);
  // eqz; clz, ctz, popcnt; unary float; conversions and sign extensions take one and give one.
  for (const [first, last] of [
    [0x45, 0x45],
    [0x50, 0x50],
    [0x67, 0x69],
    [0x79, 0x7b],
    [0x8b, 0x91],
    [0x99, 0x9f],
    [0xa7, 0xc4],
  ] as const) {
    t.set(first, last, none, 0, 1);
  }
  for (const [first, last, fuel] of HEAVY) {
    t.fuel.fill(fuel, first, last + 1);
  }
}

const HEAVY: readonly (readonly [number, number, number])[] = [
  // Division and remainder of i32 and i64.
  [0x6d, 0x70, 14],
  [0x7f, 0x82, 20],
  // ceil, floor, trunc, nearest; square root; add, sub, mul; division; min, max; copysign, of f32 and f64.
  [0x8d, 0x90, 4],
  [0x91, 0x91, 20],
  [0x92, 0x94, 2],
  [0x95, 0x95, 16],
  [0x96, 0x97, 6],
  [0x98, 0x98, 8],
  [0x9b, 0x9e, 4],
  [0x9f, 0x9f, 34],
  [0xa0, 0xa2, 2],
  [0xa3, 0xa3, 18],
  [0xa4, 0xa5, 6],
  [0xa6, 0xa6, 8],
  // Between integers and floats; from unsigned i64 it takes several instructions.
  [0xa8, 0xab, 6],
  [0xae, 0xb1, 8],
  [0xb2, 0xba, 6],
  [0xb5, 0xb5, 16],
  [0xba, 0xba, 16],
];

function simdTable(): OpcodeTable {
  const t = new OpcodeTable();
  const { none, memory, memoryAndLane, lane, v128 } = Immediate;
  t.set(0, 10, memory, 0, 4);
  t.set(11, 11, memory, -2, 4);
  t.set(12, 12, v128, 1, 1);
  t.set(13, 13, v128, -1, 6);
  t.set(14, 14, none, -1, 3);
  t.set(15, 20, none, 0, 2);
  t.set(35, 76, none, -1, 2);
  t.set(78, 81, none, -1, 1);
  t.set(82, 82, none, -2, 1);
  t.set(84, 87, memoryAndLane, -1, 4);
  t.set(88, 91, memoryAndLane, -2, 4);
  t.set(92, 93, memory, 0, 4);
  t.set(96, 255, none, -1, 3);
  for (const op of [21, 22, 24, 25, 27, 29, 31, 33]) t.set(op, op, lane, 0, 2);
  for (const op of [23, 26, 28, 30, 32, 34]) t.set(op, op, lane, -1, 2);
  for (const [first, last] of SIMD_UNARY) t.set(first, last, none, 0, 3);
  for (const [first, last] of SIMD_UNASSIGNED) t.set(first, last, Immediate.unknown, 0, 0);
  for (const [first, last, fuel] of HEAVY_SIMD) t.fuel.fill(fuel, first, last + 1);
  return t;
}

const HEAVY_SIMD: readonly (readonly [number, number, number])[] = [
  // any_true, all_true, bitmask.
  [83, 83, 10],
  [99, 100, 10],
  [131, 132, 10],
  [163, 164, 10],
  [195, 196, 10],
  // Bit counts; rounding multiplication; multiplication of i64.
  [98, 98, 5],
  [130, 130, 4],
  [213, 213, 6],
  [193, 193, 4],
  [192, 192, 4],
  // Square root; division; min and max that heed NaN.
  [227, 227, 20],
  [231, 231, 18],
  [239, 239, 28],
  [243, 243, 18],
  [232, 233, 8],
  [244, 245, 12],
  // Between integers and floats.
  [94, 95, 6],
  [248, 249, 14],
  [250, 251, 18],
  [252, 255, 14],
];

const SIMD_UNARY: readonly (readonly [number, number])[] = [
  [77, 77],
  [83, 83],
  [94, 95],
  [96, 100],
  [103, 106],
  [116, 117],
  [122, 122],
  [124, 127],
  [128, 129],
  [131, 132],
  [135, 138],
  [148, 148],
  [160, 161],
  [163, 164],
  [167, 170],
  [192, 193],
  [195, 196],
  [199, 202],
  [224, 225],
  [227, 227],
  [236, 237],
  [239, 239],
  [248, 255],
];
const SIMD_UNASSIGNED: readonly (readonly [number, number])[] = [
  [154, 154],
  [162, 162],
  [165, 166],
  [175, 176],
  [178, 180],
  [187, 187],
  [194, 194],
  [197, 198],
  [207, 208],
  [210, 212],
  [226, 226],
  [238, 238],
];

export const PLAIN = plainTable();
export const SIMD = simdTable();
