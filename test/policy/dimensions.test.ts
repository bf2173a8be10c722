// The values that limits count by, and what happens to them in a full table.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dimension } from '../../src/config/config.js';
import { dimensionName, dimensionValue, isPart, joined, split } from '../../src/policy/dimensions.js';
import { factsOf, limit, Scene } from './scene.js';

const team: Dimension = { kind: 'header', name: 'x-team' };
const valueFor = (header: string): string => dimensionValue(team, factsOf({ header: () => header }));

describe('the value that a request is counted by', () => {
  test.each<[Dimension, string]>([
    [{ kind: 'consumer' }, 'team-a'],
    [{ kind: 'key' }, 'ci'],
    [{ kind: 'provider' }, 'openai'],
    [{ kind: 'model' }, 'gpt-4o-served'],
    [{ kind: 'api' }, 'openai.chat'],
    [{ kind: 'client_ip' }, '10.0.0.1'],
    [{ kind: 'end_user' }, '(none)'],
    [{ kind: 'tag', name: 'env' }, 'tag env'],
    [{ kind: 'header', name: 'x-a' }, 'header x-a'],
  ])('%j is %s', (dimension, value) => {
    const facts = factsOf({
      servedModel: 'gpt-4o-served',
      tag: name => `tag ${name}`,
      header: name => `header ${name}`,
    });
    expect(dimensionValue(dimension, facts)).toBe(value);
  });

  test('stands as it is up to 128 bytes, and by its hash beyond', () => {
    expect(valueFor('a'.repeat(128))).toBe('a'.repeat(128));
    expect(valueFor('ä'.repeat(64))).toBe('ä'.repeat(64));
    expect(valueFor('a'.repeat(129))).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(valueFor('ä'.repeat(65))).toMatch(/^sha256:/);
    expect(valueFor('x'.repeat(100_000))).not.toBe(valueFor('x'.repeat(100_001)));
    expect(valueFor('x'.repeat(100_000))).toHaveLength(71);
  });

  test('is never what stands for no value or no room', () => {
    expect(valueFor('')).toBe('(none)');
    expect(valueFor('(none)')).toMatch(/^sha256:/);
    expect(valueFor('(overflow)')).toMatch(/^sha256:/);
    expect(valueFor('(other)')).toBe('(other)');
  });

  test('is named as in the configuration', () => {
    expect(dimensionName(team)).toBe('header.x-team');
    expect(dimensionName({ kind: 'end_user' })).toBe('end_user');
  });
});

test('joined values come apart again, and no two lists are one text', () => {
  const lists = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 });
  fc.assert(
    fc.property(lists, lists, (one, other) => {
      expect(split(joined(one))).toEqual(one);
      for (let i = 0; i <= one.length; i++)
        for (const value of [...one, ...other, 'x'])
          expect(isPart(joined(one), i, value)).toBe(one[i] === value);
      expect(joined(one) === joined(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

describe('a full table', () => {
  const policy = limit({ unit: 'requests', amount: 3, by: [{ kind: 'consumer' }, team] });
  const from = (value: string) => ({ header: () => value });

  test('counts new values together, and keeps counting those it knows', () => {
    const scene = new Scene([policy], { slots: 16 });
    // The last sixteenth is kept for values that are not the caller's choice, and for the shared bucket.
    for (let i = 0; i < 15; i++) expect(scene.visit(from(`v${i}`)).enter()).toBeNull();
    const overflowing = scene.visit(from('n0'));
    expect(overflowing.enter()).toBeNull();
    expect(overflowing.steps[0]?.told.by).toBe('consumer=team-a, header.x-team=(overflow)');
    for (const value of ['n1', 'n2']) expect(scene.visit(from(value)).enter()).toBeNull();
    const refused = scene.visit(from('n3')).enter();
    expect(refused?.code).toBe('weir_limit_reached');
    expect(refused?.message).toContain('header.x-team=(overflow)');
    // Known ones and callers who name themselves after the shared bucket do not get at it.
    expect(scene.visit(from('v0')).enter()).toBeNull();
    expect(scene.visit(from('(overflow)')).enter()?.code).toBe('weir_limit_reached');
    expect(scene.visit(from('n4')).enter()?.code).toBe('weir_limit_reached');
  });

  test('refuses values that are not the caller’s choice with 503, and takes nothing', () => {
    const byModel = limit({ unit: 'requests', amount: 3, by: [{ kind: 'model' }] });
    const scene = new Scene([byModel], { slots: 16 });
    for (let i = 0; i < 16; i++) expect(scene.visit({ servedModel: `m${i}` }).enter()).toBeNull();
    const visit = scene.visit({ servedModel: 'one more' });
    expect(visit.enter()?.code).toBe('weir_overloaded');
    expect(visit.story).toEqual(['l deny table_full']);
    expect(scene.state('l').holds).toBe(16);
  });
});
