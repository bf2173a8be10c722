// What a FactorTable learns, borrows, forgets and keeps.
import { describe, expect, it } from 'vitest';
import { readFactorState } from '../../src/tokens/factor-state.js';
import { type Factor, FactorTable, factorTable } from '../../src/tokens/factors.js';
import { priorOf } from '../../src/tokens/priors.js';

function taught(ratio: number, times = 50, model = 'claude-x', counted = 1000): FactorTable {
  const table = new FactorTable();
  for (let i = 0; i < times; i++) table.learn(model, 'input', counted, counted * ratio);
  return table;
}

const input = (table: FactorTable, model: string | null): Factor => table.of(model, 'input');

describe('a factor', () => {
  it('starts from the prior of its family, with that spread and no samples', () => {
    const { factor, spread } = priorOf('claude', 'input');
    expect(input(new FactorTable(), 'claude-x')).toEqual({ factor, spread, samples: 0 });
    expect(input(new FactorTable(), null).spread).toBe(priorOf('other', 'input').spread);
  });

  it('comes to what providers report, with a spread that shrinks', () => {
    const { factor, spread, samples } = input(taught(1.3), 'anthropic/claude-x');
    expect(factor).toBeCloseTo(1.3, 1);
    expect(spread).toBeLessThan(0.05);
    expect(samples).toBe(50);
  });

  it('is apart for answers', () => {
    expect(taught(1.3).of('claude-x', 'output')).toEqual(new FactorTable().of('claude-x', 'output'));
  });

  it('is lent by the family to a model that nobody used, and to no other family', () => {
    const table = taught(1.3);
    expect(input(table, 'claude-new').factor).toBeCloseTo(1.3, 1);
    expect(input(table, 'claude-new').samples).toBe(0);
    expect(input(table, 'gemini-new')).toEqual(input(new FactorTable(), 'gemini-new'));
  });

  it('rests on tokens, not on requests: tiny prompts decide nothing', () => {
    const table = taught(1.2, 50, 'claude-x', 2000);
    for (let i = 0; i < 50; i++) table.learn('claude-x', 'input', 5, 10);
    expect(input(table, 'claude-x').factor).toBeLessThan(1.22);
  });

  it('forgets: a model that changed is learned again', () => {
    const table = taught(1.3, 300);
    for (let i = 0; i < 300; i++) table.learn('claude-x', 'input', 1000, 900);
    expect(input(table, 'claude-x').factor).toBeLessThan(0.95);
  });

  it('is moved little by one sample that is far off, or huge', () => {
    for (const [counted, reported] of [
      [1000, 1_000_000],
      [1_000_000, 3_000_000],
      [4000, 1],
    ] as const) {
      const table = taught(1.3, 50, 'claude-x', 4000);
      table.learn('claude-x', 'input', counted, reported);
      expect(Math.abs(input(table, 'claude-x').factor - 1.3), `${reported}`).toBeLessThan(0.06);
    }
  });

  it('learns nothing from what is no number, zero or too short', () => {
    const table = new FactorTable();
    for (const [counted, reported] of [
      [Number.NaN, 1],
      [100, Number.NaN],
      [100, 0],
      [100, -5],
      [3, 100],
      [100, Number.POSITIVE_INFINITY],
    ] as const)
      table.learn('claude-x', 'input', counted, reported);
    expect(table.state().models).toEqual([]);
  });

  it('has a wider spread where ratios scatter', () => {
    const table = new FactorTable();
    for (let i = 0; i < 100; i++) table.learn('claude-x', 'input', 1000, i % 2 === 0 ? 700 : 1300);
    expect(input(table, 'claude-x').spread).toBeGreaterThan(0.2);
  });
});

describe('a table of factors', () => {
  it('keeps a bounded number of models, the least recently used leaves first', () => {
    const table = new FactorTable(3);
    for (const model of ['a', 'b', 'c']) table.learn(model, 'input', 1000, 2000);
    table.of('a', 'input');
    table.learn('d', 'input', 1000, 2000);
    expect(table.state().models.map(([key]) => key)).toEqual(['input:c', 'input:a', 'input:d']);
  });

  it('adds up what several threads learned to what one would have', () => {
    const all = taught(1.3, 40);
    const main = new FactorTable();
    for (let thread = 0; thread < 4; thread++) main.merge(taught(1.3, 10).takeSamples());
    expect(input(main, 'claude-x').factor).toBeCloseTo(input(all, 'claude-x').factor, 2);
    expect(input(main, 'claude-x').samples).toBe(40);
    const requests = (table: FactorTable): number => table.state().models[0]?.[1].requests ?? 0;
    expect(requests(main)).toBeCloseTo(requests(all), 9);
  });

  it('gives each sample away once, as data that survives a message', () => {
    const table = taught(1.3, 5);
    const samples = structuredClone(table.takeSamples());
    expect(samples.models).toHaveLength(1);
    expect(table.takeSamples()).toEqual({ models: [], families: [] });
  });

  it('takes over another state without losing what it has not given away', () => {
    const thread = taught(1.3, 10);
    thread.replace(new FactorTable().state());
    expect(input(thread, 'claude-x').samples).toBe(10);
    thread.takeSamples();
    thread.replace(new FactorTable().state());
    expect(input(thread, 'claude-x').samples).toBe(0);
  });

  it('comes back from JSON as it was', () => {
    const table = taught(1.3);
    const back = factorTable(JSON.parse(JSON.stringify(table.state())));
    expect(back.of('claude-x', 'input')).toEqual(table.of('claude-x', 'input'));
    expect(back.takeSamples().models).toEqual([]);
  });

  const sums = { reported: 1, counted: 1, deviation: 0, requests: 1, samples: 1 };
  it.each([
    [null, 'no object'],
    [[], 'no object'],
    [{ version: 2, models: [], families: [] }, 'version is 2'],
    [{ version: 1, models: {}, families: [] }, 'models is no list'],
    [{ version: 1, models: [['input:a']], families: [] }, 'models[0] is no pair'],
    [{ version: 1, models: [['sideways:a', sums]], families: [] }, 'models[0] has no valid key'],
    [
      { version: 1, models: [], families: [['input:a', { ...sums, counted: 0 }]] },
      'families[0].counted is 0',
    ],
    [
      { version: 1, models: [['input:a', { ...sums, reported: '1' }]], families: [] },
      'models[0].reported is "1"',
    ],
    [
      { version: 1, models: [['input:a', { ...sums, reported: 1e9 }]], families: [] },
      'a ratio of 1000000000',
    ],
  ])('refuses %j and says where it is wrong', (state, message) => {
    expect(() => readFactorState(state)).toThrow(message);
  });
});
