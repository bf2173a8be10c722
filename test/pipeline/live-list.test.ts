// The list of running exchanges.
import { describe, expect, it } from 'vitest';
import { LiveList } from '../../src/pipeline/live-list.js';

const item = (name: string) => ({ name, listIndex: -1 });

describe('the live list', () => {
  it('keeps what was added and not removed, whatever the order', () => {
    const list = new LiveList<ReturnType<typeof item>>();
    const [a, b, c] = [item('a'), item('b'), item('c')];
    for (const one of [a, b, c]) list.add(one);
    list.remove(a);
    list.remove(a);
    list.add(b);
    expect(
      list
        .snapshot()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['b', 'c']);
    list.remove(c);
    list.remove(b);
    expect([list.size, a.listIndex, b.listIndex, c.listIndex]).toEqual([0, -1, -1, -1]);
  });

  it('agrees with a Set over a long random run', () => {
    const list = new LiveList<ReturnType<typeof item>>();
    const twin = new Set<ReturnType<typeof item>>();
    const items = Array.from({ length: 40 }, (_, i) => item(String(i)));
    let seed = 7;
    for (let step = 0; step < 5000; step++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      const one = items[seed % items.length];
      if (one === undefined) continue;
      if ((seed >> 8) % 2 === 0) {
        list.add(one);
        twin.add(one);
      } else {
        list.remove(one);
        twin.delete(one);
      }
      expect(list.size).toBe(twin.size);
    }
    expect(new Set(list.snapshot())).toEqual(twin);
  });
});
