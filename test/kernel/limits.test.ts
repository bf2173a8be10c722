// Kernel `limits` in one thread: keys, a full table, pins, a second instance, absurd numbers, and no trace of the wall clock.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FORCE, FULL, HOLD, LimitsKernel, REFUSED, TAKE, TAKEN } from '../../src/kernel/limits.js';
import { grow, holdAll, settle, Wish } from '../../src/kernel/limits-hold.js';
import { rateUnits } from '../../src/kernel/limits-rate.js';
import { BucketKey, createLimitsTable } from '../../src/kernel/limits-table.js';

const MINUTE_MS = 60_000;
const YEARS_8_MS = 8 * 366 * 86_400_000;
const fresh = (slots = 64): LimitsKernel => LimitsKernel.load(createLimitsTable(slots));
const perMinute = (tokens: number) => ({ capacity: tokens, ...rateUnits(tokens, MINUTE_MS) });

describe('a key', () => {
  // The bytes of the published 128-bit SipHash-2-4 vectors: key 00…0f, message 00 01 02 …; even lengths are whole code units.
  const VECTORS: readonly (readonly [number, string])[] = [
    [0, 'a3817f04ba25a8e66df67214c7550293'],
    [2, '8177228da4a45dc7fca38bdef60affe4'],
  ];
  const secret = [0x07060504, 0x03020100, 0x0f0e0d0c, 0x0b0a0908];

  it.each(VECTORS)('is the SipHash-2-4-128 of its text (%i bytes)', (length, expected) => {
    const kernel = LimitsKernel.load(createLimitsTable(16, secret));
    const text = Buffer.from(Array.from({ length }, (_, i) => i)).toString('utf16le');
    const { a, b, c, d } = kernel.key(text);
    const bytes = Buffer.alloc(16);
    [b, a, d, c].map((word, i) => bytes.writeInt32LE(word, i * 4));
    const masked = Buffer.from(expected, 'hex');
    masked[8] = (masked[8] ?? 0) & 0xfe; // The lowest bit of the second half says `reserved`.
    expect(bytes.toString('hex')).toBe(masked.toString('hex'));
  });

  it('is another for each text of each length, and the same in each kernel over a table', () => {
    const table = createLimitsTable(16);
    const [one, other] = [LimitsKernel.load(table), LimitsKernel.load(table)];
    const texts = ['', '\0', 'ä', '\ud800', '\udfff'];
    for (let length = 1; length < 70; length++) {
      const base = 'x'.repeat(length);
      for (let i = 0; i < length; i++) texts.push(`${base.slice(0, i)}y${base.slice(i + 1)}`);
      texts.push(base, base.replace(/.$/, '\0'));
    }
    const words = (kernel: LimitsKernel, text: string): string => Object.values(kernel.key(text)).join();
    const seen = new Set(texts.map(text => words(one, text)));
    expect(seen.size).toBe(new Set(texts).size);
    expect(texts.every(text => words(other, text) === words(one, text))).toBe(true);
  });

  it('is another under another secret', () => {
    expect(fresh().key('x')).not.toEqual(fresh().key('x'));
  });
});

describe('a rate', () => {
  it('is exact up to a limit of 2^24 and from below by less than 1.2e-7 beyond', () => {
    expect(rateUnits(100_000, MINUTE_MS)).toEqual({ unitsPerMs: 5, unitsPerToken: 3 });
    expect(rateUnits(1, 31 * 86_400_000)).toEqual({ unitsPerMs: 1, unitsPerToken: 2_678_400_000 });
    for (const perMs of [1000, 7919, MINUTE_MS, 86_400_000, 31 * 86_400_000]) {
      for (const limit of [16_777_259, 999_999_937, 1e9 + 7, 10 ** 11 + 3, 1e12 - 11, 1e12]) {
        if (limit > perMs * 2 ** 24) {
          expect(() => rateUnits(limit, perMs)).toThrow(RangeError);
          continue;
        }
        const { unitsPerMs, unitsPerToken } = rateUnits(limit, perMs);
        expect(unitsPerMs).toBeLessThanOrEqual(2 ** 24);
        const missing = BigInt(limit) * BigInt(unitsPerToken) - BigInt(unitsPerMs) * BigInt(perMs);
        expect(missing).toBeGreaterThanOrEqual(0n);
        expect(Number(missing) / (limit * unitsPerToken)).toBeLessThan(1.2e-7);
      }
    }
  });

  it.each([
    [0, 1000, 1, 'limit is 0; must be a whole number from 1 to 2^53'],
    [-3, 1000, 1, 'limit is -3'],
    [1.5, 1000, 1, 'limit is 1.5'],
    [1, 0, 1, 'perMs is 0'],
    [1e12, 1000, 1, 'at most 16777216 a millisecond'],
    [1, 31 * 86_400_000, 1e12, 'takes too long to fill'],
  ])('of %d in %d ms with a capacity of %d is refused: %s', (limit, perMs, capacity, message) => {
    expect(() => rateUnits(limit, perMs, capacity)).toThrow(message);
  });

  it.each([
    [1e12, MINUTE_MS],
    [1e12, 31 * 86_400_000],
    [1e12 - 11, 31 * 86_400_000],
    [1, 31 * 86_400_000],
    [1, 1000],
  ])('of %d in %d ms holds after eight years of clock, also when it owes absurd sums', (limit, perMs) => {
    const kernel = fresh();
    const rate = { capacity: limit, ...rateUnits(limit, perMs) };
    const key = kernel.key('x');
    const nowMs = YEARS_8_MS;
    expect(kernel.takeRate(key, 0, limit, rate, nowMs, TAKE)).toBe(TAKEN);
    expect(kernel.available).toBe(limit);
    expect(kernel.takeRate(key, 0, 1, rate, nowMs, TAKE)).toBe(REFUSED);
    expect(kernel.available).toBe(0);
    expect(kernel.takeRate(key, 0, 2 ** 53, rate, nowMs, TAKE)).toBe(REFUSED);
    expect(kernel.waitMs).toBe(-1);
    for (let i = 0; i < 3000; i++) {
      expect(kernel.takeRate(key, 0, 2 ** 53, rate, nowMs, HOLD | FORCE)).toBe(TAKEN);
      kernel.settleRate(key.slot, 0, 2 ** 53, rate, nowMs);
      expect(kernel.takeRate(key, 0, 1, rate, nowMs + i, TAKE)).toBe(REFUSED);
      expect(kernel.available).toBeLessThan(1);
      expect(kernel.waitMs).toBeGreaterThan(0);
    }
  });
});

describe('a quota', () => {
  it('stays exhausted under absurd sums', () => {
    const kernel = fresh();
    const key = kernel.key('x');
    for (let i = 0; i < 3000; i++) {
      kernel.takeQuota(key, 0, 2 ** 53, 10, 0, 1e9, 1, HOLD | FORCE);
      kernel.settleQuota(key.slot, 0, 2 ** 53);
      expect(kernel.takeQuota(key, 0, 1, 2 ** 53, 0, 1e9, 1, TAKE)).toBe(REFUSED);
    }
  });

  it('keeps its bucket until its window has ended, used or not', () => {
    const kernel = fresh();
    const key = kernel.key('monthly, November');
    kernel.takeQuota(key, 4, 7, 10, 202611, 5_000_000, 1, TAKE);
    kernel.sweep(4_999_999, 0);
    expect([...kernel.list()]).toMatchObject([{ policy: 4, window: 202611, level: 7, held: 0, holds: 0 }]);
    kernel.sweep(5_000_511, 0);
    expect(kernel.live).toBe(0);
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('takes no amount of %d', amount => {
    const kernel = fresh();
    const key = kernel.key('x');
    const message = 'must be a whole number from 0 to 2^53';
    expect(() => kernel.takeQuota(key, 0, amount, 10, 0, 0, 1, TAKE)).toThrow(message);
    expect(() => kernel.takeRate(key, 0, amount, perMinute(1), 1, TAKE)).toThrow(message);
    expect(() => kernel.settleQuota(0, 1, amount)).toThrow(message);
  });
});

describe('a full table', () => {
  it('says FULL, keeps what it has, serves reserved keys, and has room again after a sweep', () => {
    const kernel = LimitsKernel.load(createLimitsTable(1024, [1, 2, 3, 4]));
    const keys = Array.from({ length: 3000 }, (_, i) => kernel.key(`${i}`));
    const outcomes = keys.map(key => kernel.takeQuota(key, 0, 1, 1, 0, 100_000, 1, TAKE));
    const full = outcomes.filter(outcome => outcome === FULL).length;
    expect(kernel.live).toBe(3000 - full);
    expect(kernel.live).toBeGreaterThan(900);
    expect(kernel.live).toBeLessThanOrEqual(960);
    const again = keys.map(key => kernel.takeQuota(key, 0, 1, 1, 0, 100_000, 1, TAKE));
    expect(again).toEqual(outcomes.map(outcome => (outcome === FULL ? FULL : REFUSED)));
    for (let i = 0; i < 32; i++) {
      expect(kernel.takeQuota(kernel.key(`r${i}`, true), 0, 1, 1, 0, 100_000, 1, TAKE)).toBe(TAKEN);
    }
    kernel.sweep(200_000);
    expect(kernel.live).toBe(0);
    expect(kernel.takeQuota(kernel.key('3001'), 0, 1, 1, 0, 300_000, 200_000, TAKE)).toBe(TAKEN);
  });
});

describe('a hold', () => {
  it('keeps its bucket whatever the clock says, until it is settled', () => {
    const kernel = fresh();
    const [permits, tokens] = [kernel.key('permits'), kernel.key('tokens')];
    kernel.takeQuota(permits, 0, 1, 1, 0, 0, 1, HOLD);
    kernel.takeRate(tokens, 0, 5, perMinute(10), 1, HOLD);
    for (let i = 0; i < 3; i++) kernel.sweep(YEARS_8_MS, 0);
    expect([...kernel.list()].map(({ held, holds }) => [held, holds]).sort()).toEqual([
      [1, 1],
      [5, 1],
    ]);
    expect(kernel.takeQuota(permits, 0, 1, 1, 0, 0, YEARS_8_MS, HOLD)).toBe(REFUSED);
    kernel.settleQuota(permits.slot, 1, 0);
    kernel.settleRate(tokens.slot, 5, 3, perMinute(10), 60_001);
    for (let i = 0; i < 3; i++) kernel.sweep(YEARS_8_MS, 0);
    expect(kernel.live).toBe(0);
  });

  it('in several buckets takes all or none, and grows and settles in each', () => {
    const kernel = fresh();
    const tokens = Object.assign(new Wish(kernel.key('t')), { amount: 60, rate: perMinute(100) });
    const budget = Object.assign(new Wish(kernel.key('b')), { amount: 7, limit: 10, endsMs: 1e6 });
    expect(holdAll(kernel, [tokens, budget], 2, 1)).toBe(-1);
    expect(grow(kernel, tokens, 41, 1, TAKE)).toBe(false);
    expect(grow(kernel, tokens, 40, 1, TAKE)).toBe(true);
    const second = [Object.assign(new Wish(kernel.key('c')), { amount: 1, limit: 1 })];
    second.push(Object.assign(new Wish(budget.key), { amount: 4, limit: 10, endsMs: 1e6 }));
    expect(holdAll(kernel, second, 2, 1)).toBe(1);
    expect(second[1]).toMatchObject({ outcome: REFUSED, available: 3, heldBefore: 7, waitMs: 999_999 });
    settle(kernel, tokens, 30, 1);
    settle(kernel, budget, 9, 1);
    const states = [...kernel.list()].map(({ level, held, holds }) => ({ level, held, holds }));
    expect(states).toContainEqual({ level: 9, held: 0, holds: 0 });
    expect(states).toContainEqual({ level: 0, held: 0, holds: 0 });
    kernel.takeRate(tokens.key, 0, 0, perMinute(100), 1, TAKE);
    expect(kernel.available).toBe(70);
  });
});

describe('a hold in several buckets', () => {
  it('of no amount throws before it has taken anything', () => {
    const kernel = fresh();
    const wishes = ['a', 'b'].map(name => Object.assign(new Wish(kernel.key(name)), { amount: 1, limit: 1 }));
    const broken = Object.assign(new Wish(kernel.key('c')), { amount: Number.NaN });
    expect(() => holdAll(kernel, [...wishes, broken], 3, 1)).toThrow('a wish is for NaN');
    expect(kernel.live).toBe(0);
    expect(kernel.mayHavePassed(kernel.watchTransactions(), 0)).toBe(false);
    expect(holdAll(kernel, wishes, 2, 1)).toBe(-1);
  });
});

describe('a snapshot', () => {
  it('restores rates and quotas in another table under another clock', () => {
    const kernel = fresh();
    const rate = perMinute(60_000);
    kernel.takeRate(kernel.key('rate'), 1, 50_000, rate, 5000, TAKE);
    kernel.takeQuota(kernel.key('quota'), 2, 70, 100, 7, 90_000, 5000, TAKE);
    const saved = [...kernel.list()].map(state => {
      if (state.policy === 2) return { ...state, owed: state.level - state.held };
      kernel.look(state.slot, rate, 15_000);
      return { ...state, owed: rate.capacity - kernel.available };
    });
    const other = LimitsKernel.load(createLimitsTable(1024));
    for (const { key, policy, owed, window } of saved) {
      const same = new BucketKey(key.a, key.b, key.c, key.d);
      if (policy === 1) other.takeRate(same, 1, owed, rate, 77, FORCE);
      else other.takeQuota(same, 2, owed, 100, window, 900, 77, FORCE);
    }
    const find = (policy: number) => saved.find(state => state.policy === policy)?.key as BucketKey;
    other.takeRate(find(1), 1, 0, rate, 77, TAKE);
    expect(other.available).toBe(20_000);
    other.takeQuota(find(2), 2, 0, 100, 7, 900, 77, TAKE);
    expect(other.available).toBe(30);
  });
});

describe('a second instance', () => {
  it('changes nothing of what lives in the table', () => {
    const table = createLimitsTable(64);
    const kernel = LimitsKernel.load(table);
    for (let i = 0; i < 30; i++) kernel.takeQuota(kernel.key(`${i}`), i, i, 100, i, 1e6, 5, HOLD);
    const before = Buffer.from(Buffer.from(table.memory.buffer));
    const other = LimitsKernel.load(table);
    expect(Buffer.from(table.memory.buffer).equals(before)).toBe(true);
    expect(other.live).toBe(30);
    expect(() => LimitsKernel.load({ ...table, slots: 32 })).toThrow('the table has not 32 slots');
  });

  it.each(['limits', 'limits.debug'])('finds no data to write in %s.wasm, nor any clock', name => {
    const bytes = readFileSync(new URL(`../../build/kernels/${name}.wasm`, import.meta.url));
    const DATA = 11;
    expect(sections(bytes)).not.toContain(DATA);
    const { Module } = (globalThis as unknown as { WebAssembly: { Module: WasmModule } }).WebAssembly;
    const imports = Module.imports(new Module(bytes)).map(one => `${one.module}.${one.name}`);
    expect(imports).toEqual(['env.memory']);
  });
});

interface WasmModule {
  new (bytes: Uint8Array): object;
  imports(module: object): { readonly module: string; readonly name: string }[];
}

/** The numbers of a module's sections. */
function sections(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    found.push(bytes[at++] ?? 0);
    let length = 0;
    for (let shift = 0, byte = 0x80; (byte & 0x80) !== 0; shift += 7) {
      byte = bytes[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
    }
    at += length;
  }
  return found;
}

describe('the wall clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('may jump by years: nothing changes', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const kernel = fresh();
    const [rate, quota] = [kernel.key('rate'), kernel.key('quota')];
    const left = (): number[] => {
      kernel.takeRate(rate, 0, 0, perMinute(100), 5000, TAKE);
      const tokens = kernel.available;
      kernel.takeQuota(quota, 0, 0, 10, 0, 1e6, 5000, TAKE);
      return [tokens, kernel.available];
    };
    kernel.takeRate(rate, 0, 60, perMinute(100), 5000, HOLD);
    kernel.takeQuota(quota, 0, 4, 10, 0, 1e6, 5000, TAKE);
    for (const year of [2026, 1970, 2099]) {
      vi.setSystemTime(new Date(Date.UTC(year, 0)));
      expect(left()).toEqual([40, 6]);
    }
  });
});
