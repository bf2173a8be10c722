// canary: the share, that everybody stays on his side, and what the evidence says.
import { describe, expect, it } from 'vitest';
import { ask, evidenceOf, policy, refusal } from './support/policy.js';

const CONFIG = { percent: 10, model: 'gpt-new', from: ['gpt-4o*'], exclude: ['vip-*'], include: ['tester'] };
const canary = policy('canary', CONFIG);
const asked = (consumer: string, model = 'gpt-4o') => ({
  texts: { consumer, model, request_id: `req_${consumer}` },
});
const PEOPLE = 5000;

/** Who of so many goes to the other side. */
function chosen(config: object): Set<number> {
  const loaded = policy('canary', config);
  const all = Array.from({ length: PEOPLE }, (_, i) => i);
  return new Set(all.filter(i => ask(loaded, asked(`user-${i}`)).model !== null));
}

describe('a share of the traffic', () => {
  it('is about what was asked for, from nobody to all', () => {
    const share = (percent: number): number => chosen({ percent, model: 'm' }).size / PEOPLE;
    expect(share(0)).toBe(0);
    expect(share(100)).toBe(1);
    // Four standard deviations of a fair draw.
    for (const percent of [0.5, 10, 50]) {
      const p = percent / 100;
      expect(Math.abs(share(percent) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / PEOPLE));
    }
  });

  it('is the same people every time, and all of them still when it grows', () => {
    const ten = chosen({ percent: 10, model: 'm' });
    const thirty = chosen({ percent: 30, model: 'm' });
    expect(chosen({ percent: 10, model: 'm' })).toEqual(ten);
    expect([...ten].every(i => thirty.has(i))).toBe(true);
  });

  it('is other people with another salt', () => {
    const one = chosen({ percent: 20, model: 'm', salt: 'one' });
    const two = chosen({ percent: 20, model: 'm', salt: 'two' });
    const both = [...one].filter(i => two.has(i)).length / PEOPLE;
    expect(both).toBeGreaterThan(0.02);
    expect(both).toBeLessThan(0.06);
  });

  it('says bucket, side and why', () => {
    const outcome = ask(canary, asked('tester'));
    expect(outcome.model).toBe('gpt-new');
    expect(evidenceOf(outcome)).toMatchObject({
      side: 'canary',
      why: 'included',
      bucket: expect.any(Number),
    });
    expect(evidenceOf(ask(canary, asked('vip-1')))).toEqual({ side: 'stable', why: 'excluded' });
    expect(evidenceOf(ask(canary, asked('tester', 'o3')))).toEqual({ side: 'stable', why: 'other_model' });
    expect(evidenceOf(ask(canary, { texts: { model: 'gpt-4o' } }))).toEqual({
      side: 'stable',
      why: 'no_name',
    });
  });

  it('follows end user, key, address or request where it is told to', () => {
    const sides = (by: string, texts: object): unknown =>
      evidenceOf(ask(policy('canary', { percent: 50, model: 'm', by }), { texts })).bucket;
    expect(sides('end_user', { end_user: 'a', consumer: 'x' })).toBe(
      sides('end_user', { end_user: 'a', consumer: 'y' }),
    );
    expect(sides('key', { key: 'a', consumer: 'x' })).not.toBe(sides('key', { key: 'a', consumer: 'y' }));
    expect(sides('client_ip', { client_ip: '10.0.0.1' })).not.toBe(
      sides('client_ip', { client_ip: '10.0.0.2' }),
    );
    expect(sides('request', { request_id: 'a' })).not.toBe(sides('request', { request_id: 'b' }));
  });

  it('goes to a target of the configuration, and stays where there is no such target', () => {
    const to = policy('canary', { percent: 100, target: 'azure/gpt-4o' });
    expect(ask(to, { ...asked('a'), targets: ['azure/gpt-4o'] }).target).toBe('azure/gpt-4o');
    const lost = ask(to, asked('a'));
    expect(lost.target).toBeNull();
    expect(evidenceOf(lost)).toMatchObject({ side: 'stable', why: 'refused' });
    expect(lost.logs[0]?.text).toContain('azure/gpt-4o');
  });

  it.each([
    [{ model: 'm' }, 'config.percent'],
    [{ percent: 101, model: 'm' }, 'config.percent'],
    [{ percent: 5 }, 'one of model and target'],
    [{ percent: 5, model: 'm', target: 't' }, 'one of model and target'],
    [{ percent: 5, model: 'm', by: 'name' }, 'config.by'],
    [{ percent: 5, model: 'm', form: [] }, 'config.form is not known'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('canary', config)).toContain(named);
  });
});
