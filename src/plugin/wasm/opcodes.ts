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
  /** Read by body-scan.ts itself: changes control, or depends on types. */
  own: 11,
} as const;

/** One table of 256 instructions, by opcode. */
export class OpcodeTable {
  readonly immediate = new Uint8Array(256);
  readonly heightChange = new Int8Array(256);
  /** Fuel; the unit is one plain instruction of a tight loop. */
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
  refFunc: 0xd2,
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

/** Behind the prefix 0xfd. */
export const SimdOp = { const: 12, shuffle: 13 } as const;

export const FUEL_OF = {
  /** Of a function's entry, beside one for each parameter, local and result. */
  entry: 2,
  /** Of a call beside what the callee charges at its entry. */
  call: 4,
  callIndirect: 12,
  /** Growing, throwing, and other ways into the engine. */
  memoryGrow: 4_000,
  memoryPage: 20_000,
  tableGrow: 4_000,
  tableEntry: 64,
  bulkCall: 100,
  bulkByte: 1,
  throw: 10_000,
  refFunc: 400,
  brTable: 6,
  truncSat: 6,
  tableAccess: 20,
  segmentDrop: 400,
} as const;

function plainTable(): OpcodeTable {
  const t = new OpcodeTable();
  const { none, index, memory, own } = Immediate;
  t.set(0x00, 0x00, own, 0, 1);
  t.set(0x01, 0x01, none, 0, 0);
  t.set(0x02, 0x09, own, 0, 0);
  t.set(0x0b, 0x13, own, 0, 1);
  t.set(0x18, 0x19, own, 0, 0);
  t.set(0x1a, 0x1a, none, -1, 0);
  t.set(0x1b, 0x1b, none, -2, 2);
  t.set(0x1c, 0x1c, own, -2, 2);
  t.set(0x20, 0x20, index, 1, 1);
  t.set(0x21, 0x21, index, -1, 1);
  t.set(0x22, 0x22, index, 0, 1);
  t.set(0x23, 0x23, index, 1, 1);
  t.set(0x24, 0x24, index, -1, 1);
  t.set(0x25, 0x25, index, 0, FUEL_OF.tableAccess);
  t.set(0x26, 0x26, own, -2, FUEL_OF.tableAccess);
  t.set(0x28, 0x35, memory, 0, 2);
  t.set(0x36, 0x3e, memory, -2, 2);
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
  // Division and remainder of integers, of floats; square roots; rounding; conversions between integer and float.
  for (const [first, last, fuel] of [
    [0x6d, 0x70, 12],
    [0x7f, 0x82, 20],
    [0x95, 0x95, 6],
    [0xa3, 0xa3, 8],
    [0x91, 0x91, 8],
    [0x9f, 0x9f, 8],
    [0x8d, 0x90, 3],
    [0x9b, 0x9e, 3],
    [0xa8, 0xab, 4],
    [0xae, 0xb1, 4],
  ] as const) {
    t.fuel.fill(fuel, first, last + 1);
  }
}

function simdTable(): OpcodeTable {
  const t = new OpcodeTable();
  const { none, memory, memoryAndLane, lane, v128 } = Immediate;
  t.set(0, 10, memory, 0, 2);
  t.set(11, 11, memory, -2, 2);
  t.set(12, 12, v128, 1, 1);
  t.set(13, 13, v128, -1, 2);
  t.set(14, 14, none, -1, 2);
  t.set(15, 20, none, 0, 1);
  t.set(35, 76, none, -1, 2);
  t.set(78, 81, none, -1, 1);
  t.set(82, 82, none, -2, 1);
  t.set(84, 87, memoryAndLane, -1, 3);
  t.set(88, 91, memoryAndLane, -2, 3);
  t.set(92, 93, memory, 0, 2);
  t.set(96, 255, none, -1, 3);
  for (const op of [21, 22, 24, 25, 27, 29, 31, 33]) t.set(op, op, lane, 0, 2);
  for (const op of [23, 26, 28, 30, 32, 34]) t.set(op, op, lane, -1, 2);
  for (const [first, last] of SIMD_UNARY) t.set(first, last, none, 0, 3);
  for (const [first, last] of SIMD_UNASSIGNED) t.set(first, last, Immediate.unknown, 0, 0);
  // f32x4 and f64x2: square root and division.
  for (const op of [227, 231, 239, 243]) t.fuel[op] = 16;
  return t;
}

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
