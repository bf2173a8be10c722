// Streams that reach their holds, in each unit and with each way to end.
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../src/config/config.js';
import type { Forecast } from '../../src/policy/facts.js';
import { budget, limit, Scene, usedOf } from './scene.js';

/** A stream that grows to each of `counts`: what is held after each, as the ceiling asks for it; or the code that ends it. */
function stream(scene: Scene, forecast: Partial<Forecast>, counts: readonly number[]) {
  const visit = scene.visit();
  expect(visit.enter(forecast)).toBeNull();
  const told: (number | string)[] = [];
  for (const count of counts) {
    const stop = count >= visit.run.outputCeiling ? visit.run.topUp(count) : null;
    told.push(stop === null ? scene.state('b').held : stop.code);
    if (stop !== null) break;
  }
  return { visit, told };
}

const tokens = (amount: number, over = {}): PolicyConfig => budget({ unit: 'tokens', amount, ...over });
const stop = { overrun: 'stop' } as const;
const unbounded = { outputBound: null };

describe('a stream’s hold', () => {
  type Row = [
    what: string,
    policy: PolicyConfig,
    forecast: Partial<Forecast>,
    counts: number[],
    told: (number | string)[],
  ];
  test.each<Row>([
    [
      'takes the same again when it is reached',
      tokens(9999),
      unbounded,
      [511, 512, 1023, 1024],
      [612, 1124, 1124, 1636],
    ],
    [
      'covers what a large event has brought',
      tokens(9999),
      unbounded,
      [2000, 2511, 2512],
      [2612, 2612, 3124],
    ],
    [
      'never goes beyond the request’s bound',
      tokens(9999),
      { outputBound: 600 },
      [512, 599, 600],
      [700, 700, 700],
    ],
    [
      'goes on where the provider ignores the bound',
      tokens(9999),
      { outputBound: 50 },
      [50, 51, 101],
      [150, 201, 251],
    ],
    [
      'takes what is left',
      tokens(1000, stop),
      unbounded,
      [512, 899, 900],
      [1000, 1000, 'weir_limit_reached'],
    ],
    [
      'ends the stream when nothing is left',
      tokens(612, stop),
      unbounded,
      [511, 512],
      [612, 'weir_limit_reached'],
    ],
    [
      'ends it although its hold was cut short',
      tokens(300, stop),
      unbounded,
      [199, 200],
      [300, 'weir_limit_reached'],
    ],
    [
      'ends it at the first token where the prompt takes all',
      tokens(100, stop),
      unbounded,
      [1],
      ['weir_limit_reached'],
    ],
    ['lets it end and owes', tokens(612), unbounded, [512, 1024], [1124, 1636]],
    [
      'is not asked for more of the input',
      budget({ unit: 'input_tokens', amount: 100 }),
      unbounded,
      [9999],
      [100],
    ],
    [
      'of a bound that was held whole asks for no more',
      tokens(9999, { hold: 'worst', ...stop }),
      { outputBound: 600 },
      [600],
      [700],
    ],
    [
      'worst: ends where its cut hold does',
      tokens(300, { hold: 'worst' }),
      { outputBound: 600 },
      [199, 200],
      [300, 'weir_limit_reached'],
    ],
    [
      'worst: ends an unbounded one likewise',
      tokens(300, { hold: 'worst' }),
      unbounded,
      [199, 200],
      [300, 'weir_limit_reached'],
    ],
    [
      'worst: in dollars likewise',
      budget({ unit: 'usd', amount: 300_000, hold: 'worst' }),
      unbounded,
      [99, 100],
      [300_000, 'weir_limit_reached'],
    ],
    [
      'worst: ends a stream beyond its bound with nothing left',
      tokens(700, { hold: 'worst' }),
      { outputBound: 600 },
      [600, 601],
      [700, 'weir_limit_reached'],
    ],
    [
      'in dollars takes the same again',
      budget({ unit: 'usd', amount: 9_000_000 }),
      unbounded,
      [512],
      [2_148_000],
    ],
    [
      'in dollars takes what is left',
      budget({ unit: 'usd', amount: 1_200_000, ...stop }),
      unbounded,
      [512, 549, 550],
      [1_200_000, 1_200_000, 'weir_limit_reached'],
    ],
    [
      'goes on by a shadow that would stop it',
      tokens(612, { mode: 'shadow', ...stop }),
      unbounded,
      [512, 1024],
      [612, 612],
    ],
  ])('%s', (_what, policy, forecast, counts, told) => {
    const scene = new Scene([policy]);
    const { visit, told: really } = stream(scene, forecast, counts);
    expect(really).toEqual(told);
    visit.run.settle(usedOf(100, counts.at(-1) ?? 0));
    expect(scene.state('b')).toMatchObject({ held: 0, holds: 0 });
  });

  test('goes beyond the budget by no more than an event, whatever the step', () => {
    for (const amount of [101, 150, 333, 612, 613, 1500, 5000]) {
      const scene = new Scene([tokens(amount, stop)]);
      const visit = scene.visit();
      visit.enter(unbounded);
      let count = 0;
      while (count < 2 * amount) {
        count += 7;
        if (count >= visit.run.outputCeiling && visit.run.topUp(count) !== null) break;
      }
      visit.run.settle(usedOf(100, count));
      const { used } = scene.state('b');
      expect(used).toBeGreaterThanOrEqual(amount);
      expect(used).toBeLessThan(amount + 7);
    }
  });

  test('leaves one step where nothing is left, with its numbers', () => {
    const scene = new Scene([budget({ unit: 'usd', amount: 1_124_000 })]);
    const { visit } = stream(scene, unbounded, [512, 1024, 1536]);
    const overruns = visit.steps.filter(({ code }) => code === 'overrun');
    expect(overruns).toMatchObject([
      {
        verdict: 'permit',
        phase: 'forward',
        evidence: { asked: '0.001024', available: '0.000000', output_tokens: 512 },
      },
    ]);
  });

  test('of a rate takes what has refilled meanwhile', () => {
    const scene = new Scene([limit({ name: 'b', unit: 'tokens', amount: 60_000, burst: 612, ...stop })]);
    const visit = scene.visit();
    visit.enter(unbounded);
    scene.pass(100);
    expect(visit.run.topUp(512)).toBeNull();
    expect(visit.run.outputCeiling).toBe(612);
    expect(visit.run.topUp(612)?.code).toBe('weir_limit_reached');
  });
});

test('a hold that grows is settled whole by what the provider says', () => {
  const scene = new Scene([tokens(9999)]);
  const { visit } = stream(scene, unbounded, [512, 1024]);
  visit.run.settle(usedOf(90, 1030));
  expect(scene.state('b')).toEqual({ used: 1120, held: 0, holds: 0 });
});

test('a shadow that would have ended the stream counts nothing of what came after', () => {
  const scene = new Scene([tokens(612, { mode: 'shadow', ...stop })]);
  const { visit } = stream(scene, unbounded, [512, 1024]);
  visit.run.settle(usedOf(100, 1100));
  expect(scene.state('b')).toEqual({ used: 612, held: 0, holds: 0 });
  expect(visit.story).toEqual(['b permit budget_ok', 'b deny overrun', 'b permit settled']);
});
