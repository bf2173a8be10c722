// Counters and tables: what a policy's requests share (CONTRACT.md §5.7, 5.8).
import { describe, expect, it } from 'vitest';
import {
  COUNTER_KEY_BYTES_MAX,
  COUNTER_TTL_MS_MAX,
  COUNTER_TTL_MS_MIN,
} from '../../../src/core/plugin-bounds.js';
import { ABSENT_I64 } from '../../../src/plugin/abi.js';
import type { HostThread } from '../../../src/plugin/host-thread.js';
import { host, NOW_MS, OUT, observe, scene } from '../support/scene.js';

type Settings = NonNullable<Parameters<typeof observe>[2]>['settings'];

const add = (
  on: HostThread,
  key: string,
  delta: bigint,
  ttlMs = 60_000,
  settings: Settings = {},
  nowMs = NOW_MS,
) =>
  observe(
    w => `(call $counter_add ${w.text(key)} (i64.const ${delta}) (i64.const ${ttlMs}))`,
    scene({ nowMs }),
    {
      host: on,
      settings,
      wide: true,
    },
  ).value;

describe('counter_add', () => {
  it('counts over requests, from nothing, up and down', () => {
    const on = host();
    expect([
      add(on, 'k', 2n),
      add(on, 'k', 3n),
      add(on, 'k', -10n),
      add(on, 'other', 1n),
      add(on, 'k', 0n),
    ]).toEqual([2n, 5n, -5n, 1n, -5n]);
  });

  it('is exact where no double is, and saturates', () => {
    const on = host();
    const [edge, most] = [2n ** 53n, 2n ** 63n - 1n];
    for (const [key, deltas, sums] of [
      ['to the edge', [edge - 1n, 1n, 1n, -2n], [edge - 1n, edge, edge + 1n, edge - 1n]],
      ['below', [-edge, -1n, 2n], [-edge, -edge - 1n, -edge + 1n]],
      ['beyond', [edge + 1n, 0n, -(edge + 1n)], [edge + 1n, edge + 1n, 0n]],
      ['most', [most, 1n, -1n, 0n], [most, most, most - 1n, most - 1n]],
      ['least', [-most, -1n, ABSENT_I64, 1n], [-most, -most, -most, -most + 1n]],
    ] as const)
      expect([key, deltas.map(delta => add(on, key, delta))]).toEqual([key, sums]);
    const long = 'a key of more than sixteen bytes';
    expect([add(on, long, edge), add(on, long, 1n), add(on, long, -edge)]).toEqual([edge, edge + 1n, 1n]);
  });

  it('begins anew when its time is over', () => {
    const on = host();
    add(on, 'k', 7n, 1000);
    expect(add(on, 'k', 1n, 1000, {}, NOW_MS + 2_500)).toBe(1n);
  });

  it('keeps policies apart, and a policy in shadow from itself', () => {
    const on = host();
    add(on, 'k', 5n);
    expect(add(on, 'k', 1n, 60_000, { policy: 'another' })).toBe(1n);
    expect(add(on, 'k', 1n, 60_000, { mode: 'shadow' })).toBe(1n);
    expect(add(on, 'k', 1n)).toBe(6n);
  });

  it(`refuses keys of none or over ${COUNTER_KEY_BYTES_MAX} bytes`, () => {
    const on = host();
    expect(add(on, 'k'.repeat(COUNTER_KEY_BYTES_MAX), 1n)).toBe(1n);
    expect(add(on, 'k'.repeat(COUNTER_KEY_BYTES_MAX + 1), 1n)).toBe(ABSENT_I64);
    expect(add(on, '', 1n)).toBe(ABSENT_I64);
  });

  it('refuses times under a second and over 31 days', () => {
    const on = host();
    for (const ttl of [COUNTER_TTL_MS_MIN, COUNTER_TTL_MS_MAX]) expect(add(on, `k${ttl}`, 1n, ttl)).toBe(1n);
    for (const ttl of [COUNTER_TTL_MS_MIN - 1, 0, -1, COUNTER_TTL_MS_MAX + 1])
      expect(add(on, 'x', 1n, ttl)).toBe(ABSENT_I64);
  });

  it('refuses a key over the live ones that the policy may have', () => {
    const on = host();
    const settings = { countersMax: 2 };
    expect([add(on, 'a', 1n, 60_000, settings), add(on, 'b', 1n, 60_000, settings)]).toEqual([1n, 1n]);
    expect(add(on, 'c', 1n, 60_000, settings)).toBe(ABSENT_I64);
    expect(add(on, 'a', 1n, 60_000, settings)).toBe(2n);
  });
});

describe('lookup', () => {
  const rows = {
    plans: new Map([
      ['team-a', 'gold,100'],
      ['zoë', 'ü'],
    ]),
  };
  const look = (table: string, key: string, capacity = 32) => {
    const { value, bytes } = observe(
      w => `(call $lookup ${w.text(table)} ${w.text(key)} (i32.const ${OUT}) (i32.const ${capacity}))`,
      scene(),
      { settings: { rows } },
    );
    return value < 0n
      ? Number(value)
      : [Number(value), bytes.toString('utf8', 0, Math.min(Number(value), capacity))];
  };

  it('gives the row of a key', () => {
    expect(look('plans', 'team-a')).toEqual([8, 'gold,100']);
    expect(look('plans', 'zoë')).toEqual([2, 'ü']);
    expect(look('plans', 'team-a', 4)).toEqual([8, 'gold']);
  });

  it('is -1 for tables and keys that there are not', () => {
    for (const [table, key] of [
      ['plans', 'x'],
      ['plans', ''],
      ['x', 'team-a'],
      ['constructor', 'x'],
      ['__proto__', 'x'],
      ['t'.repeat(300), 'x'],
    ] as const) {
      expect(look(table, key)).toBe(-1);
    }
  });
});
