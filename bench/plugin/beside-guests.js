// Hooks that run until their fuel ends: the cheapest way to spend it, and what takes longest for it.
import wabt from 'wabt';

const { parseWat } = await wabt();
const KEY = '(i32.const 8) (i32.const 8)';
const ADDS = '(import "weir" "counter_add" (func $add (param i32 i32 i64 i64) (result i64)))';

/** In the hook, `$x` and `$y` are there. */
const forever = (work, { head = '', before = '', pages = 1 } = {}) =>
  `(module ${head} (memory (export "memory") ${pages})
    (func (export "on_request") (result i32) (local $x i32) (local $y i32)
      ${before} (loop $again ${work} (br $again)) (i32.const 0)))`;

/** Each load's place depends on what the one before found; every page was written, so that it is there. */
const HOPS = forever(
  `(local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525))
     (i32.add (i32.const 1013904223) (i32.load (i32.and (local.get $x) (i32.const 0xfffffc))))))`,
  {
    before: `(drop (memory.grow (i32.const 255)))
      (loop $write
        (i32.store (local.get $x) (i32.const 1))
        (br_if $write (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 4096))) (i32.const 0x1000000))))`,
  },
);

/** What it does for ever, and the grants that it needs. */
export const GUESTS = {
  'tight loop': { text: forever(''), grants: [] },
  'hops through 16 MiB': { text: HOPS, grants: [] },
  counter_add: {
    text: forever(`(drop (call $add ${KEY} (i64.const 1) (i64.const 60000)))`, { head: ADDS }),
    grants: ['counters'],
  },
  'counter_add, new keys': {
    text: forever(
      `(i32.store (i32.const 8) (local.tee $x (i32.add (local.get $x) (i32.const 1))))
       (drop (call $add ${KEY} (i64.const 1) (i64.const 60000)))`,
      { head: ADDS },
    ),
    grants: ['counters'],
  },
  'fills of 1 MiB': {
    text: forever(
      '(memory.fill (i32.const 0) (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 0x100000))',
      {
        pages: 16,
      },
    ),
    grants: [],
  },
};

export function guestBytes(name) {
  const module = parseWat('guest.wat', GUESTS[name].text, {});
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
