// Request ids: their form, their order, and that none comes twice.
import { describe, expect, it } from 'vitest';
import { RequestIds } from '../../src/core/request-id.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

describe('a request id', () => {
  it('is req_ and 26 characters that nobody confuses', () => {
    const ids = new RequestIds();
    for (const ms of [0, 1, NOW, 2 ** 48 - 1]) {
      expect(ids.next(ms)).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
    }
  });

  it('begins with the time as ULIDs do', () => {
    // 2^48 - 1 ms is 7ZZZZZZZZZ; the ULID specification's own example is 01ARYZ6S41 for 1469918176385.
    expect(new RequestIds().next(2 ** 48 - 1).slice(4, 14)).toBe('7ZZZZZZZZZ');
    expect(new RequestIds().next(1_469_918_176_385).slice(4, 14)).toBe('01ARYZ6S41');
    expect(new RequestIds().next(0).slice(4, 14)).toBe('0000000000');
  });

  it('sorts by time as text', () => {
    const ids = new RequestIds();
    const times = [0, 31, 32, 1023, 1024, 2 ** 20, 2 ** 30 - 1, 2 ** 30, 2 ** 40, NOW, NOW + 1, NOW + 1000];
    const made = times.map(ms => ids.next(ms));
    expect([...made].sort()).toEqual(made);
  });

  it('sorts in the order of making within a millisecond, 40,000 times', () => {
    const ids = new RequestIds();
    const made = Array.from({ length: 40_000 }, () => ids.next(NOW));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('does not go back when the clock does', () => {
    const ids = new RequestIds();
    const made = [NOW, NOW - 5000, NOW - 1, NOW, NOW + 1].map(ms => ids.next(ms));
    expect([...made].sort()).toEqual(made);
  });

  it('does not go back while the clock stands still for 200,000 requests', () => {
    const ids = new RequestIds();
    let last = '';
    for (let i = 0; i < 200_000; i++) {
      const id = ids.next(NOW - (i & 1));
      if (id <= last) expect.fail(`${id} came after ${last}`);
      last = id;
    }
    expect(last.slice(4, 14)).toBe(new RequestIds().next(NOW + Math.floor(199_999 / 1024)).slice(4, 14));
    expect(ids.next(NOW + 3_600_000).slice(14, 18)).toBe('0000');
  });

  it('is another in another thread at the same moment', () => {
    const [a, b] = [new RequestIds(), new RequestIds()];
    const made = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? a : b).next(NOW + (i >> 8)));
    expect(new Set(made).size).toBe(made.length);
  });

  it('ends in chance: every character takes every value', () => {
    const ids = new RequestIds();
    const seen = Array.from({ length: 12 }, () => new Set<string>());
    for (let i = 0; i < 2000; i++) {
      const end = ids.next(NOW + i).slice(18);
      for (const [at, set] of seen.entries()) set.add(end.charAt(at));
    }
    expect(seen.map(set => set.size)).toEqual(Array(12).fill(32));
  });
});
