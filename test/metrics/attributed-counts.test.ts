// Attribution and tries in a thread's counters.
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/core/entry.js';
import { AttemptCounts } from '../../src/metrics/attempt-counts.js';
import { AttributedCounts } from '../../src/metrics/attributed-counts.js';
import { entry, usage } from '../ledger/entries.js';

const of = (name: string, endUser: string | null, tags: Record<string, string> = {}) => {
  const made = entry(0, { usage: usage(10, 20) });
  made.principal = { name, key: 'ci', tags };
  made.endUser = endUser;
  return made;
};

describe('attributed counts', () => {
  it('count each attribute by itself', () => {
    const counts = new AttributedCounts(['consumer', 'end_user', 'tag.env'], 10);
    counts.add(of('a', 'u', { env: 'live' }));
    counts.add(of('a', null));
    const found = counts
      .snapshot()
      .map(({ labels: { by, value, measure }, count }) => `${by} ${value} ${measure} ${count}`);
    expect(found).toEqual(
      expect.arrayContaining([
        'consumer a requests 2',
        'consumer a input_tokens 20',
        'end_user (none) requests 1',
        'end_user u output_tokens 20',
        'tag.env live requests 1',
      ]),
    );
  });

  it('keep so many values apart and no more', () => {
    const counts = new AttributedCounts(['end_user'], 3);
    for (let i = 0; i < 10_000; i++) counts.add(of('a', `u${i}`));
    const requests = counts.snapshot().filter(({ labels }) => labels.measure === 'requests');
    expect(requests.map(({ labels, count }) => [labels.value, count])).toEqual([
      ['(other)', 9997],
      ['u0', 1],
      ['u1', 1],
      ['u2', 1],
    ]);
  });

  it('go on over a reload, and begin anew for what is new', () => {
    const before = new AttributedCounts(['consumer'], 3);
    before.add(of('a', 'u'));
    const after = new AttributedCounts(['consumer', 'end_user'], 3, before);
    after.add(of('a', 'u'));
    const requests = after.snapshot().filter(({ labels }) => labels.measure === 'requests');
    expect(requests.map(({ labels, count }) => [labels.by, count])).toEqual([
      ['consumer', 2],
      ['end_user', 1],
    ]);
  });
});

describe('counts of tries', () => {
  it('tell by provider how they ended; words of providers are no label', () => {
    const counts = new AttemptCounts();
    const add = (target: string, status: number | null, error: string | null): void => {
      const attempt: Attempt = {
        target,
        status,
        error,
        startedMs: 10,
        firstByteMs: 30,
        totalMs: 60,
        usage: null,
        cost: null,
      };
      counts.add(attempt);
    };
    add('a/m-1', 200, null);
    add('a/m-2', 429, 'status_429');
    add('a', 500, null);
    add('b', null, 'weir_connect_failed');
    add('b', 200, 'the model is overloaded');
    expect(
      counts.counts().map(({ labels: { provider, result }, count }) => `${provider} ${result} ${count}`),
    ).toEqual([
      'a ok 1',
      'a status_429 1',
      'a status_500 1',
      'b weir_connect_failed 1',
      'b provider_error 1',
    ]);
    expect(
      counts.times().map(({ provider, firstByte, total }) => [provider, firstByte.sum, total.sum]),
    ).toEqual([
      ['a', expect.closeTo(0.06), expect.closeTo(0.15)],
      ['b', expect.closeTo(0.04), expect.closeTo(0.1)],
    ]);
  });
});
