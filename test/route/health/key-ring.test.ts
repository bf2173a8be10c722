// Which of several keys is taken, over a clock of the test's own.
import { beforeEach, describe, expect, it } from 'vitest';
import { KeyRing, RefusedKeys } from '../../../src/route/health/key-ring.js';

let refused: RefusedKeys;
let keys: KeyRing;
beforeEach(() => {
  refused = new RefusedKeys(3);
  keys = new KeyRing(refused);
});

describe('a ring of keys', () => {
  it('stays with one as long as it works', () => {
    expect([keys.pick(0), keys.pick(1), keys.pick(99_999)]).toEqual([0, 0, 0]);
  });

  it('goes on to the next when one is limited, and stays there', () => {
    keys.limited(0, 1000, 5000);
    expect([keys.pick(1000), keys.pick(7000), keys.waitMs(1000)]).toEqual([1, 1, 0]);
  });

  it('goes on to the next also where the limit is over at once', () => {
    keys.limited(0, 1000, 0);
    expect(keys.pick(1000)).toBe(1);
  });

  it('takes a warned one rather than none', () => {
    keys.limited(0, 0, 5000);
    keys.limited(1, 0, 5000);
    keys.warned(2, 0, 5000);
    expect([keys.pick(0), keys.stateOf(2, 0), keys.waitMs(0)]).toEqual([2, 'warned', 0]);
  });

  it('takes the one that is free first where all are limited, and says how long that is', () => {
    [9000, 3000, 6000].forEach((ms, key) => {
      keys.limited(key, 0, ms);
    });
    expect([keys.pick(0), keys.waitMs(0), keys.waitMs(3000)]).toEqual([1, 3000, 0]);
  });

  it('waits longer each time where nobody says for how long, until one is served', () => {
    const waits = [0, 0, 0].map(() => {
      keys.limited(0, 0, null);
      return keys.lastsMs(0, 0);
    });
    expect(waits).toEqual([1000, 2000, 4000]);
    keys.served(0);
    keys.limited(0, 10_000, null);
    expect(keys.lastsMs(0, 10_000)).toBe(1000);
    for (let i = 0; i < 300; i++) keys.limited(0, 20_000, null);
    expect(keys.lastsMs(0, 20_000)).toBe(60_000);
  });

  it('leaves a refused key alone at all targets of its provider, until it is taken', () => {
    const elsewhere = new KeyRing(refused);
    keys.refused(0, 0);
    expect([elsewhere.pick(0), elsewhere.stateOf(0, 0), elsewhere.stateOf(0, 30_000)]).toEqual([
      1,
      'refused',
      'ready',
    ]);
    keys.served(0);
    expect(elsewhere.stateOf(0, 0)).toBe('ready');
  });

  it('keeps limits to their own target', () => {
    const elsewhere = new KeyRing(refused);
    keys.limited(0, 0, 5000);
    expect(elsewhere.pick(0)).toBe(0);
  });

  it('works for a provider without keys', () => {
    const none = new KeyRing(new RefusedKeys(0));
    none.limited(0, 0, 100);
    expect([none.pick(0), none.waitMs(0), none.waitMs(100)]).toEqual([0, 100, 0]);
  });
});
