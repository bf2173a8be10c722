// `counter_add` as the guest calls it, in WebAssembly: its i64 become doubles before JavaScript sees them, since each BigInt costs as much as the counter itself.
// The guest's call goes from module to module, and one import of numbers is left. What no double holds goes the long way.
//
//   counter_add(key, length, delta: i64, ttl: i64) -> i64
//     delta within ±2^53 ?  whole(key, length, f64 delta, f64 ttl) -> f64 : exact(key, length, delta, ttl) -> i64
//     NaN ?                 last() -> i64, the sum that no double holds
//     else                  the sum; -Infinity is refused, and becomes the smallest i64

import type { CompiledModule } from '../prepared.js';
import { ByteWriter } from '../wasm/byte-writer.js';
import { Instance, Module } from '../wasm-api.js';

/** What the bridge imports. */
export interface CounterDoors {
  readonly whole: unknown;
  readonly exact: unknown;
  readonly last: unknown;
}

const [I32, I64, F64] = [0x7f, 0x7e, 0x7c];
const FUNCTION = 0x60;
const [WHOLE, EXACT, LAST, BRIDGE] = [0, 1, 2, 3];
const [GET, TEE, CALL, IF, RETURN, END, EMPTY] = [0x20, 0x22, 0x10, 0x04, 0x0f, 0x0b, 0x40];
const [I64_CONST, I64_ADD, I64_GE_U, F64_NE, F64_FROM_I64] = [0x42, 0x7c, 0x5a, 0x62, 0xb9];
/** i64.trunc_sat_f64_s */
const TRUNCATE = [0xfc, 6];
const TWO_TO_53 = 2 ** 53;

let compiled: CompiledModule | null = null;

/** The function to import as `counter_add`. */
export function counterBridge(doors: CounterDoors): unknown {
  compiled ??= new Module(bridgeModule());
  return new Instance(compiled, { h: { ...doors } }).exports.counter_add;
}

function bridgeModule(): Uint8Array {
  const out = new ByteWriter(256);
  out.raw(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(out, 1, content => {
    content.raw(3, FUNCTION, 4, I32, I32, F64, F64, 1, F64);
    content.raw(FUNCTION, 4, I32, I32, I64, I64, 1, I64, FUNCTION, 0, 1, I64);
  });
  section(out, 2, content => {
    content.u8(3);
    for (const [name, type] of [
      ['whole', WHOLE],
      ['exact', EXACT],
      ['last', LAST],
    ] as const) {
      content.name('h');
      content.name(name);
      content.raw(0, type);
    }
  });
  section(out, 3, content => content.raw(1, EXACT));
  section(out, 7, content => {
    content.u8(1);
    content.name('counter_add');
    content.raw(0, BRIDGE);
  });
  section(out, 10, content => {
    const body = new ByteWriter(96);
    body.raw(1, 1, F64);
    body.raw(GET, 2, I64_CONST);
    body.signed(TWO_TO_53);
    body.raw(I64_ADD, I64_CONST);
    body.signed(2 * TWO_TO_53);
    body.raw(I64_GE_U, IF, EMPTY, GET, 0, GET, 1, GET, 2, GET, 3, CALL, EXACT, RETURN, END);
    body.raw(GET, 0, GET, 1, GET, 2, F64_FROM_I64, GET, 3, F64_FROM_I64, CALL, WHOLE, TEE, 4);
    body.raw(GET, 4, F64_NE, IF, EMPTY, CALL, LAST, RETURN, END, GET, 4, ...TRUNCATE, END);
    content.u8(1);
    content.sized(body);
  });
  return out.written.slice();
}

function section(out: ByteWriter, id: number, write: (content: ByteWriter) => void): void {
  const content = new ByteWriter(128);
  write(content);
  out.u8(id);
  out.sized(content);
}
