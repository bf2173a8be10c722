// Nothing is remembered between hooks but what state and counters keep (CONTRACT.md §5.3).
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../src/core/plugin-bounds.js';
import { PluginInstance } from '../../src/plugin/instance.js';
import { LoadedPlugin } from '../../src/plugin/loaded.js';
import { Snapshot } from '../../src/plugin/snapshot.js';
import { granuleShift } from '../../src/plugin/wasm/written.js';
import { hook, prepare } from './support/guest.js';
import { eventScene, host, OUT, observe, scene } from './support/scene.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

type Changes = Parameters<typeof prepare>[1];
const load = (functions: string, changes: Changes = {}) =>
  new LoadedPlugin(prepare(functions, changes), host());
/** Leaves the first bytes of memory as state. */
const keep = (bytes: number) => `(drop (call $state_set (i32.const 0) (i32.const ${bytes})))`;
const state = (loaded: LoadedPlugin): Buffer => Buffer.from(loaded.run(scene()).state ?? []);

const FILLED = 0xee;
const FULL = hook(
  'configure',
  `(memory.fill (i32.const 16) (i32.const ${FILLED}) (i32.const 65520)) (i32.const 0)`,
);

const COUNTS = `
  (global $g (mut i32) (i32.const 5))
  ${hook('configure', '(i32.store (i32.const 0) (i32.const 70)) (global.set $g (i32.const 40)) (i32.const 0)')}
  ${hook(
    'on_request',
    `(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
     (global.set $g (i32.add (global.get $g) (i32.const 1)))
     (i32.store (i32.const 4) (global.get $g))
     ${keep(8)} (i32.const 0)`,
  )}`;

describe('before every hook', () => {
  it('memory and globals are as configure left them', () => {
    const loaded = load(COUNTS);
    for (let i = 0; i < 3; i++) {
      const left = state(loaded);
      expect([left.readInt32LE(0), left.readInt32LE(4)]).toEqual([71, 41]);
    }
  });

  it('they are as the last hook left them under reset: never', () => {
    const loaded = load(COUNTS, { reset: 'never' });
    const seen = Array.from({ length: 3 }, () => state(loaded).readInt32LE(0));
    expect(seen).toEqual([71, 72, 73]);
  });

  it('globals of every type come back bit for bit, NaN payloads too', () => {
    const NAN32 = 'nan:0x200001';
    const NAN64 = 'nan:0x4000000000001';
    const loaded = load(`
      (global $i (mut i64) (i64.const -9223372036854775807))
      (global $f (mut f32) (f32.const ${NAN32}))
      (global $d (mut f64) (f64.const ${NAN64}))
      ${hook(
        'on_request',
        `(i64.store (i32.const 0) (global.get $i))
         (i32.store (i32.const 8) (i32.reinterpret_f32 (global.get $f)))
         (i64.store (i32.const 16) (i64.reinterpret_f64 (global.get $d)))
         (global.set $i (i64.const 1)) (global.set $f (f32.const 1)) (global.set $d (f64.const 1))
         ${keep(24)} (i32.const 0)`,
      )}`);
    const first = state(loaded);
    expect(first.readBigInt64LE(0)).toBe(-9223372036854775807n);
    expect(first.readUInt32LE(8)).toBe(0x7fa00001);
    expect(first.readBigUInt64LE(16)).toBe(0x7ff4000000000001n);
    expect(state(loaded)).toEqual(first);
  });

  /** What the host writes for a guest, at a place near the end of a granule; the hook keeps what it found there. */
  it.each([
    ['field_str', '(drop (call $field_str (i32.const 3) AT (i32.const 64)))'],
    ['tag_get', '(drop (call $tag_get (i32.const 0) (i32.const 1) AT (i32.const 64)))'],
    ['message_role', '(drop (call $message_role (i32.const 0) AT (i32.const 64)))'],
    ['message_text', '(drop (call $message_text (i32.const 0) AT (i32.const 5000)))'],
    ['header_get', '(drop (call $header_get (i32.const 0) (i32.const 1) AT (i32.const 64)))'],
    ['body_read', '(drop (call $body_read (i32.const 0) AT (i32.const 64)))'],
    ['body_query', '(drop (call $body_query (i32.const 0) (i32.const 0) AT (i32.const 64)))'],
    [
      'lookup',
      '(drop (call $lookup (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) AT (i32.const 64)))',
    ],
    ['state_get', '(drop (call $state_get AT (i32.const 64)))'],
    ['config_read', '(drop (call $config_read AT (i32.const 64)))'],
    ['event_text', '(drop (call $event_text AT (i32.const 64)))'],
    ['clock_time_get', '(drop (call $clock_time_get (i32.const 0) (i64.const 0) AT))'],
    ['random_get', '(drop (call $random_get AT (i32.const 64)))'],
    ['random_get of 9 KiB', '(drop (call $random_get AT (i32.const 9000)))'],
    ['environ_sizes_get', '(drop (call $environ_sizes_get AT (i32.const 65532)))'],
    ['fd_write', '(drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) AT))'],
  ] as const)('what %s has written is gone', (name, call) => {
    const isEvent = name === 'event_text';
    // Neither is read again by what is called next.
    const keeper = isEvent ? '$state_set' : '$body_replace';
    const kept = (at: number) => `(call ${keeper} (i32.const ${at}) (i32.const 4000))`;
    const sceneOf = isEvent
      ? eventScene('a piece of an answer')
      : scene({
          texts: { model: 'a model of some length' },
          chat: { model: 'gpt', messages: [{ role: 'user', content: 'words '.repeat(800) }] },
          headerList: { a: 'a value' },
          tagList: { a: 'gold' },
          state: Buffer.from('some state of the request'),
        });
    for (const at of [2047, 2048, 8190, 40_957]) {
      const loaded = load(
        `(data (i32.const 0) "a") (data (i32.const 8) "\\00\\00\\00\\00\\01\\00\\00\\00") ${FULL}
         ${hook(
           isEvent ? 'on_event' : 'on_request',
           `(drop ${kept(at - 50)}) ${call.replace('AT', `(i32.const ${at})`)}
            (call $evidence_i64 (i32.const 0) (i32.const 1) (i64.extend_i32_u (i32.load8_u (i32.const ${at})))) (i32.const 0)`,
         )}`,
        { rows: { a: new Map([['a', 'a row']]) } },
      );
      const outcomes = [loaded.run(sceneOf), loaded.run(sceneOf)];
      expect(outcomes.map(({ failure }) => failure)).toEqual([null, null]);
      // It did write.
      expect(outcomes[0]?.evidence[0]?.[1]).not.toBe(FILLED);
      const found = isEvent ? outcomes[1]?.state : outcomes[1]?.body;
      expect(Buffer.from(found ?? [])).toEqual(Buffer.alloc(4000, FILLED));
    }
  });

  it('a hook that trapped has left nothing', () => {
    const loaded = load(
      `${hook(
        'on_request',
        `(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
       (if (i64.eq (call $field_i64 (i32.const 32)) (i64.const 1)) (then unreachable)) ${keep(4)} (i32.const 0)`,
      )}`,
    );
    expect(loaded.run(scene({ integers: { stream: 1 } })).failure).toBe('trap');
    expect(state(loaded).readInt32LE(0)).toBe(1);
  });
});

describe('a hook that changed what cannot be put back', () => {
  const fresh = (body: string, before = ''): PluginInstance => {
    const instance = PluginInstance.create(
      prepare(`${before} ${hook('on_request', `${body} (i32.const 0)`)}`),
      host(),
    );
    expect(instance.call(scene()).result).toBe('go_on');
    return instance;
  };

  it('by growing its memory costs a fresh instance', () => {
    expect(fresh('(drop (memory.grow (i32.const 1)))').dead).toBe(true);
  });

  it('by changing a table costs a fresh instance', () => {
    const table = '(table 2 funcref) (elem (i32.const 0) $f) (func $f)';
    expect(fresh('(table.set (i32.const 1) (table.get (i32.const 0)))', table).dead).toBe(true);
  });

  it('by dropping a segment costs a fresh instance', () => {
    expect(fresh('(data.drop $d)', '(data $d "x")').dead).toBe(true);
  });

  it('and one that did not is called again', () => {
    expect(fresh('(i32.store (i32.const 0) (i32.const 1))').dead).toBe(false);
  });

  it('in configure does not', () => {
    const instance = PluginInstance.create(
      prepare(
        `${hook('configure', '(drop (memory.grow (i32.const 1))) (i32.const 0)')} ${hook('on_request', '(memory.size)')}`,
        { memoryBytes: 4 * PAGE_BYTES },
      ),
      host(),
    );
    // Two pages are there, so the result 2 is one that on_request must not give.
    expect(instance.call(scene()).detail).toContain('returned 2');
  });
});

describe('memory that grows within a hook', () => {
  it('is where the imports then write, old pages and new', () => {
    const { value, bytes } = observe(
      () => `(block (result i32)
        (drop (memory.grow (i32.const 1)))
        (drop (call $field_str (i32.const 3) (i32.const ${PAGE_BYTES}) (i32.const 8)))
        (memory.copy (i32.const ${OUT}) (i32.const ${PAGE_BYTES}) (i32.const 8))
        (call $field_str (i32.const 3) (i32.const ${OUT + 8}) (i32.const 8)))`,
      scene({ texts: { model: 'gpt-4o' } }),
    );
    expect(value).toBe(6n);
    expect(bytes.toString('latin1', 0, 16)).toBe('gpt-4o\0\0gpt-4o\0\0');
  });

  it('by 0 pages goes on as well', () => {
    const { value } = observe(
      () =>
        `(block (result i32) (drop (memory.grow (i32.const 0))) (call $field_str (i32.const 3) (i32.const ${OUT}) (i32.const 8)))`,
      scene({ texts: { model: 'gpt' } }),
    );
    expect(value).toBe(3n);
  });
});

describe('a snapshot', () => {
  const STEP = 4096;
  const SHIFT = granuleShift(1);
  const ALL = -1;

  it.each([0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP])(
    'puts back %i bytes and the zeros behind them',
    used => {
      const memory = new Uint8Array(3 * STEP);
      memory.fill(7, 0, used);
      const before = memory.slice();
      const snapshot = new Snapshot(memory, SHIFT);
      memory.fill(255);
      snapshot.restore(memory, ALL);
      expect(memory).toEqual(before);
    },
  );

  it('finds a single byte anywhere', () => {
    for (let at = 0; at < 3 * STEP; at += 61) {
      const memory = new Uint8Array(3 * STEP);
      memory[at] = 1;
      const before = memory.slice();
      const snapshot = new Snapshot(memory, SHIFT);
      memory.fill(9);
      snapshot.restore(memory, ALL);
      expect(Buffer.compare(memory, before)).toBe(0);
    }
  });

  it('puts back the granules of the mask alone, and what a store reaches behind them', () => {
    const memory = new Uint8Array(8 * 2 ** SHIFT).fill(7, 0, 5000);
    const before = memory.slice();
    const snapshot = new Snapshot(memory, SHIFT);
    memory.fill(255);
    snapshot.restore(memory, 0b101);
    const granule = 2 ** SHIFT;
    const isBack = (at: number) => memory[at] === before[at];
    expect([0, granule - 1, granule + 14, 2 * granule, 3 * granule + 14].every(isBack)).toBe(true);
    expect([granule + 15, 2 * granule - 1, 3 * granule + 15, memory.length - 1].some(isBack)).toBe(false);
    snapshot.restore(memory, 0);
    expect(isBack(granule + 15)).toBe(false);
  });
});

describe('the same request', () => {
  it('gives the same verdict, fuel and random numbers on every instance', () => {
    const prepared = prepare(w =>
      hook(
        'on_request',
        `(local $i i32)
         (loop $l
           (i64.store (i32.mul (local.get $i) (i32.const 8)) (call $random_i64))
           (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
         (call $evidence_i64 ${w.text('now')} (call $now_ms))
         ${keep(32)} (i32.wrap_i64 (i64.and (call $random_i64) (i64.const 1)))`,
      ),
    );
    const over = scene({ texts: { request_id: 'r1' } });
    const outcomes = Array.from({ length: 3 }, () => new LoadedPlugin(prepared, host()).run(over));
    const again = new LoadedPlugin(prepared, host());
    again.run(scene({ texts: { request_id: 'another' } }));
    outcomes.push(again.run(over));
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });
});

describe('a hundred thousand hooks', () => {
  it('leave no memory behind', () => {
    const loaded = load(
      hook(
        'on_request',
        `(drop (call $field_str (i32.const 3) (i32.const 0) (i32.const 64))) ${keep(64)} (i32.const 0)`,
      ),
    );
    const over = scene({ texts: { model: 'gpt-4o' } });
    const used = (): number => {
      collect();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      return heapUsed + external + arrayBuffers;
    };
    const run = (times: number): void => {
      for (let i = 0; i < times; i++) loaded.run(over);
    };
    run(100_000);
    const before = used();
    run(100_000);
    expect(used() - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('that trap do so in as many instances, and the memory comes back', () => {
    const loaded = load(hook('on_request', '(unreachable)'));
    for (let i = 0; i < 3_000; i++) expect(loaded.run(scene()).failure).toBe('trap');
  });
});
