// What one request holds, and what it comes to in the end, over all units and options.
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../src/config/config.js';
import type { Forecast } from '../../src/policy/facts.js';
import { budget, forecastOf, limit, Scene, usedOf } from './scene.js';

describe('what is held of one request, and what is used once it has settled', () => {
  type Row = [
    what: string,
    policy: PolicyConfig,
    forecast: Partial<Forecast>,
    used: [number, number],
    held: number,
    charged: number,
  ];
  const tokens = (over = {}) => limit({ unit: 'tokens', amount: 1000, ...over });
  const usd = (over = {}) => budget({ unit: 'usd', amount: 1_000_000, ...over });
  test.each<Row>([
    ['likely, below its bound', tokens(), { outputBound: 50 }, [100, 20], 150, 120],
    ['likely, no bound: 512', tokens(), { outputBound: null }, [100, 20], 612, 120],
    ['likely, never above the capacity', tokens({ amount: 300 }), { outputBound: null }, [100, 20], 300, 120],
    ['worst, its bound', tokens({ hold: 'worst' }), { outputBound: 700 }, [100, 20], 800, 120],
    [
      'worst, the model’s maximum',
      tokens({ hold: 'worst' }),
      { outputBound: null, modelMaximum: 800 },
      [99, 20],
      900,
      119,
    ],
    ['input only', tokens({ unit: 'input_tokens' }), {}, [90, 20], 100, 90],
    ['output only', tokens({ unit: 'output_tokens' }), { outputBound: 50 }, [90, 20], 50, 20],
    [
      'output of an unknown input',
      tokens({ unit: 'output_tokens' }),
      { inputTokens: null, inputBounded: false },
      [90, 20],
      50,
      20,
    ],
    ['more than was held', tokens(), { outputBound: 50 }, [100, 300], 150, 400],
    ['dollars', usd(), { outputBound: 50 }, [100, 20], 200_000, 140_000],
    [
      'dollars of a model without a price',
      usd({ unpriced: { input: 1e6, output: 3e6 } }),
      { worstNanos: () => null },
      [100, 20],
      250_000,
      140_000,
    ],
    ['unmetered, let pass', tokens({ unmetered: 'pass' }), { inputTokens: null }, [100, 20], 1, 120],
    [
      'worst, a bound above the capacity',
      tokens({ hold: 'worst' }),
      { outputBound: 9000 },
      [100, 20],
      1000,
      120,
    ],
    ['worst, unbounded', tokens({ hold: 'worst' }), { outputBound: null }, [100, 20], 1000, 120],
    [
      'worst, unbounded dollars',
      usd({ hold: 'worst' }),
      { outputBound: null },
      [100, 20],
      1_000_000,
      140_000,
    ],
    [
      'worst, unbounded for nothing',
      usd({ hold: 'worst' }),
      { outputBound: null, worstNanos: input => input },
      [100, 20],
      100,
      140_000,
    ],
    ['unpriced, let pass', usd({ unpriced: 'pass' }), { worstNanos: () => null }, [100, 20], 1, 140_000],
    ['a budget of requests', budget({ unit: 'requests', amount: 5 }), {}, [100, 20], 1, 1],
    ['a limit on requests', limit({ unit: 'requests', amount: 5 }), {}, [100, 20], 1, 1],
    ['a permit', limit({ unit: 'concurrent', amount: 5 }), {}, [100, 20], 1, 0],
  ])('%s', (_what, policy, forecast, [input, output], held, charged) => {
    const scene = new Scene([policy]);
    const visit = scene.visit();
    expect(visit.enter(forecast)).toBeNull();
    expect(scene.state(policy.name)).toEqual({ used: 0, held, holds: 1 });
    visit.run.settle(usedOf(input, output));
    visit.run.settle(usedOf(input, output));
    expect(scene.state(policy.name)).toEqual({ used: charged, held: 0, holds: 0 });
  });

  test.each<[what: string, settlement: ReturnType<typeof usedOf>, tokens: number, nanos: number]>([
    ['nothing known: what was held', usedOf(0, 0, { atLeastHeld: true }), 150, 200_000],
    ['at least what was held, and more', usedOf(100, 90, { atLeastHeld: true }), 190, 280_000],
    ['no number', usedOf(Number.NaN, 3, { costNanos: Number.NaN }), 150, 200_000],
    ['negative', usedOf(-5, -5), 0, 0],
    ['cached input weighs a quarter', usedOf(100, 20, { cachedInputTokens: 80 }), 60, 140_000],
    ['more cached than there is', usedOf(100, 0, { cachedInputTokens: 1000 }), 25, 100_000],
    ['tokens without a cost', usedOf(100, 20, { costNanos: null }), 120, 200_000],
    ['neither tokens nor cost', usedOf(0, 0, { costNanos: null }), 0, 0],
  ])('settled with %s', (_what, settlement, tokens, nanos) => {
    const scene = new Scene([
      limit({ unit: 'tokens', amount: 1000, cached: 0.25 }),
      budget({ unit: 'usd', amount: 1_000_000 }),
    ]);
    const visit = scene.visit();
    visit.enter();
    visit.run.settle(settlement);
    expect(scene.state('l')).toEqual({ used: tokens, held: 0, holds: 0 });
    expect(scene.state('b')).toEqual({ used: nanos, held: 0, holds: 0 });
  });
});

test('a request settles into the window it was admitted in, also after the clock has gone on or back', () => {
  const scene = new Scene([budget({ unit: 'tokens', amount: 200 })]);
  const visit = scene.visit();
  visit.enter();
  scene.pass(13 * 3_600_000);
  expect(scene.visit().enter()).toBeNull();
  visit.run.settle(usedOf(100, 90));
  const windows = () =>
    [...scene.limits.list()].map(({ window, level }) => [new Date(window).getUTCDate(), level]).sort();
  expect(windows()).toEqual([
    [10, 190],
    [11, 150],
  ]);
  scene.wallMs -= 13 * 3_600_000;
  expect(scene.visit().enter()?.detail).toMatchObject({ available: 10 });
});

test('a settled request cannot hold again', () => {
  const visit = new Scene([limit({ unit: 'concurrent', amount: 1 })]).visit();
  visit.run.settle(null);
  expect(() => visit.run.gate()).toThrow('settled');
  expect(() => visit.run.hold(forecastOf())).toThrow('settled');
});
