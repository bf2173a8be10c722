// quota-by-tag: windows, values, units, what a refusal gives back, and what an answer adds. Counters are the host's own.
import { describe, expect, it } from 'vitest';
import type { LoadedPlugin } from '../../src/plugin/loaded.js';
import { NOW_MS } from '../plugin/support/scene.js';
import { ask, chatOf, evidenceOf, policy, refusal, type Scene } from './support/policy.js';

const HOUR_MS = 3_600_000;
const one = (limit: object): object => ({ limits: [limit] });
const project = (name: string, more: Scene = {}): Scene => ({ tagList: { project: name }, ...more });

/** A request and the end of its answer. */
function served(loaded: LoadedPlugin, scene: Scene, integers: Record<string, number>): void {
  const outcome = ask(loaded, scene);
  expect(outcome.result).toBe('go_on');
  ask(loaded, { ...scene, hook: 'on_end', state: outcome.state ?? new Uint8Array(0), integers });
}

describe('a quota', () => {
  it('lets so many requests pass for each value, and refuses the next with the time to wait', () => {
    const quota = policy('quota-by-tag', one({ by: 'tag.project', limit: 2, per: '1h' }));
    expect(ask(quota, project('a')).result).toBe('go_on');
    expect(evidenceOf(ask(quota, project('a')))).toMatchObject({ used: 1, asked: 1, limit: 2 });
    const refused = ask(quota, project('a'));
    const resetMs = HOUR_MS - (NOW_MS % HOUR_MS);
    expect(refused.denial).toMatchObject({ status: 429, code: 'quota_exceeded', retryAfterMs: resetMs });
    expect(refused.denial?.message).toMatch(
      /^the quota of 2 requests per 1h for tag\.project "a" is used up/,
    );
    expect(evidenceOf(refused)).toMatchObject({ used: 2, limit: 2, reset_ms: resetMs });
    expect(ask(quota, project('b')).result).toBe('go_on');
  });

  it('begins anew with the next window', () => {
    const quota = policy('quota-by-tag', one({ by: 'tag.project', limit: 1, per: '90s' }));
    expect(ask(quota, project('a')).result).toBe('go_on');
    expect(ask(quota, project('a')).result).toBe('deny');
    expect(ask(quota, project('a', { nowMs: NOW_MS + 90_000 })).result).toBe('go_on');
  });

  it('has other amounts for some values, none for 0', () => {
    const values = { big: 3, none: 0 };
    const quota = policy('quota-by-tag', one({ by: 'tag.project', limit: 1, values }));
    for (let i = 0; i < 3; i++) expect(ask(quota, project('big')).result).toBe('go_on');
    expect(ask(quota, project('big')).result).toBe('deny');
    expect(ask(quota, project('none')).denial?.code).toBe('quota_too_small');
  });

  it('counts requests without the tag together, passes them or refuses them', () => {
    const absent = (how: string) => policy('quota-by-tag', one({ by: 'tag.project', limit: 1, absent: how }));
    const count = absent('count');
    expect([ask(count).result, ask(count).result]).toEqual(['go_on', 'deny']);
    const pass = absent('pass');
    expect([ask(pass).result, ask(pass).result]).toEqual(['go_on', 'go_on']);
    expect(ask(absent('refuse')).denial?.code).toBe('quota_no_value');
  });

  it.each<[string, Scene, Scene]>([
    ['consumer', { texts: { consumer: 'a' } }, { texts: { consumer: 'b' } }],
    ['key', { texts: { consumer: 'a', key: 'k' } }, { texts: { consumer: 'b', key: 'k' } }],
    ['end_user', { texts: { end_user: 'a' } }, { texts: { end_user: 'b' } }],
    ['client_ip', { texts: { client_ip: '::1' } }, { texts: { client_ip: '::2' } }],
    ['model', { texts: { model: 'a' } }, { texts: { model: 'b' } }],
    ['provider', { texts: { provider: 'a' } }, { texts: { provider: 'b' } }],
    ['header.X-Team', { headerList: { 'x-team': 'a' } }, { headerList: { 'x-team': 'b' } }],
    ['consumer', { texts: { consumer: 'x'.repeat(90) } }, { texts: { consumer: `${'x'.repeat(89)}y` } }],
    ['consumer', { texts: { consumer: 'Jörg' } }, { texts: { consumer: 'Jürg' } }],
  ])('goes by %s', (by, first, second) => {
    const quota = policy('quota-by-tag', one({ by, limit: 1 }));
    expect(ask(quota, first).result).toBe('go_on');
    expect(ask(quota, second).result).toBe('go_on');
    expect(ask(quota, first).result).toBe('deny');
  });

  it('counts bytes of the prompt, and gives back what it refuses', () => {
    const quota = policy('quota-by-tag', one({ by: 'consumer', unit: 'bytes', limit: 100 }));
    const prompt = (bytes: number): Scene => ({ chat: chatOf('x'.repeat(bytes)) });
    expect(ask(quota, prompt(60)).result).toBe('go_on');
    expect(ask(quota, prompt(50)).result).toBe('deny');
    expect(evidenceOf(ask(quota, prompt(40)))).toMatchObject({ used: 60, asked: 40 });
    expect(ask(quota, prompt(200)).denial).toMatchObject({ status: 413, code: 'quota_too_small' });
  });

  it('settles tokens with what the answer says, and goes over by running requests alone', () => {
    const quota = policy('quota-by-tag', one({ by: 'consumer', unit: 'tokens', limit: 100 }));
    const scene: Scene = { integers: { input_tokens: 30 } };
    served(quota, scene, { input_tokens: 25, output_tokens: 40 });
    expect(evidenceOf(ask(quota, scene))).toMatchObject({ used: 65, asked: 30 });
    expect(ask(quota, scene).result).toBe('deny');
  });

  it('counts output tokens afterwards: passes while anything is left', () => {
    const quota = policy('quota-by-tag', one({ by: 'consumer', unit: 'output_tokens', limit: 50 }));
    served(quota, {}, { output_tokens: 49 });
    served(quota, {}, { output_tokens: 500 });
    expect(ask(quota).denial?.code).toBe('quota_exceeded');
  });

  it('estimates four bytes a token where nothing was counted', () => {
    const quota = policy('quota-by-tag', one({ by: 'consumer', unit: 'input_tokens', limit: 100 }));
    expect(evidenceOf(ask(quota, { chat: chatOf('x'.repeat(201)) }))).toMatchObject({ asked: 51 });
  });

  it('takes several quotas all or none', () => {
    const quota = policy('quota-by-tag', {
      limits: [
        { by: 'consumer', limit: 10 },
        { by: 'tag.project', limit: 1 },
      ],
    });
    const scene = project('a', { texts: { consumer: 'c' } });
    expect(ask(quota, scene).result).toBe('go_on');
    for (let i = 0; i < 20; i++) expect(ask(quota, scene).result).toBe('deny');
    const other = ask(quota, project('b', { texts: { consumer: 'c' } }));
    expect(evidenceOf(other)).toMatchObject({ 'used.0': 1, 'used.1': 0 });
  });

  it.each([
    [{}, 'config.limits'],
    [{ limits: [] }, 'config.limits'],
    [one({}), 'config.limits[0].limit'],
    [one({ limit: -1 }), 'config.limits[0].limit'],
    [one({ limit: 1, per: '1w' }), 'config.limits[0].per'],
    [one({ limit: 1, per: '31d' }), 'config.limits[0].per'],
    [one({ limit: 1, per: 'h' }), 'config.limits[0].per'],
    [one({ limit: 1, by: 'tag.' }), 'config.limits[0].by'],
    [one({ limit: 1, unit: 'token' }), 'config.limits[0].unit'],
    [one({ limit: 1, value: {} }), 'config.limits[0].value is not known'],
    [one({ limit: 1, values: { a: 'b' } }), 'config.limits[0].values.a'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('quota-by-tag', config)).toContain(named);
  });
});
