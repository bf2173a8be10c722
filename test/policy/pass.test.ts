// Refusals: why, when to come back, in which order, and that they leave nothing behind.
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../src/config/config.js';
import type { Forecast } from '../../src/policy/facts.js';
import { budget, deny, forecastOf, limit, Scene } from './scene.js';

describe('a refusal says why and when, and leaves nothing held', () => {
  type Row = [
    what: string,
    policies: PolicyConfig[],
    before: number,
    forecast: Partial<Forecast>,
    code: string,
    status: number,
    detail: object,
  ];
  const worst = { hold: 'worst' } as const;
  test.each<Row>([
    [
      'requests',
      [limit({ unit: 'requests', amount: 60, burst: 2 })],
      2,
      {},
      'weir_limit_reached',
      429,
      { asked: 1, available: 0, reset: '2026-06-10T12:00:01.000Z' },
    ],
    [
      'permits',
      [limit({ unit: 'concurrent', amount: 1 })],
      1,
      {},
      'weir_limit_reached',
      429,
      { asked: 1, available: 0, reset: '2026-06-10T12:00:01.000Z' },
    ],
    [
      'tokens',
      [limit({ unit: 'tokens', amount: 6000, burst: 200 })],
      1,
      {},
      'weir_limit_reached',
      429,
      { asked: 150, available: 50, reset: '2026-06-10T12:00:01.000Z' },
    ],
    [
      'dollars',
      [budget({ unit: 'usd', amount: 300_000 })],
      1,
      {},
      'weir_budget_reached',
      429,
      { asked: '0.000200', available: '0.000100', reset: '2026-06-11T00:00:00.000Z' },
    ],
    [
      'a prompt larger than the capacity',
      [limit({ unit: 'tokens', amount: 99 })],
      0,
      {},
      'weir_limit_too_small',
      413,
      { asked: 100, available: 99 },
    ],
    [
      'uncounted',
      [limit({ unit: 'tokens', amount: 999 })],
      0,
      { inputTokens: null },
      'weir_unmetered',
      403,
      {},
    ],
    [
      'worst: only estimated',
      [limit({ unit: 'tokens', amount: 999, ...worst })],
      0,
      { inputBounded: false },
      'weir_unmetered',
      403,
      {},
    ],
    [
      'unpriced',
      [budget({ unit: 'usd', amount: 999 })],
      0,
      { worstNanos: () => null },
      'weir_unpriced',
      403,
      {},
    ],
    ['denied', [deny({ status: 451 })], 0, {}, 'weir_denied', 451, {}],
  ])('%s', (_what, policies, before, forecast, code, status, detail) => {
    const scene = new Scene(policies);
    for (let i = 0; i < before; i++) expect(scene.visit().enter(forecast)).toBeNull();
    const held = scene.set.buckets.map(({ name }) => scene.state(name));
    const refusal = scene.visit().enter(forecast);
    expect(refusal?.code).toBe(code);
    expect(refusal?.facts.status).toBe(status);
    expect(refusal?.detail).toEqual({
      policy: policies[0]?.name,
      ...('asked' in detail ? { by: '' } : {}),
      ...detail,
    });
    expect(scene.set.buckets.map(({ name }) => scene.state(name))).toEqual(held);
  });

  test.each([
    [limit({ unit: 'requests', amount: 60, burst: 1 }), 'rate_limit', 1000, true],
    [limit({ unit: 'tokens', amount: 6000, burst: 150 }), 'token_limit', 1500, true],
    [budget({ unit: 'requests', amount: 1 }), 'quota', 43_200_000, false],
    [limit({ unit: 'concurrent', amount: 1 }), 'rate_limit', 1000, true],
  ] as const)('its kind and how long to wait: %#', (policy, kind, retryAfterMs, retryable) => {
    const scene = new Scene([policy]);
    scene.visit().enter();
    const refusal = scene.visit().enter();
    expect(refusal).toMatchObject({ retryAfterMs, facts: { kind, retryable } });
    // After that time, and not a moment before, the same request passes.
    if (policy.unit === 'concurrent') return;
    scene.pass(retryAfterMs - 1);
    expect(scene.visit().enter()).not.toBeNull();
    scene.pass(1);
    expect(scene.visit().enter()).toBeNull();
  });

  test('the first enforced denial counts, those after it are not asked, and shadows have been told', () => {
    const scene = new Scene([
      limit({ name: 'shadow', unit: 'requests', amount: 9, mode: 'shadow' }),
      limit({ name: 'streams', unit: 'concurrent', amount: 1 }),
      limit({ name: 'later', unit: 'requests', amount: 9, mode: 'shadow' }),
      deny({ name: 'no' }),
      limit({ name: 'last', unit: 'requests', amount: 9 }),
    ]);
    const open = scene.visit();
    expect(open.enter()?.code).toBe('weir_denied');
    expect(open.story).toEqual([
      'shadow permit limit_ok',
      'streams permit limit_ok',
      'later permit limit_ok',
      'no deny denied',
      'last skipped earlier_denial',
    ]);
    const full = new Scene([
      limit({ name: 'streams', unit: 'concurrent', amount: 1 }),
      deny({ name: 'no', when: 'consumer.name == "b"' }),
      limit({ name: 'later', unit: 'requests', amount: 9, mode: 'shadow' }),
    ]);
    full.visit().enter();
    const second = full.visit({ consumerName: 'b' });
    expect(second.enter()?.code).toBe('weir_limit_reached');
    expect(second.story).toEqual([
      'streams deny limit_reached',
      'no skipped earlier_denial',
      'later skipped earlier_denial',
    ]);
    for (const name of ['shadow', 'streams', 'later', 'last'])
      expect(scene.state(name)).toEqual({ used: 0, held: 0, holds: 0 });
    expect(full.state('later')).toEqual({ used: 0, held: 1, holds: 1 });
  });

  test('after the gate a request keeps its take of requests, and nothing else', () => {
    const scene = new Scene([
      limit({ name: 'rpm', unit: 'requests', amount: 9 }),
      limit({ name: 'streams', unit: 'concurrent', amount: 9 }),
      budget({ name: 'calls', unit: 'requests', amount: 9 }),
      limit({ name: 'tpm', unit: 'tokens', amount: 9 }),
    ]);
    expect(scene.visit().enter()?.code).toBe('weir_limit_too_small');
    const later = scene.visit();
    expect(later.run.gate() ?? later.run.hold(forecastOf({ inputTokens: 2, outputBound: 2 }))).toBeNull();
    later.run.settle(null);
    expect(scene.state('rpm')).toEqual({ used: 2, held: 0, holds: 0 });
    for (const name of ['streams', 'calls', 'tpm'])
      expect(scene.state(name)).toEqual({ used: 0, held: 0, holds: 0 });
  });
});
