// Every kind of mistake in a policy, as a table; and that an error inside an expression is shown at its own place,
// however the expression is written.
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../src/config/load.js';
import type { Problem } from '../../src/config/problem.js';

function errors(text: string): readonly Problem[] {
  const loaded = loadConfigText(text, 'weir.yaml', { NAME: 'x' });
  return loaded.ok ? [] : loaded.problems.filter(problem => problem.severity === 'error');
}

/** [the policy after its name, path within it, words of the message] */
const MISTAKES: readonly (readonly [string, string, ...RegExp[]])[] = [
  ['', '', /has no rule/, /deny, limit, budget, cap, plugin/],
  ['deny: {}, cap: { input_tokens: 100 }', '.cap', /stands beside deny/],
  ['mode: enforced, deny: {}', '.mode', /enforce, shadow/],
  ['modes: shadow, deny: {}', '.modes', /did you mean mode\?/],
  ['deny: { status: 200 }', '.deny.status', /400 to 599/],
  ['deny: { status: 600 }', '.deny.status', /400 to 599/],
  [`deny: { message: "${'a'.repeat(1025)}" }`, '.deny.message', /1,024/],
  ['deny: {}, hold: worst', '.hold', /does not belong to deny/],
  ['cap: { input_tokens: 100 }, unpriced: pass', '.unpriced', /does not belong to cap/],
  ['cap: {}', '.cap', /has no bound/],
  ['cap: { output_tokens: 0 }', '.cap.output_tokens', /the number 0/, /1 to 1000000000000/],
  ['cap: { output_tokens: 5, over: trim }', '.cap.over', /lower, refuse/],
  ['limit: ', '.limit', /has no unit/],
  ['budget: ', '.budget', /has no unit/],
  ['cap: ', '.cap', /has no bound/],
  ['limit: {}', '.limit', /has no unit/, /concurrent/],
  ['limit: { per: 1m }', '.limit', /has no unit/],
  ['limit: { requests: 5, tokens: 5, per: 1m }', '.limit.tokens', /stands beside requests/],
  ['limit: { requests: -3, per: 1m }', '.limit.requests', /the number -3/, /1 to 1000000000000/],
  ['limit: { requests: 0, per: 1m }', '.limit.requests', /the number 0/],
  ['limit: { requests: 1.5, per: 1m }', '.limit.requests', /1\.5/],
  ['limit: { requests: 1000000000001, per: 1m }', '.limit.requests', /1000000000001/],
  ['limit: { requests: 1e30, per: 1m }', '.limit.requests', /1e\+30/],
  ['limit: { requests: .inf, per: 1m }', '.limit.requests', /Infinity|number/],
  ['limit: { requests: many, per: 1m }', '.limit.requests', /"many"/],
  ['limit: { usd: 5, per: 1m }', '.limit.usd', /not a known key/],
  ['limit: { requests: 5 }', '.limit.per', /missing/, /1m/],
  ['limit: { requests: 5, per: 1h30m }', '.limit.per', /"1h30m"/],
  ['limit: { requests: 5, per: 0m }', '.limit.per', /"0m"/],
  ['limit: { requests: 5, per: 367d }', '.limit.per', /366d/],
  ['limit: { requests: 5, per: month }', '.limit.per', /"month"/],
  ['limit: { requests: 5, per: 60 }', '.limit.per', /the number 60/],
  ['limit: { tokens: 1000000000000, per: 1s }', '.limit.tokens', /out of range/],
  ['limit: { tokens: 1, per: 366d, burst: 1000000000000 }', '.limit.tokens', /out of range/],
  ['limit: { requests: 5, per: 1m, burst: 0 }', '.limit.burst', /the number 0/],
  ['limit: { concurrent: 5, per: 1m }', '.limit.per', /does not belong to concurrent/],
  ['limit: { concurrent: 5, burst: 5 }', '.limit.burst', /does not belong to concurrent/],
  ['limit: { tokens: 5, per: 1m, cached: 1.5 }', '.limit.cached', /0 to 1/],
  ['limit: { tokens: 5, per: 1m, cached: -1 }', '.limit.cached', /0 to 1/],
  ['limit: { tokens: 5, per: 1m, hold: worst }, hold: worst', '.limit.hold', /allowed: once/],
  ['budget: { tokens: 5 }', '.budget.per', /missing/, /month/],
  ['budget: { per: day }', '.budget', /has no unit/, /usd/],
  ['budget: { tokens: 5, per: 1m }', '.budget.per', /"1m"/],
  ['budget: { tokens: 5, per: 0d }', '.budget.per', /"0d"/],
  ['budget: { tokens: 5, per: 3661d }', '.budget.per', /3660d/],
  ['budget: { tokens: 5, per: year }', '.budget.per', /"year"/],
  ['budget: { concurrent: 5, per: day }', '.budget.concurrent', /not a known key/],
  ['budget: { requests: 5, per: day, burst: 5 }', '.budget.burst', /not a known key/],
  ['budget: { usd: 0, per: day }', '.budget.usd', /more than 0/],
  ['budget: { usd: -5, per: day }', '.budget.usd', /-5/],
  ['budget: { usd: 9000001, per: day }', '.budget.usd', /9000000/],
  ['budget: { usd: "0.0000000001", per: day }', '.budget.usd', /9 decimals/],
  ['budget: { usd: $5, per: day }', '.budget.usd', /"\$5"/],
  ['budget: { usd: 5, per: day }, unpriced: free', '.unpriced', /refuse, pass/],
  ['budget: { usd: 5, per: day }, unpriced: { input: "1" }', '.unpriced', /refuse, pass|output/],
  ['limit: { requests: 5, per: 1m, by: consumer }', '.limit.by', /a list of dimensions/],
  ['limit: { requests: 5, per: 1m, by: [consumr] }', '.limit.by[0]', /did you mean consumer\?/],
  ['limit: { requests: 5, per: 1m, by: [project] }', '.limit.by[0]', /did you mean tag\.project\?/],
  ['limit: { requests: 5, per: 1m, by: [model, model] }', '.limit.by[1]', /second time/],
  ['limit: { requests: 5, per: 1m, by: [header.X-A, header.x-a] }', '.limit.by[1]', /second time/],
  ['limit: { requests: 5, per: 1m, by: [header.authorization] }', '.limit.by[0]', /credential/],
  ['limit: { requests: 5, per: 1m, by: [header.Cookie] }', '.limit.by[0]', /credential/],
  ['limit: { requests: 5, per: 1m, by: [header.connection] }', '.limit.by[0]', /one connection/],
  ['limit: { requests: 5, per: 1m, by: [header.x-weir-tag-a] }', '.limit.by[0]', /tag\.a/],
  ['limit: { requests: 5, per: 1m, by: ["header.a b"] }', '.limit.by[0]', /name of a header/],
  ['limit: { requests: 5, per: 1m, by: [tag.] }', '.limit.by[0]', /tag\. and a name/],
  ['limit: { requests: 5, per: 1m, by: [5] }', '.limit.by[0]', /the number 5/],
  ['when: 5, deny: {}', '.when', /CEL/],
  ['when: "ai.model ==", deny: {}', '.when', /no CEL/],
  ['unreadable: maybe, deny: {}', '.unreadable', /refuse, pass/],
];

describe('a mistake in a policy', () => {
  for (const [rule, path, ...words] of MISTAKES) {
    it(`is told: ${rule.slice(0, 80)}`, () => {
      const found = errors(`tags: [project]\npolicies: [ { name: p, ${rule} } ]`);
      const problem = found.find(candidate => candidate.path === `policies[0]${path}`);
      expect(problem, JSON.stringify(found)).toBeDefined();
      for (const word of words) expect(problem?.message).toMatch(word);
    });
  }

  it('is told where policies or prices are no list, or have odd entries', () => {
    expect(errors('policies: { a: 1 }')[0]?.message).toMatch(/a list of policies/);
    expect(errors('policies: [ 5, [], null ]').length).toBeGreaterThanOrEqual(2);
    expect(errors('prices: 5')[0]?.message).toMatch(/a list of prices/);
    expect(errors('policies: [ { deny: {} } ]')[0]?.message).toMatch(/policies\[0\]\.name is missing/);
  });

  it('is told of two policies of one name, also where one has other mistakes', () => {
    const text = 'policies:\n  - { name: a, limit: { requests: x, per: 1m } }\n  - { name: a, deny: {} }';
    expect(errors(text).map(({ path, line }) => [path, line])).toEqual([
      ['policies[0].limit.requests', 2],
      ['policies[1].name', 3],
    ]);
  });

  it('hides no other', () => {
    const text = `policies:
  - { name: a, mode: x, when: "foo", limit: { requests: -1, tokens: 1, per: 1x, by: [a, b], cached: 2 }, hold: y }`;
    expect(errors(text).map(({ path }) => path.replace('policies[0].', ''))).toEqual([
      'mode',
      'when',
      'limit.requests',
      'limit.tokens',
      'limit.per',
      'limit.by[0]',
      'limit.by[1]',
      'limit.cached',
      'hold',
    ]);
  });

  it.each([
    ['{ model: m, input: 1 }', 'output', /missing/],
    ['{ input: 1, output: 1 }', 'model', /missing/],
    ['{ model: m, input: -1, output: 1 }', 'input', /-1/],
    ['{ model: m, input: 1000001, output: 1 }', 'input', /1000000/],
    ['{ model: m, input: "0.0000001", output: 1 }', 'input', /6 decimals/],
    ['{ model: m, input: 1, output: 1, cached: 1 }', 'cached', /did you mean cached_input\?|not a known/],
    ['{ model: m, input: 1, output: 1, per_request: 1001 }', 'per_request', /1000/],
    ['{ provider: opnai, model: m, input: 1, output: 1 }', 'provider', /did you mean openai\?/],
  ])('in a price is told: %s', (entry, key, words) => {
    const [problem] = errors(`prices: [ ${entry} ]`);
    expect(problem?.path).toBe(`prices[0].${key}`);
    expect(problem?.message).toMatch(words);
  });
});

describe('an error inside an expression', () => {
  /** The text stands at the error's place. */
  function at(text: string): string {
    const [problem] = errors(text);
    const line = text.split('\n')[(problem?.line ?? 0) - 1] ?? '';
    return line.slice((problem?.column ?? 0) - 1);
  }

  it.each([
    ['plain', 'policies: [ { name: p, deny: {}, when: ai.stream && WRONG } ]'],
    ['in single quotes', `policies: [ { name: p, deny: {}, when: 'request.path == "it''s" && WRONG' } ]`],
    [
      'in double quotes',
      'policies: [ { name: p, deny: {}, when: "ai.model == \\"a\\\\n\\\\u00e9 \\u00e9\\" && WRONG" } ]',
    ],
    [
      'a literal block',
      'policies:\n  - name: p\n    deny:\n    when: |\n      ai.stream\n\n        && WRONG\n',
    ],
    [
      'a folded block',
      'policies:\n  - name: p\n    deny:\n    when: >2- # why\n      ai.stream &&\n\n      WRONG\n',
    ],
    [
      'a quoted text of many lines',
      'policies:\n  - name: p\n    deny:\n    when: "ai.stream\n      && \\\n      WRONG"\n',
    ],
    [
      'a plain text of many lines',
      'policies:\n  - name: p\n    deny:\n    when: ai.stream\n      &&\n      WRONG\n',
    ],
    ['behind an anchor', 'policies:\n  - name: p\n    deny:\n    when: &x ai.stream && WRONG\n'],
  ])('is shown at its own place in %s', (_style, text) => {
    expect(at(text).startsWith('WRONG')).toBe(true);
  });

  it('at the end of the expression is shown behind it', () => {
    const text = `policies: [ { name: p, deny: {}, when: 'ai.model ==' } ]`;
    expect(at(text)).toBe(`' } ]`);
  });

  it('is shown at the beginning where a variable was put in', () => {
    expect(at(`policies: [ { name: p, deny: {}, when: 'ai.model == "\${NAME}" && WRONG' } ]`)).toMatch(
      /^'ai\.model/,
    );
  });

  it('names the character, for texts that stand nowhere else', () => {
    const [problem] = errors(`policies: [ { name: p, deny: {}, when: 'ai.stream && WRONG' } ]`);
    expect(problem?.message).toMatch(/^policies\[0\]\.when at character 14: WRONG is not known/);
  });
});
