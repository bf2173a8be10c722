// Modules that never end, or take much each time: fuel is what ends them.
import type { HostileModule } from './hostile-module.js';
import { cannotStart, fails, hook, hostile, returns } from './hostile-module.js';

const NOW = '(import "weir" "now_ms" (func $now (result i64)))';
const FIELD = '(import "weir" "field_str" (func $field (param i32 i32 i32) (result i32)))';
const MIB = 1024 * 1024;
const fuel = fails('fuel');

/** A hook that does `body` for ever. */
const forever = (body: string, rest = '') => hook(`(loop $again ${body} (br $again)) (unreachable)`, rest);

const LOOPS: readonly HostileModule[] = [
  hostile('endless loop', fuel, forever('')),
  hostile('endless loop of nops', fuel, forever('nop nop nop')),
  hostile(
    'endless loop by br_table',
    fuel,
    hook('(loop $l (br_table $l $l $l (i32.const 7))) (i32.const 0)'),
  ),
  hostile('endless loop by br_if', fuel, hook('(loop $l (br_if $l (i32.const 1))) (i32.const 0)')),
  hostile(
    'endless loop with values on its label',
    fuel,
    hook('(i32.const 1) (loop $l (param i32) (result i32) (i32.const 1) (i32.add) (br $l))'),
  ),
  hostile(
    'two endless loops inside one another',
    fuel,
    hook('(loop $a (loop $b (br_if $b (i32.const 0)) (br $a))) (i32.const 0)'),
  ),
  hostile(
    'endless loop in on_event',
    fuel,
    '(memory (export "memory") 1) (func (export "on_event") (result i32) (loop $l (br $l)) (i32.const 0))',
    { hook: 'on_event' },
  ),
  hostile(
    'endless loop in on_end',
    fuel,
    '(memory (export "memory") 1) (func (export "on_end") (loop $l (br $l)))',
    { hook: 'on_end' },
  ),
];

const CALLS: readonly HostileModule[] = [
  hostile(
    'endless recursion',
    fails('trap', 'fuel'),
    hook('(call $down)', '(func $down (result i32) (i32.add (call $down) (i32.const 1)))'),
  ),
  hostile(
    'endless recursion of two functions through a table',
    fails('trap', 'fuel'),
    hook(
      '(call_indirect (type $t) (i32.const 0))',
      `(type $t (func (result i32))) (table funcref (elem $a $b))
       (func $a (result i32) (i32.add (call_indirect (type $t) (i32.const 1)) (i32.const 1)))
       (func $b (result i32) (i32.add (call_indirect (type $t) (i32.const 0)) (i32.const 1)))`,
    ),
  ),
  hostile(
    'endless tail calls',
    fuel,
    hook('(return_call $round)', '(func $round (result i32) (return_call $round))'),
  ),
  hostile(
    'endless tail calls through a table',
    fuel,
    hook(
      '(return_call_indirect (type $t) (i32.const 0))',
      `(type $t (func (result i32))) (table funcref (elem $round))
       (func $round (result i32) (return_call_indirect (type $t) (i32.const 0)))`,
    ),
  ),
  hostile('a hook that calls itself', fails('trap', 'fuel'), hook('(call 0)')),
  hostile('endless host calls', fuel, forever('(drop (call $now))', NOW)),
  hostile(
    'endless host calls through a table',
    fuel,
    forever('(drop (call_indirect (result i64) (i32.const 0)))', `${NOW} (table funcref (elem $now))`),
  ),
  hostile(
    'half a million host calls in straight line, its fuel gone after some',
    fuel,
    hook(
      `${'(call $many)'.repeat(10)} (i32.const 0)`,
      `${NOW} (func $many ${'(drop (call $now))'.repeat(50_000)})`,
    ),
  ),
  hostile(
    'host calls that copy as much as they may',
    fuel,
    forever('(drop (call $field (i32.const 9) (i32.const 0) (i32.const 65536)))', FIELD),
  ),
  hostile(
    'a function of 1,990 locals, called for ever',
    fuel,
    forever('(call $wide)', `(func $wide (local ${'i64 '.repeat(1_990)}))`),
  ),
  hostile(
    'a thousand functions, each called once',
    returns('go_on'),
    hook(
      `${Array.from({ length: 1_000 }, (_, i) => `(call $f${i})`).join('')} (i32.const 0)`,
      Array.from({ length: 1_000 }, (_, i) => `(func $f${i} ${'(drop (i32.const 1))'.repeat(50)})`).join(''),
    ),
  ),
];

const PAGES = '(memory (export "memory") 16) (data $d "0123456789abcdef")';
const TABLES = '(table $t 1000 60000 funcref) (table $u 1000 funcref) (elem $e func $f) (func $f)';
const big = (body: string, rest = PAGES) =>
  `${rest} (func (export "on_request") (result i32) (loop $again ${body} (br $again)) (unreachable))`;
const inTables = (body: string) => big(body, `${TABLES} (memory (export "memory") 1)`);

const BULK: readonly HostileModule[] = [
  hostile('memory growth for ever', fuel, forever('(drop (memory.grow (i32.const 1)))')),
  hostile('memory growth by nothing, for ever', fuel, forever('(drop (memory.grow (i32.const 0)))')),
  hostile('memory growth that is refused, for ever', fuel, forever('(drop (memory.grow (i32.const -1)))')),
  hostile(
    'memory growth by 4 GiB, once',
    returns('go_on'),
    hook('(i32.ne (memory.grow (i32.const 65535)) (i32.const -1))'),
  ),
  hostile('fills for ever', fuel, big('(memory.fill (i32.const 0) (i32.const 7) (i32.const 1048576))')),
  hostile('copies for ever', fuel, big('(memory.copy (i32.const 9) (i32.const 0) (i32.const 1048567))')),
  hostile('inits for ever', fuel, big('(memory.init $d (i32.const 0) (i32.const 0) (i32.const 16))')),
  hostile(
    'fills of 64 MiB for ever',
    fuel,
    big('(memory.fill (i32.const 0) (i32.const 7) (i32.const 67108864))', '(memory (export "memory") 1024)'),
    { memoryBytes: 64 * MIB },
  ),
  hostile(
    'a fill of more than there is',
    fails('trap', 'fuel'),
    hook('(memory.fill (i32.const 0) (i32.const 0) (i32.const 65537)) (i32.const 0)'),
  ),
  hostile(
    'a fill of 4 GiB',
    fails('trap', 'fuel'),
    hook('(memory.fill (i32.const 0) (i32.const 0) (i32.const -1)) (i32.const 0)'),
  ),
  hostile('table growth for ever', fuel, inTables('(drop (table.grow $t (ref.null func) (i32.const 9)))')),
  hostile(
    'table fills for ever',
    fuel,
    inTables('(table.fill $t (i32.const 0) (ref.null func) (i32.const 999))'),
  ),
  hostile(
    'table copies for ever',
    fuel,
    inTables('(table.copy $t $u (i32.const 0) (i32.const 0) (i32.const 999))'),
  ),
  hostile(
    'table inits for ever',
    fuel,
    inTables('(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))'),
  ),
  hostile('table sets for ever', fuel, inTables('(table.set $t (i32.const 0) (ref.func $f))')),
];

const STARTS: readonly HostileModule[] = [
  hostile(
    'a start function that loops',
    cannotStart,
    hook('(i32.const 0)', '(start $s) (func $s (loop $l (br $l)))'),
  ),
  hostile(
    'a start function that recurses',
    cannotStart,
    hook('(i32.const 0)', '(start $s) (func $s (call $s) (call $s))'),
  ),
  hostile(
    'a start function that traps',
    cannotStart,
    hook('(i32.const 0)', '(start $s) (func $s unreachable)'),
  ),
  hostile(
    'a start function that asks for the time for ever',
    cannotStart,
    hook('(i32.const 0)', `${NOW} (start $s) (func $s (loop $l (drop (call $now)) (br $l)))`),
  ),
  hostile(
    '_initialize that loops',
    cannotStart,
    hook('(i32.const 0)', '(func (export "_initialize") (loop $l (br $l)))'),
  ),
  hostile(
    'configure that loops',
    cannotStart,
    hook('(i32.const 0)', '(func (export "configure") (result i32) (loop $l (br $l)) (i32.const 0))'),
  ),
  hostile(
    'configure that says no',
    cannotStart,
    hook('(i32.const 0)', '(func (export "configure") (result i32) (i32.const 1))'),
  ),
  hostile(
    'a data segment outside memory',
    cannotStart,
    hook('(i32.const 0)', '(data (i32.const 65535) "two")'),
  ),
  hostile(
    'an element segment outside its table',
    cannotStart,
    hook('(i32.const 0)', '(table 1 funcref) (func $f) (elem (i32.const 1) $f)'),
  ),
];

export const ENDLESS_MODULES: readonly HostileModule[] = [...LOOPS, ...CALLS, ...BULK, ...STARTS];
