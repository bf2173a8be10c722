// What was learned survives a restart, and a file that is broken costs only itself.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadFactors, saveFactors } from '../../src/ledger/factor-file.js';
import { FactorTable } from '../../src/tokens/factors.js';
import { FactorKeeper } from '../../src/workers/factor-keeper.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-factors-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function learned(): FactorTable {
  const table = new FactorTable();
  for (let i = 0; i < 50; i++) table.learn('unheard-of-1', 'input', 1000, 1400);
  return table;
}

describe('the file of learned factors', () => {
  it('gives back what was saved, and leaves nothing beside it', () => {
    const state = learned().state();
    saveFactors(folder, state);
    expect(loadFactors(folder)).toEqual({ state, problem: null });
    expect(readdirSync(folder)).toEqual(['token-factors.json']);
  });

  it('need not be there', () => {
    expect(loadFactors(folder)).toEqual({ state: null, problem: null });
  });

  it.each(['', '{', '[]', '{"version":2}', '{"version":1,"models":[["input:x",{}]],"families":[]}'])(
    'that holds %j is told and not used',
    text => {
      writeFileSync(join(folder, 'token-factors.json'), text);
      const { state, problem } = loadFactors(folder);
      expect(state).toBeNull();
      expect(problem).toMatch(/token-factors\.json is no table of factors \(.+\); learning begins anew$/);
    },
  );
});

describe('the keeper of factors', () => {
  const factor = (keeper: FactorKeeper): number => {
    const table = new FactorTable();
    table.replace(keeper.state);
    return table.of('unheard-of-1', 'input').factor;
  };

  it('keeps the samples of all threads over a restart', () => {
    const keeper = new FactorKeeper(folder, problem => expect.unreachable(problem));
    for (let thread = 0; thread < 2; thread++) keeper.add(learned().takeSamples());
    keeper.stop();
    const again = new FactorKeeper(folder, problem => expect.unreachable(problem));
    expect(factor(again)).toBeGreaterThan(1.3);
    expect(factor(again)).toBe(factor(keeper));
  });

  it('writes nothing where nothing was learned', () => {
    new FactorKeeper(folder, problem => expect.unreachable(problem)).stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('begins anew beside a broken file, and mends it', () => {
    writeFileSync(join(folder, 'token-factors.json'), 'broken');
    const problems: string[] = [];
    const keeper = new FactorKeeper(folder, problem => problems.push(problem));
    keeper.add(learned().takeSamples());
    keeper.stop();
    expect(problems).toHaveLength(1);
    expect(loadFactors(folder).problem).toBeNull();
  });
});
