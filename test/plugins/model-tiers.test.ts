// model-tiers: whose tier it is, which models a tier has, and what the refusal says.
import { describe, expect, it } from 'vitest';
import { ask, evidenceOf, policy, refusal } from './support/policy.js';

const CONFIG = {
  tiers: { free: ['gpt-4o-mini', 'claude-*haiku*'], gold: ['*'], none: [] },
  consumers: { 'team-a': 'gold', 'batch-*': 'free', 'batch-x': 'gold' },
};
const tiers = policy('model-tiers', CONFIG);

const texts = (consumer: string | null, model: string | null) => ({
  texts: { ...(consumer === null ? {} : { consumer }), ...(model === null ? {} : { model }) },
});

describe('which consumer may use which model', () => {
  it.each([
    ['team-a', 'o3', 'go_on'],
    ['batch-1', 'gpt-4o-mini', 'go_on'],
    ['batch-1', 'GPT-4o-Mini', 'go_on'],
    ['batch-1', 'gpt-4o-mini-2024', 'deny'],
    ['batch-1', 'claude-3-5-haiku-latest', 'go_on'],
    ['batch-1', 'claude-3-5-sonnet', 'deny'],
    ['batch-x', 'o3', 'deny'],
    ['batch-1', '', 'deny'],
    ['batch-1', null, 'deny'],
    ['team-a', null, 'go_on'],
    ['stranger', 'gpt-4o-mini', 'deny'],
    [null, 'gpt-4o-mini', 'deny'],
  ])('%s with %s: %s', (consumer, model, result) => {
    expect(ask(tiers, texts(consumer, model)).result).toBe(result);
  });

  it('says which tier and pattern let it pass', () => {
    const outcome = ask(tiers, texts('batch-1', 'claude-3-haiku'));
    expect(evidenceOf(outcome)).toEqual({ allowed_by: 'free: claude-*haiku*' });
  });

  it('names what is allowed where it refuses, unless told not to', () => {
    const denial = ask(tiers, texts('batch-1', 'o3')).denial;
    expect(denial).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(denial?.message).toBe(
      'model "o3" is not open to tier "free"; these are: gpt-4o-mini, claude-*haiku*',
    );
    const silent = policy('model-tiers', { ...CONFIG, suggest: false, status: 404 });
    expect(ask(silent, texts('batch-1', 'o3')).denial).toMatchObject({
      status: 404,
      message: 'model "o3" is not open to tier "free"',
    });
  });

  it('refuses who has no tier, and gives him the default tier where there is one', () => {
    expect(ask(tiers, texts('stranger', 'o3')).denial?.code).toBe('no_model_tier');
    const open = policy('model-tiers', { ...CONFIG, default_tier: 'free' });
    expect(ask(open, texts('stranger', 'gpt-4o-mini')).result).toBe('go_on');
    expect(ask(open, texts('stranger', 'o3')).denial?.code).toBe('model_not_allowed');
  });

  it('lets a table decide before names, also where it names a tier that there is not', () => {
    const rows = {
      people: new Map([
        ['team-a', 'free'],
        ['zoe', 'gold'],
        ['yan', 'silver'],
      ]),
    };
    const table = policy('model-tiers', { ...CONFIG, table: 'people', default_tier: 'gold' }, { rows });
    expect(ask(table, texts('team-a', 'o3')).result).toBe('deny');
    expect(ask(table, texts('zoe', 'o3')).result).toBe('go_on');
    expect(ask(table, texts('yan', 'o3')).denial?.code).toBe('no_model_tier');
    expect(ask(table, texts('batch-1', 'o3')).result).toBe('deny');
    expect(ask(table, texts('stranger', 'o3')).result).toBe('go_on');
  });

  it('takes long names in time that grows with their length alone', () => {
    const stars = policy('model-tiers', { tiers: { t: ['*a*a*a*a*a*a*b'] }, default_tier: 't' });
    const fuel = (length: number): number => ask(stars, texts('x', 'a'.repeat(length))).fuel;
    expect(fuel(4000) / fuel(2000)).toBeLessThan(2.5);
  });

  it.each([
    [{}, 'config.tiers'],
    [{ tiers: { a: 5 } }, 'config.tiers.a'],
    [{ tiers: { a: ['*'] }, consumers: { x: 'b' } }, 'config.consumers.x'],
    [{ tiers: { a: ['*'] }, default_tier: 'b' }, 'config.default_tier'],
    [{ tiers: { a: ['*'] }, tires: {} }, 'config.tires is not known'],
    [{ tiers: { a: ['*'] }, consumers: ['x'] }, 'config.consumers'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('model-tiers', config)).toContain(named);
  });
});
