// One loop for every class of instructions, and one module for every bound of what may be loaded, at that bound. The loops wait: each instruction takes what
// the one before gave, so that the processor cannot do several at once.

import { LOCALS_MAX } from '../../dist/core/plugin-bounds.js';
import {
  EXPORTS_MAX,
  FUNCTION_BYTES_MAX,
  FUNCTIONS_MAX,
  MUTABLE_GLOBALS_MAX,
  NESTING_MAX,
  SEGMENTS_MAX,
  TABLE_ENTRIES_MAX,
} from '../../dist/plugin/wasm/bounds.js';

const COPIES = 40;
const I = '(local.get $i)';
const L = '(local.get $l)';
const F = '(local.get $f)';
const V = '(local.get $v)';
/** So many in a row, for ever. */
const row = (work, rest = '', pages = 1) => endless(work.repeat(COPIES), rest, pages);
const endless = (
  work,
  rest = '',
  pages = 1,
  before = '',
) => `(module ${rest} (memory (export "memory") ${pages})
  (func (export "on_request") (result i32) (local $i i32) (local $l i64) (local $f f64) (local $v v128)
    (local.set $i (i32.const 7)) (local.set $l (i64.const 7)) (local.set $f (f64.const 1.5)) ${before}
    (loop $again ${work} (br $again)) (i32.const 0)))`;
const i = value => `(local.set $i ${value})`;
const l = value => `(local.set $l ${value})`;
const f = value => `(local.set $f ${value})`;
const v = value => `(local.set $v ${value})`;
const TABLE = '(table $t 1000 60000 funcref) (table $u 1000 funcref) (elem $e func $leaf) (func $leaf)';
const IN_TABLE = '(elem (table $t) (i32.const 0) func $leaf)';
const fill = bytes => endless(`(memory.fill (i32.const 0) ${I} (i32.const ${bytes}))`, '', 16);
/** By hand: the compiler of texts does not stand so many inside one another. */
function nested(depth, times) {
  const size = number => {
    const bytes = [];
    for (let rest = number; ; rest >>>= 7) {
      if (rest < 128) return [...bytes, rest];
      bytes.push((rest & 127) | 128);
    }
  };
  const section = (id, bytes) => [id, ...size(bytes.length), ...bytes];
  const text = name => [name.length, ...Buffer.from(name)];
  const blocks = [...new Array(depth).fill([0x02, 0x40]), ...new Array(depth).fill([0x0b])].flat();
  const body = [0, ...new Array(times).fill(blocks).flat(), 0x41, 0, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('on_request'), 0, 0]),
    ...section(10, [1, ...size(body.length), ...body]),
  ]);
}

export const INSTRUCTIONS = {
  'i32.add': row(i(`(i32.add ${I} (i32.const 3))`)),
  'i32.mul': row(i(`(i32.mul ${I} (i32.const 3))`)),
  'i32.div_s': row(i(`(i32.div_s (i32.or ${I} (i32.const 0x40000000)) (i32.or ${I} (i32.const 1)))`)),
  'i64.rem_u': row(l(`(i64.rem_u (i64.const -1) (i64.or ${L} (i64.const 0x10001)))`)),
  'i32.popcnt': row(i(`(i32.popcnt ${I})`)),
  'i32.rotl': row(i(`(i32.rotl ${I} ${I})`)),
  select: row(i(`(select ${I} (i32.const 5) ${I})`)),
  'f64.add': row(f(`(f64.add ${F} (f64.const 1e-3))`)),
  'f64.div': row(f(`(f64.div (f64.const 3) ${F})`)),
  'f64.sqrt': row(f(`(f64.sqrt ${F})`)),
  'f64.min': row(f(`(f64.min ${F} (f64.const 2))`)),
  'f64.nearest': row(f(`(f64.nearest ${F})`)),
  'trunc_sat and convert': row(l(`(i64.trunc_sat_f64_u (f64.convert_i64_u ${L}))`)),
  'i32.load, in the first cache': row(i(`(i32.load (i32.and ${I} (i32.const 0xffc)))`)),
  'i32.store, in the first cache': row(`(i32.store (i32.and ${I} (i32.const 0xffc)) ${I})`),
  'i32.load across a cache line': row(i(`(i32.load offset=62 (i32.and ${I} (i32.const 0xfc0)))`)),
  'global.get and set': row(
    '(global.set $g (i32.add (global.get $g) (i32.const 1)))',
    '(global $g (mut i32) (i32.const 0))',
  ),
  'memory.size': row(i('(memory.size)')),
  'memory.grow by nothing': row('(drop (memory.grow (i32.const 0)))'),
  'memory.grow by a page': endless('(drop (memory.grow (i32.const 1)))'),
  'memory.fill of nothing': fill(0),
  'memory.fill of 64': fill(64),
  'memory.fill of 1 MiB': fill(1 << 20),
  'memory.copy of 64': endless('(memory.copy (i32.const 9) (i32.const 0) (i32.const 64))', '', 16),
  'memory.copy of 1 MiB less 9': endless(
    '(memory.copy (i32.const 9) (i32.const 0) (i32.const 1048567))',
    '',
    16,
  ),
  'memory.init of 16': endless(
    '(memory.init $d (i32.const 0) (i32.const 0) (i32.const 16))',
    '(data $d "0123456789abcdef")',
  ),
  'data.drop': endless('(data.drop $d)', '(data $d "0123456789abcdef")'),
  call: row('(call $leaf)', '(func $leaf (drop (i32.load (i32.const 0))))'),
  'call of 2,000 locals': endless('(call $wide)', `(func $wide (local ${'i64 '.repeat(LOCALS_MAX - 10)}))`),
  'call of 1,000 parameters': endless(
    `(call $many ${'(i32.const 1)'.repeat(1000)})`,
    `(func $many (param ${'i32 '.repeat(1000)}))`,
  ),
  call_indirect: row(`(call_indirect (i32.const 0))`, `${TABLE} ${IN_TABLE}`),
  return_call:
    '(module (memory (export "memory") 1) (func $round (result i32) (return_call $round)) (func (export "on_request") (result i32) (return_call $round)))',
  br_table: endless(
    `${i(`(i32.add (i32.mul ${I} (i32.const 1664525)) (i32.const 1013904223))`)}
     ${Array.from({ length: 64 }, (_, n) => `(block $b${n} `).join('')}(br_table ${Array.from({ length: 64 }, (_, n) => `$b${n}`).join(' ')} (i32.shr_u ${I} (i32.const 26)))${')'.repeat(64)}`,
  ),
  'br_if that nobody can foresee': row(
    `${i(`(i32.add (i32.mul ${I} (i32.const 1664525)) (i32.const 1013904223))`)}(block $b (br_if $b (i32.shr_u ${I} (i32.const 31))) ${l(`(i64.add ${L} (i64.const 1))`)})`,
  ),
  'table.get': row(`(drop (table.get $t (i32.and ${I} (i32.const 1))))`, TABLE),
  'table.set': row('(table.set $t (i32.const 0) (ref.func $leaf))', TABLE),
  'table.fill of 999': endless('(table.fill $t (i32.const 0) (ref.null func) (i32.const 999))', TABLE),
  'table.fill of 999 functions': endless(
    '(table.fill $t (i32.const 0) (ref.func $leaf) (i32.const 999))',
    TABLE,
  ),
  'table.copy of 999': endless('(table.copy $t $u (i32.const 0) (i32.const 0) (i32.const 999))', TABLE),
  'table.init of 1': endless('(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))', TABLE),
  'table.grow by 9': endless('(drop (table.grow $t (ref.null func) (i32.const 9)))', TABLE),
  'throw, caught here': endless('(try (do (throw $x)) (catch_all))', '(tag $x)'),
  'throw through 200 frames': endless(
    '(try (do (call $deep (i32.const 200))) (catch_all))',
    `(tag $x) (func $deep (param i32) (if (i32.eqz (local.get 0)) (then (throw $x)))
       (call $deep (i32.sub (local.get 0) (i32.const 1))))`,
  ),
  'i32x4.add': row(v(`(i32x4.add ${V} ${V})`)),
  'f64x2.div': row(v(`(f64x2.div ${V} ${V})`)),
  'i8x16.swizzle': row(v(`(i8x16.swizzle ${V} ${V})`)),
  'f64x2.pmin and sqrt': row(v(`(f64x2.sqrt (f64x2.pmin ${V} ${V}))`)),
};

/** No weight can mend these: what the caches do not hold. They are printed without a bar. */
const hops = mask =>
  endless(
    i(
      `(i32.add (i32.mul ${I} (i32.const 1664525)) (i32.add (i32.const 1013904223) (i32.load (i32.and ${I} (i32.const ${mask})))))`,
    ),
    '',
    1,
    `(drop (memory.grow (i32.const 255))) (local.set $i (i32.const 0))
     (loop $write (i32.store ${I} (i32.const 1))
       (br_if $write (i32.lt_u (local.tee $i (i32.add ${I} (i32.const 4096))) (i32.const 0x1000000))))`,
  );
export const CACHE_MISSES = {
  'i32.load at random in 256 KiB': hops(0x3fffc),
  'i32.load at random in 1 MiB': hops(0xffffc),
  'i32.load at random in 16 MiB': hops(0xfffffc),
};

/** `on_request` runs `body` once, after it has run for ever where `spend` is asked. */
const atBound = (rest, body = '', pages = 1) =>
  `(module ${rest} (memory (export "memory") ${pages}) (func (export "on_request") (result i32) ${body} (i32.const 0)))`;
const times = (count, text) => Array.from({ length: count }, (_, n) => text(n)).join('');

/** Few bytes for each, and still within what a module may have in all. */
export const AT_BOUNDS = {
  'nothing special': atBound(''),
  [`a function of ${FUNCTION_BYTES_MAX / 1024} KiB`]: atBound(
    `(func $big (param i32) (result i32) ${`(local.set 0 (i32.add (local.get 0) (i32.const 1)))`.repeat(Math.floor((FUNCTION_BYTES_MAX - 64) / 7))} (local.get 0))`,
    '(drop (call $big (i32.const 1)))',
  ),
  [`blocks ${NESTING_MAX} deep, twenty times`]: nested(NESTING_MAX - 2, 20),
  [`${LOCALS_MAX} locals in each of 300 functions`]: atBound(
    times(300, n => `(func $f${n} (local ${'i64 '.repeat(LOCALS_MAX - 10)}))`),
    times(300, n => `(call $f${n})`),
  ),
  [`${FUNCTIONS_MAX - 10} functions`]: atBound(times(FUNCTIONS_MAX - 10, () => '(func)')),
  [`${MUTABLE_GLOBALS_MAX} mutable globals`]: atBound(
    times(MUTABLE_GLOBALS_MAX, () => '(global (mut i64) (i64.const 7))'),
  ),
  [`${TABLE_ENTRIES_MAX} table entries, filled`]: atBound(
    `(table $t ${TABLE_ENTRIES_MAX} funcref) (func $f) (elem (table $t) (i32.const 0) func ${'$f '.repeat(TABLE_ENTRIES_MAX)})`,
  ),
  [`${SEGMENTS_MAX} data segments`]: atBound(times(SEGMENTS_MAX, n => `(data (i32.const ${n}) "x")`)),
  [`${EXPORTS_MAX - 10} exports`]: atBound(
    `(func $f) ${times(EXPORTS_MAX - 10, n => `(export "e${n}" (func $f))`)}`,
  ),
  '1 MiB of memory, full': atBound('(data (i32.const 1048575) "x")', '', 16),
  '16 MiB of memory, full': atBound('(data (i32.const 16777215) "x")', '', 256),
};
