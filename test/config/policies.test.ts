// What a right policy becomes: units, defaults, identity; and the warnings that come with it.
import { describe, expect, it } from 'vitest';
import type { BudgetPolicy, Config, LimitPolicy, PolicyConfig } from '../../src/config/config.js';
import { formatProblem, loadConfigText, maskedConfig } from '../../src/config/load.js';
import { policyIdentity } from '../../src/config/policies.js';

const BASE = 'anonymous: allow\nproviders: { openai: }\n';

function config(text: string): Config {
  const loaded = loadConfigText(BASE + text, 'weir.yaml', { N: '600', TEAM: 'team-a' });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

function policy(rule: string): PolicyConfig {
  const [first] = config(`policies:\n  - { name: p, ${rule} }`).policies;
  if (first === undefined) throw new Error('no policy');
  return first;
}

function warnings(text: string): string[] {
  const loaded = loadConfigText(BASE + text, 'weir.yaml', {});
  return loaded.ok ? loaded.warnings.map(formatProblem) : ['not loaded'];
}

const COUNTING = { cached: 1, hold: 'likely', overrun: 'finish', unmetered: 'refuse' };
const base = { name: 'p', mode: 'enforce', when: null, unreadable: 'refuse' };

describe('a policy', () => {
  it('has the defaults of its rule', () => {
    expect(policy('deny: {}')).toEqual({ ...base, kind: 'deny', status: 403, message: null });
    expect(policy('deny: ')).toEqual(policy('deny: {}'));
    expect(policy('limit: { requests: 600, per: 1m }')).toEqual({
      ...base,
      ...COUNTING,
      kind: 'limit',
      unit: 'requests',
      amount: 600,
      perMs: 60_000,
      burst: 600,
      by: [],
    });
    expect(policy('limit: { concurrent: 50 }')).toMatchObject({ unit: 'concurrent', perMs: 0, burst: 50 });
    expect(policy('budget: { tokens: 5000, per: day }')).toEqual({
      ...base,
      ...COUNTING,
      kind: 'budget',
      unit: 'tokens',
      amount: 5000,
      per: { unit: 'day' },
      by: [],
      unpriced: 'refuse',
    });
    expect(policy('cap: { output_tokens: 4096 }')).toEqual({
      ...base,
      kind: 'cap',
      inputTokens: null,
      outputTokens: 4096,
      over: 'refuse',
    });
  });

  it('stands in the order of the file', () => {
    const names = ['c', 'a', 'b'].map(name => `{ name: ${name}, when: "ai.stream", deny: {} }`).join(', ');
    expect(config(`policies: [ ${names} ]`).policies.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
  });

  it.each([
    ['10s', 10_000],
    ['1m', 60_000],
    ['12h', 43_200_000],
    ['366d', 31_622_400_000],
  ])('refills in %s', (per, perMs) => {
    expect(policy(`limit: { tokens: 100000000000, per: ${per}, burst: 20 }`)).toMatchObject({
      perMs,
      burst: 20,
    });
  });

  it.each([
    ['hour', { unit: 'hour' }],
    ['week', { unit: 'week' }],
    ['month', { unit: 'month' }],
    ['1d', { unit: 'days', days: 1 }],
    ['3660d', { unit: 'days', days: 3660 }],
  ])('has the window %s', (per, window) => {
    expect(policy(`budget: { requests: 1, per: ${per} }`)).toMatchObject({ per: window });
  });

  it.each([
    ['500', 500e9],
    ['"0.000000001"', 1],
    ['0.1', 100_000_000],
    ['"12.50"', 12_500_000_000],
    ['9000000', 9e15],
    ['"8999999.999999999"', 8_999_999_999_999_999],
  ])('takes %s dollars exactly', (usd, amount) => {
    expect(policy(`budget: { usd: ${usd}, per: month }`)).toMatchObject({ unit: 'usd', amount });
  });

  it('takes prices for what has none, in pico-dollars per token', () => {
    const rule = 'budget: { usd: 5, per: day }, unpriced: { input: "0.0375", output: 1.5 }';
    expect(policy(rule)).toMatchObject({ unpriced: { input: 37_500, output: 1_500_000 } });
    expect(policy('budget: { usd: 5, per: day }, unpriced: pass')).toMatchObject({ unpriced: 'pass' });
  });

  it('takes the options of holds beside the rule or inside', () => {
    const options = 'hold: worst, overrun: stop, unmetered: pass';
    const wanted = { hold: 'worst', overrun: 'stop', unmetered: 'pass' };
    expect(policy(`budget: { usd: 5, per: day }, ${options}`)).toMatchObject(wanted);
    expect(policy(`limit: { tokens: 500, per: 1m, ${options} }`)).toMatchObject(wanted);
  });

  it('counts by dimensions, headers in lower case', () => {
    const by = 'consumer, key, provider, model, api, client_ip, end_user, tag.project, header.X-Team';
    expect(policy(`limit: { requests: 1, per: 1s, by: [${by}] }`)).toMatchObject({
      by: [
        ...['consumer', 'key', 'provider', 'model', 'api', 'client_ip', 'end_user'].map(kind => ({ kind })),
        { kind: 'tag', name: 'project' },
        { kind: 'header', name: 'x-team' },
      ],
    });
  });

  it('takes numbers and conditions from the environment', () => {
    const text = `policies: [ { name: p, when: 'consumer.name == "\${TEAM}"', limit: { requests: "\${N}", per: 1m } } ]`;
    expect(config(text).policies[0]).toMatchObject({ amount: 600, when: 'consumer.name == "team-a"' });
  });

  it('is shown whole, in the words of the file', () => {
    const text = `policies:
  - { name: a, budget: { usd: "12.5", per: 30d, by: [tag.x] }, unpriced: { input: "0.0375", output: 2 } }
  - { name: b, mode: shadow, when: ai.stream, limit: { tokens: 900, per: 36h, cached: 0.5 } }
prices: [ { model: m, input: 1, output: "2.5", cache_write_1h: 3, per_request: "0.01" } ]`;
    const shown = maskedConfig(config(text)) as { policies: unknown; prices: unknown };
    expect(shown.policies).toMatchObject([
      {
        budget: { usd: '12.500000', per: '30d', by: ['tag.x'] },
        unpriced: { input: '0.037500', output: '2.000000' },
      },
      { mode: 'shadow', when: 'ai.stream', limit: { tokens: 900, per: '36h', burst: 900, cached: 0.5 } },
    ]);
    expect(shown.prices).toEqual([
      {
        provider: null,
        model: 'm',
        input: '1.000000',
        output: '2.500000',
        cache_write_1h: '3.000000',
        per_request: '0.010000',
      },
    ]);
  });
});

describe('the identity of a policy', () => {
  const of = (rule: string): string => policyIdentity(policy(rule) as LimitPolicy | BudgetPolicy);

  it('stays where a reload changes how much, when, or how', () => {
    const before = of('limit: { tokens: 1000, per: 1m, by: [consumer] }');
    const after = of(
      'mode: shadow, when: ai.stream, hold: worst, limit: { tokens: 20, per: 60s, burst: 10, by: [consumer], cached: 0 }',
    );
    expect(after).toBe(before);
    expect(of('budget: { usd: 1, per: day }')).toBe(of('budget: { usd: "7.5", per: day }, overrun: stop'));
  });

  it('changes with unit, period, dimensions and their order', () => {
    const rules = [
      'limit: { tokens: 1000, per: 1m, by: [consumer] }',
      'limit: { input_tokens: 1000, per: 1m, by: [consumer] }',
      'limit: { tokens: 1000, per: 2m, by: [consumer] }',
      'limit: { tokens: 1000, per: 1m, by: [consumer, model] }',
      'limit: { tokens: 1000, per: 1m, by: [model, consumer] }',
      'limit: { tokens: 1000, per: 1m }',
      'limit: { tokens: 1000, per: 1d, by: [consumer] }',
      'budget: { tokens: 1000, per: 1d, by: [consumer] }',
      'budget: { tokens: 1000, per: day, by: [consumer] }',
      'budget: { tokens: 1000, per: day, by: [header.consumer] }',
      'budget: { tokens: 1000, per: day, by: [tag.consumer] }',
    ];
    expect(new Set(rules.map(of)).size).toBe(rules.length);
  });
});

describe('the warnings of policies', () => {
  const rule = (text: string): string[] => warnings(`policies: [ { name: p, ${text} } ]`);

  it.each([
    ['deny: {}', /policies\[0\]\.deny refuses every request/],
    [`when: 'true', deny: {}`, /refuses every request/],
    [`when: '1 > 2', deny: {}`, /when is always false: this policy never applies/],
    [`when: '1 / 0 == 1', deny: {}`, /when always fails/],
    ['limit: { tokens: 5, per: 1m }', /limit\.tokens is 5, less than any request has/],
    ['limit: { tokens: 50, per: 1m, burst: 2 }', /limit\.burst is 2, less than/],
    ['cap: { input_tokens: 3 }', /cap\.input_tokens is less than/],
    ['cap: { input_tokens: 300, over: lower }', /cap\.over is lower, but input cannot be lowered/],
    ['limit: { requests: 5, per: 1m }, hold: worst', /hold has no effect here: each request counts/],
    ['limit: { concurrent: 5, overrun: stop }', /limit\.overrun has no effect/],
    ['limit: { tokens: 500, per: 1m }, unpriced: pass', /unpriced has no effect here: a limit/],
    ['budget: { tokens: 500, per: day }, hold: worst, unpriced: pass', /unpriced has no effect here: tokens/],
    ['budget: { usd: 5, per: day, cached: 0 }, hold: worst', /cached has no effect here: the price/],
    ['limit: { tokens: 500, per: 1m }, unreadable: pass', /unreadable has no effect/],
    ['limit: { requests: 5, per: 1m, by: [tag.team] }', /neither tags: nor any consumer has/],
    [`when: 'request.headers["X-A"] == "b"', limit: { requests: 5, per: 1m }`, /always absent/],
    ['budget: { usd: 5, per: day }', /can be exceeded by the rest of the answers/],
    ['budget: { usd: 5, per: day }, overrun: stop', /can be exceeded by one event per running stream/],
  ])('tell of %s', (text, words) => {
    expect(rule(text)).toEqual([expect.stringMatching(words)]);
  });

  it.each([
    'budget: { usd: 5, per: day }, hold: worst',
    'budget: { requests: 5, per: day }',
    'mode: shadow, deny: {}',
    'when: ai.stream, deny: {}',
    'limit: { tokens: 5000, per: 1m, cached: 0 }, hold: worst, unmetered: pass',
  ])('are silent about %s', text => expect(rule(text)).toEqual([]));

  it('tell of providers whose models have no price', () => {
    const policies = 'policies: [ { name: p, budget: { usd: 5, per: day }, hold: worst } ]';
    const providers = 'anonymous: allow\nproviders: { vllm: { base_url: "http://127.0.0.1:1" }, openai: }\n';
    const of = (text: string): string[] => {
      const loaded = loadConfigText(providers + text, 'weir.yaml', {});
      return loaded.ok ? loaded.warnings.map(formatProblem) : ['not loaded'];
    };
    expect(of(policies)).toEqual([expect.stringMatching(/no price for models of vllm/)]);
    expect(of(`${policies}\nprices: [ { provider: vllm, model: "*", input: 0, output: 0 } ]`)).toEqual([]);
    expect(of(policies.replace('worst', 'worst, unpriced: pass'))).toEqual([]);
  });

  it('know the tags of consumers and of requests', () => {
    const consumers = 'consumers: [ { name: a, tags: { team: x } } ]\ntags: [project]\n';
    const by = 'policies: [ { name: p, limit: { requests: 1, per: 1m, by: [tag.team, tag.project] } } ]';
    expect(warnings(consumers + by)).toEqual([]);
  });
});

describe('prices', () => {
  it('are read in pico-dollars per token, those of a request in pico-dollars', () => {
    const text = `prices:
  - { provider: openai, model: "gpt-*", input: "0.0375", output: 10, cached_input: 0, cache_write: 1, cache_write_1h: 2, reasoning: 3, audio_input: 4, audio_output: 5, per_request: "0.005" }
  - { model: other, input: "0", output: "0" }`;
    expect(config(text).prices).toEqual([
      {
        provider: 'openai',
        model: 'gpt-*',
        rates: {
          input: 37_500,
          output: 10_000_000,
          cachedInput: 0,
          cacheWrite: 1_000_000,
          cacheWrite1h: 2_000_000,
          reasoning: 3_000_000,
          audioInput: 4_000_000,
          audioOutput: 5_000_000,
          perRequest: 5_000_000_000,
        },
      },
      { provider: null, model: 'other', rates: { input: 0, output: 0 } },
    ]);
  });
});
