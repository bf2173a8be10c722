// Files that must not be taken, each with its code.
import type { RefusalCode } from '../../../src/plugin/wasm/refused.js';
import { leb, section } from '../wasm/support/binary.js';
import type { HostileModule } from './hostile-module.js';
import { hook, hostile, hostileBytes, refused } from './hostile-module.js';

const OK = '(func (export "on_request") (result i32) (i32.const 0))';
const MEMORY = '(memory (export "memory") 1)';
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const ascii = (text: string) => new TextEncoder().encode(text);

const text = (name: string, code: RefusalCode, module: string) => hostile(name, refused(code), module);
const bytes = (name: string, code: RefusalCode, make: () => Uint8Array) =>
  hostileBytes(name, refused(code), make);

/** A custom section of `size` bytes after the header. */
function padded(size: number): Uint8Array {
  const module = new Uint8Array(HEADER.length + 6 + size);
  module.set([...HEADER, 0]);
  for (let i = 0, rest = size; i < 5; i++, rest = Math.floor(rest / 128)) {
    module[9 + i] = (rest & 0x7f) | (i < 4 ? 0x80 : 0);
  }
  return module;
}

const FILES: readonly HostileModule[] = [
  bytes('a file of 50 MB', 'too_big', () => padded(50_000_000)),
  bytes('an empty file', 'invalid', () => new Uint8Array(0)),
  bytes('a page of HTML', 'invalid', () => ascii('<!doctype html><title>404</title>')),
  bytes('only a header', 'memory_missing', () => Uint8Array.from(HEADER)),
  bytes('a component instead of a module', 'invalid', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0)),
  bytes('a type section that announces 4 billion types', 'malformed', () =>
    Uint8Array.of(...HEADER, 1, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x60),
  ),
];

const MEMORIES: readonly HostileModule[] = [
  text('a memory that is not exported', 'memory_not_exported', `(memory 1) ${OK}`),
  text('a memory exported by another name', 'memory_not_exported', `(memory (export "mem") 1) ${OK}`),
  text('a function exported as memory', 'memory_not_exported', `(memory 1) (func (export "memory")) ${OK}`),
  text('no memory', 'memory_missing', OK),
  text(
    'an imported memory',
    'memory_kind',
    `(import "env" "memory" (memory 1)) (export "memory" (memory 0)) ${OK}`,
  ),
  text('a shared memory', 'feature_unsupported', `(memory (export "memory") 1 1 shared) ${OK}`),
  text('atomic instructions', 'feature_unsupported', hook('(i32.atomic.load (i32.const 0))')),
  text('17 MiB of memory', 'memory_too_big', `(memory (export "memory") 272) ${OK}`),
  text('4 GiB of memory', 'memory_too_big', `(memory (export "memory") 65536) ${OK}`),
];

const NAMES: readonly HostileModule[] = [
  text('an export named as the fuel counter', 'export_name', `${MEMORY} ${OK} (func (export "weir:take"))`),
  text(
    'an export in the prefix of Weir',
    'export_name',
    `${MEMORY} ${OK} (global (export "weir:") i32 (i32.const 0))`,
  ),
  text('an unknown import', 'import_unknown', hook('(i32.const 0)', '(import "weir" "fetch" (func))')),
  text(
    'an import from an unknown module',
    'import_unknown',
    hook('(i32.const 0)', '(import "node:fs" "rmSync" (func))'),
  ),
  text(
    'an import named as a property of every object',
    'import_unknown',
    hook('(i32.const 0)', '(import "weir" "constructor" (func))'),
  ),
  text(
    'a module named as a property of every object',
    'import_unknown',
    hook('(i32.const 0)', '(import "__proto__" "toString" (func))'),
  ),
  text(
    'an import of another type',
    'import_type',
    hook('(i32.const 0)', '(import "weir" "now_ms" (func (result i32)))'),
  ),
  text(
    'an import with a parameter too many',
    'import_type',
    hook('(i32.const 0)', '(import "weir" "log" (func (param i32 i32 i32 i32)))'),
  ),
  text(
    'an import without its grant',
    'grant_missing',
    hook('(i32.const 0)', '(import "weir" "set_model" (func (param i32 i32) (result i32)))'),
  ),
  text(
    'an imported table',
    'import_kind',
    hook('(i32.const 0)', '(import "weir" "table" (table 1 funcref))'),
  ),
  text('an imported global', 'import_kind', hook('(i32.const 0)', '(import "weir" "log" (global i32))')),
  text('an imported tag', 'import_kind', hook('(i32.const 0)', '(import "weir" "log" (tag))')),
];

const HOOKS: readonly HostileModule[] = [
  text('no hook', 'hook_missing', MEMORY),
  text('a hook without a result', 'hook_type', `${MEMORY} (func (export "on_request"))`),
  text(
    'a hook with a parameter',
    'hook_type',
    `${MEMORY} (func (export "on_request") (param i32) (result i32) (i32.const 0))`,
  ),
  text('on_end with a result', 'hook_type', `${MEMORY} (func (export "on_end") (result i32) (i32.const 0))`),
  text(
    'a global exported as a hook',
    'hook_type',
    `${MEMORY} (global (export "on_request") i32 (i32.const 0))`,
  ),
  text('configure of another type', 'hook_type', `${MEMORY} ${OK} (func (export "configure"))`),
  text(
    'an import exported as a hook',
    'hook_imported',
    `(import "weir" "message_count" (func $m (result i32))) ${MEMORY} (export "on_request" (func $m))`,
  ),
];

const BOUNDS: readonly HostileModule[] = [
  text('49,000 locals', 'too_many_locals', hook('(i32.const 0)', `(func (local ${'i64 '.repeat(49_000)}))`)),
  text('a huge table', 'table_too_big', hook('(i32.const 0)', '(table 10000000 funcref)')),
  text('many tables', 'too_many', hook('(i32.const 0)', '(table 1 funcref)'.repeat(100))),
  text(
    'many mutable globals',
    'too_many',
    hook('(i32.const 0)', '(global (mut i32) (i32.const 0))'.repeat(600)),
  ),
  text(
    'a mutable vector global',
    'global_type',
    hook('(i32.const 0)', '(global (mut v128) (v128.const i64x2 0 0))'),
  ),
  text(
    'a mutable reference global',
    'global_type',
    hook('(i32.const 0)', '(global (mut funcref) (ref.null func))'),
  ),
  text(
    'calls whose results would fill a gigabyte of the validator',
    'too_many_operands',
    hook(
      `${'(call $many)'.repeat(2_000)} (unreachable)`,
      `(func $many (result ${'i64 '.repeat(1_000)}) (unreachable))`,
    ),
  ),
  text(
    'calls without end of many results in code that is never run',
    'too_many_operands',
    hook(
      `(unreachable) ${'(call $many)'.repeat(2_000)} (unreachable)`,
      `(func $many (result ${'i64 '.repeat(1_000)}) (unreachable))`,
    ),
  ),
  text(
    'ten thousand branches over two thousand locals',
    'compile_work',
    hook(
      '(i32.const 0)',
      `(func (local ${'i32 '.repeat(1_990)}) ${'(block (br_if 0 (i32.const 0)))'.repeat(10_000)})`,
    ),
  ),
  text(
    'ten thousand branches over many operands',
    'compile_work',
    hook(
      '(i32.const 0)',
      `(func ${'i32.const 0 '.repeat(9_000)} ${'block i32.const 0 br_if 0 end '.repeat(10_000)} unreachable)`,
    ),
  ),
  bytes('20,000 blocks inside one another', 'nesting_too_deep', () => nested(20_000, 0x02)),
  bytes('20,000 loops inside one another', 'nesting_too_deep', () => nested(20_000, 0x03)),
  bytes('a function of 1 MB', 'function_too_big', () => nested(330_000, 0x02)),
];

/** A module whose `on_request` is these instructions: what the text compiler would not write, or not without end. */
function coded(code: readonly number[], memory: readonly number[] = [1, 0, 1]): Uint8Array {
  const body = [0, ...code, 0x41, 0, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(3, [1, 0]),
    ...section(5, memory),
    ...section(7, [2, 6, ...ascii('memory'), 2, 0, 10, ...ascii('on_request'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

function nested(depth: number, opcode: number): Uint8Array {
  const opened = Array.from({ length: depth }, () => [opcode, 0x40]).flat();
  return coded([...opened, ...Array<number>(depth).fill(0x0b)]);
}

/** Each is named by its refusal, so that an author knows what to turn off. */
const FEATURES: readonly HostileModule[] = [
  bytes('an instruction that nobody knows', 'unknown_opcode', () => coded([0xff])),
  bytes('a vector instruction that nobody knows', 'unknown_opcode', () => coded([0xfd, 154, 1])),
  bytes('a bulk instruction that nobody knows', 'unknown_opcode', () => coded([0xfc, 99])),
  bytes('try_table', 'feature_unsupported', () => coded([0x1f, 0x40, 0, 0x0b])),
  bytes('call_ref', 'feature_unsupported', () => coded([0x14, 0])),
  bytes('garbage collection', 'feature_unsupported', () => coded([0xfb, 0, 0])),
  bytes('relaxed SIMD', 'feature_unsupported', () => coded([0xfd, 0x80, 2])),
  bytes('a fence', 'feature_unsupported', () => coded([0xfe, 3, 0])),
  bytes('64-bit memory', 'feature_unsupported', () => coded([], [1, 4, 1])),
  bytes('two memories', 'feature_unsupported', () => coded([], [2, 0, 1, 0, 1])),
  bytes('a struct type', 'feature_unsupported', () =>
    Uint8Array.from([...HEADER, ...section(1, [1, 0x5f, 0])]),
  ),
];

export const UNLOADABLE_MODULES: readonly HostileModule[] = [
  ...FILES,
  ...MEMORIES,
  ...NAMES,
  ...HOOKS,
  ...BOUNDS,
  ...FEATURES,
];
