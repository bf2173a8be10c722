// Modules that load and then do what the ABI forbids: bad pointers, bad results, exceptions and traps of every kind.
import type { HostileModule } from './hostile-module.js';
import { fails, hook, hostile, returns } from './hostile-module.js';

const FIELD = '(import "weir" "field_str" (func $field (param i32 i32 i32) (result i32)))';
const LOG = '(import "weir" "log" (func $log (param i32 i32 i32)))';
const NOW = '(import "weir" "now_ms" (func $now (result i64)))';
const pointer = fails('bad_pointer');
const trap = fails('trap');

const POINTERS: readonly HostileModule[] = [
  hostile(
    'a buffer at 2^32-1',
    pointer,
    hook('(call $field (i32.const 9) (i32.const -1) (i32.const 8))', FIELD),
  ),
  hostile(
    'a buffer of 2^32-1',
    pointer,
    hook('(call $field (i32.const 9) (i32.const 0) (i32.const -1))', FIELD),
  ),
  hostile(
    'a buffer that ends behind memory',
    pointer,
    hook('(call $field (i32.const 9) (i32.const 65535) (i32.const 2))', FIELD),
  ),
  hostile(
    'pointer and length that overflow together',
    pointer,
    hook('(call $field (i32.const 9) (i32.const -16) (i32.const 32))', FIELD),
  ),
  hostile(
    'pointer and length of 2^31',
    pointer,
    hook('(call $field (i32.const 9) (i32.const 0x80000000) (i32.const 0x80000000))', FIELD),
  ),
  hostile(
    'a text at 2^32-1',
    pointer,
    hook('(call $log (i32.const 1) (i32.const -1) (i32.const 4)) (i32.const 0)', LOG),
  ),
  hostile(
    'a text of 2^32-1',
    // Its length is charged before it is looked at.
    fails('bad_pointer', 'fuel'),
    hook('(call $log (i32.const 1) (i32.const 0) (i32.const -1)) (i32.const 0)', LOG),
  ),
  hostile(
    'catch_all around a bad pointer',
    pointer,
    hook(
      '(try (do (drop (call $field (i32.const 9) (i32.const -1) (i32.const 8)))) (catch_all)) (i32.const 0)',
      FIELD,
    ),
  ),
];

const RESULTS: readonly HostileModule[] = [
  hostile('the result 7', fails('bad_result'), hook('(i32.const 7)')),
  hostile('the result -1', fails('bad_result'), hook('(i32.const -1)')),
  hostile('hold in on_request', fails('bad_result'), hook('(i32.const 2)')),
  hostile('the reserved result 3', fails('bad_result'), hook('(i32.const 3)')),
  hostile('deny without a word', returns('deny'), hook('(i32.const 1)')),
];

const TRAPS: readonly HostileModule[] = [
  hostile('unreachable', trap, hook('(unreachable)')),
  hostile('division by zero', trap, hook('(i32.div_s (i32.const 1) (i32.const 0))')),
  hostile('overflow of division', trap, hook('(i32.div_s (i32.const 0x80000000) (i32.const -1))')),
  hostile('a load behind memory', trap, hook('(i32.load (i32.const 65533))')),
  hostile('a load far behind memory', trap, hook('(i32.load offset=0xffffffff (i32.const -1))')),
  hostile(
    'a call through an empty table entry',
    trap,
    hook('(call_indirect (result i32) (i32.const 0))', '(table 1 funcref)'),
  ),
  hostile(
    'a call through a table with another type',
    trap,
    hook('(call_indirect (result i32) (i32.const 0))', '(table funcref (elem $f)) (func $f)'),
  ),
  hostile(
    'env.abort',
    trap,
    hook(
      '(call $abort (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)) (i32.const 0)',
      '(import "env" "abort" (func $abort (param i32 i32 i32 i32)))',
    ),
  ),
  hostile(
    'proc_exit',
    trap,
    hook(
      '(call $exit (i32.const 0)) (i32.const 0)',
      '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
    ),
  ),
  hostile(
    'catch_all around proc_exit',
    trap,
    hook(
      '(try (do (call $exit (i32.const 0))) (catch_all)) (i32.const 0)',
      '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
    ),
  ),
];

const EXCEPTIONS: readonly HostileModule[] = [
  hostile('an exception that nobody catches', trap, hook('(throw $t)', '(tag $t)')),
  hostile(
    'exceptions thrown and caught for ever',
    fails('fuel'),
    hook('(loop $l (try (do (throw $t)) (catch_all (br $l)))) (i32.const 0)', '(tag $t)'),
  ),
  hostile(
    'catch_all around an endless loop',
    fails('fuel'),
    hook('(loop $o (try (do (loop $l (br $l))) (catch_all)) (br $o)) (unreachable)'),
  ),
  hostile(
    'catch_all around endless host calls',
    fails('fuel'),
    hook('(loop $o (try (do (loop $l (drop (call $now)) (br $l))) (catch_all)) (br $o)) (unreachable)', NOW),
  ),
  hostile(
    'catch_all around endless recursion, for ever',
    fails('fuel', 'trap'),
    hook(
      '(loop $l (try (do (call $down)) (catch_all)) (br $l)) (unreachable)',
      '(func $down (call $down) (call $down))',
    ),
  ),
  hostile(
    'recursion to the end of the stack and host calls from there',
    fails('fuel', 'trap'),
    hook(
      '(call $down) (i32.const 0)',
      `${NOW} (func $down (try (do (call $down)) (catch_all)) (try (do (drop (call $now))) (catch_all)))`,
    ),
  ),
  hostile(
    'rethrows through many frames, for ever',
    fails('fuel'),
    hook(
      '(loop $l (try (do (call $deep (i32.const 500))) (catch_all)) (br $l)) (unreachable)',
      `(tag $t) (func $deep (param i32)
         (if (i32.eqz (local.get 0)) (then (throw $t)))
         (try $x (do (call $deep (i32.sub (local.get 0) (i32.const 1)))) (catch_all (rethrow $x))))`,
    ),
  ),
  hostile('catch_all around unreachable', trap, hook('(try (do (unreachable)) (catch_all)) (i32.const 0)')),
];

export const MISBEHAVING_MODULES: readonly HostileModule[] = [
  ...POINTERS,
  ...RESULTS,
  ...TRAPS,
  ...EXCEPTIONS,
];
