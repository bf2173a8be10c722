// When a target's circuit opens and closes, over a clock of the test's own.
import { beforeEach, describe, expect, it } from 'vitest';
import type { BreakerConfig } from '../../../src/core/resilience.js';
import { RefusedKeys } from '../../../src/route/health/key-ring.js';
import { TargetHealth } from '../../../src/route/health/target-health.js';

const SETTINGS: BreakerConfig = {
  failures: 3,
  share: 0.5,
  requests: 10,
  outlier: 0.2,
  openMs: 1000,
  openMaxMs: 8000,
  allOpen: 'try',
};

let now: number;
let target: TargetHealth;
const fresh = (name = 'a'): TargetHealth => new TargetHealth(name, 'p', new RefusedKeys(0), () => 1);
const fail = (times = 1, others: TargetHealth[] = [], settings = SETTINGS): void => {
  for (let i = 0; i < times; i++) target.failed(now, settings, others);
};
const succeed = (times = 1, at = target): void => {
  for (let i = 0; i < times; i++) at.succeeded(now);
};
const state = (): string => target.snapshot(now, []).state;
const reason = (): string | null => target.snapshot(now, []).reason;

beforeEach(() => {
  now = 100_000;
  target = fresh();
});

describe('a circuit opens', () => {
  it('after failures in a row, and not before', () => {
    fail(2);
    succeed();
    fail(2);
    expect(state()).toBe('closed');
    fail();
    expect([state(), reason(), target.isReady(now)]).toEqual(['open', 'failures_in_a_row', false]);
  });

  it('by the share of failures, once enough has ended', () => {
    for (let i = 0; i < 4; i++) {
      fail();
      succeed();
    }
    expect(state()).toBe('closed');
    fail();
    succeed();
    fail();
    expect([state(), reason()]).toEqual(['open', 'failure_share']);
  });

  it('by a share that stands out from the others, unless there is nobody else', () => {
    const other = fresh('b');
    const third = (others: TargetHealth[]): void => {
      for (let i = 0; i < 10; i++) {
        succeed(2);
        fail(1, others);
      }
    };
    third([]);
    expect(state()).toBe('closed');
    succeed(20, other);
    fail(1, [other]);
    expect([state(), reason()]).toEqual(['open', 'outlier']);
  });

  it('not for an outlier whose only rival is open itself, or fails as much', () => {
    const other = fresh('b');
    for (let i = 0; i < 20; i++) {
      succeed(2, other);
      other.failed(now, { ...SETTINGS, outlier: 1 }, []);
    }
    for (let i = 0; i < 20; i++) {
      succeed(2);
      fail(1, [other]);
    }
    expect(state()).toBe('closed');
    for (let i = 0; i < 3; i++) other.failed(now, SETTINGS, []);
    fail(1, [other]);
    expect(state()).toBe('closed');
  });

  it('never with failures: 0', () => {
    fail(100, [], { ...SETTINGS, failures: 0 });
    expect(state()).toBe('closed');
  });

  it('not by what was long ago', () => {
    fail(2);
    now += 11_000;
    expect(target.snapshot(now, [])).toMatchObject({ requests: 0, failures: 0 });
  });

  it('not by what has been taken back', () => {
    for (let i = 0; i < 20; i++) {
      fail();
      target.takeBack(now);
    }
    expect([state(), target.snapshot(now, []).failures]).toEqual(['closed', 0]);
  });
});

describe('an open circuit', () => {
  beforeEach(() => fail(3));

  it('lets one request through after its time, and closes when that works', () => {
    now += 999;
    expect([state(), target.isReady(now)]).toEqual(['open', false]);
    now += 1;
    expect([state(), target.isReady(now), target.begins(now)]).toEqual(['half_open', true, true]);
    expect(target.isReady(now)).toBe(false);
    succeed();
    target.ends(true);
    expect([state(), target.isReady(now), reason()]).toEqual(['closed', true, null]);
  });

  it('is not closed by an answer to what was sent before', () => {
    succeed();
    expect(state()).toBe('open');
  });

  it('lets another through where the probe ended without a word', () => {
    now += 1000;
    const probe = target.begins(now);
    target.ends(probe);
    expect(target.isReady(now)).toBe(true);
  });

  it('stays open twice as long each time its probe fails, up to the longest', () => {
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      waits.push(target.openMs(now));
      now += target.openMs(now);
      target.begins(now);
      fail();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  it('begins anew with the short time after a good minute', () => {
    now += 1000;
    target.begins(now);
    fail();
    now += 2000;
    target.begins(now);
    succeed();
    now += 60_001;
    fail(3);
    expect(target.openMs(now)).toBe(1000);
  });

  it('comes back at different times for different threads', () => {
    const early = new TargetHealth('a', 'p', new RefusedKeys(0), () => 0);
    for (let i = 0; i < 3; i++) early.failed(now, SETTINGS, []);
    expect([early.openMs(now), target.openMs(now)]).toEqual([750, 1000]);
  });
});

describe('the retry budget', () => {
  const retry = { attempts: 5, again: 0, backoffMs: 1, backoffMaxMs: 1, budget: 0.2, reserve: 1 };

  it('is a share of the traffic, with a reserve for the little', () => {
    const taken = (): number => {
      let count = 0;
      while (target.takeRetry(now, retry)) count++;
      return count;
    };
    expect(taken()).toBe(10);
    succeed(100);
    expect(taken()).toBe(20);
    now += 10_000;
    expect(taken()).toBe(10);
  });
});

describe('latency', () => {
  it('rises at once, falls slowly, and counts what runs', () => {
    const { latency } = target;
    expect([latency.averageMs, latency.load(0, now), latency.load(2, now)]).toEqual([null, 0, 2000]);
    latency.observe(100, now);
    latency.observe(400, now);
    expect([latency.averageMs, latency.load(0, now), latency.load(3, now)]).toEqual([400, 400, 1600]);
    now += 10_000;
    expect(latency.load(0, now)).toBeCloseTo(400 / Math.E);
    latency.observe(100, now);
    expect(latency.averageMs).toBeCloseTo(400 / Math.E + 100 * (1 - 1 / Math.E));
  });
});
