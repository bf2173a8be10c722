// Whatever stands in the file, loading answers: a Config or problems, never a throw.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfigText } from '../../src/config/load.js';

const NAMES = [
  'listen',
  'tls',
  'workers',
  'admin',
  'limits',
  'timeouts',
  'providers',
  'consumers',
  'routes',
  'tags',
  'openai',
  'bedrock',
  'keys',
  'name',
  'sha256',
  'expires',
  'models',
  'match',
  'targets',
  'provider',
  'model',
  'headers',
  'kind',
  'base_url',
  'proxy',
  'cors',
  'origins',
  '__proto__',
  'constructor',
  'toString',
  'policies',
  'token',
  'cert',
  'region',
];
const WORDS = [
  'simulator:',
  '127.0.0.1:1',
  'http://x',
  'auto',
  '5s',
  '1MiB',
  'allow',
  `\${X}`,
  `$\${`,
  `\${`,
  '*',
  'openai',
  '',
];

const POLICY_NAMES = [
  ...[
    'name',
    'mode',
    'when',
    'deny',
    'limit',
    'budget',
    'cap',
    'plugin',
    'hold',
    'overrun',
    'unmetered',
    'unpriced',
  ],
  ...[
    'unreadable',
    'status',
    'message',
    'requests',
    'tokens',
    'input_tokens',
    'output_tokens',
    'concurrent',
    'usd',
  ],
  ...[
    'per',
    'burst',
    'by',
    'cached',
    'over',
    'model',
    'input',
    'output',
    'provider',
    '__proto__',
    'constructor',
  ],
];
const POLICY_WORDS = [
  ...[
    '1m',
    'day',
    '30d',
    'month',
    '0',
    '1',
    '600',
    '-3',
    '0.5',
    '1e12',
    'likely',
    'worst',
    'stop',
    'refuse',
    'pass',
  ],
  ...[
    'lower',
    'shadow',
    'consumer',
    'tag.a',
    'header.x',
    'header.cookie',
    'true',
    'ai.stream',
    'ai.model == "a"',
  ],
  ...['ai.modle', '1 +', 'ai.model.matches("(")', '', '${', 'openai'],
];

function outcome(text: string): 'config' | 'problems' {
  const loaded = loadConfigText(text, 'weir.yaml', { X: 'x' });
  if (loaded.ok) return 'config';
  expect(loaded.problems.length).toBeGreaterThan(0);
  for (const problem of loaded.problems) {
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.column).toBeGreaterThan(0);
    expect(problem.message).not.toBe('');
  }
  return 'problems';
}

const leaf = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), tie('tree')), { maxLength: 5 }).map(pairs => new Map(pairs)),
  ),
}));

describe('loading a configuration', () => {
  it('answers for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => outcome(text) !== null),
      {
        numRuns: 500,
      },
    );
  });

  it('answers for any text of YAML signs', () => {
    const unit = fc.constantFrom(...'{}[]:,-?&*!|>\'"%@`#~ \n\t\0ab0$');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), text => outcome(text) !== null),
      { numRuns: 2000 },
    );
  });

  it('answers for a key that is called as what objects have by themselves', () => {
    for (const text of [
      'workers: { constructor: { name: [ {} ] } }',
      'listen: { constructor: { name: { a: 1 } } }',
    ])
      expect(outcome(text)).not.toBeNull();
  });

  it('answers for any tree of known names and odd values', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...NAMES), tree), { maxLength: 6 }), pairs => {
        return outcome(stringify(new Map(pairs))) !== null;
      }),
      { numRuns: 1500 },
    );
  });

  it('answers for any policies, and leaves none out without a word', () => {
    const name = fc.constantFrom(...POLICY_NAMES);
    const value = fc.oneof(fc.constantFrom(...POLICY_WORDS), fc.integer(), fc.constant(null), fc.string());
    const flat = fc.oneof(
      value,
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(name, value, { maxKeys: 4 }),
    );
    const right = fc.constantFrom<object>(
      { deny: null },
      { limit: { requests: 5, per: '1m' } },
      { limit: { concurrent: 5 } },
      { budget: { usd: 5, per: 'day', by: ['consumer'] } },
      { cap: { input_tokens: 5 } },
    );
    const odd = fc.dictionary(name, flat, { maxKeys: 2 });
    const nested = fc.tuple(fc.constantFrom('deny', 'limit', 'budget', 'cap'), odd);
    const entry = fc.oneof(
      flat,
      right,
      fc.tuple(right, odd).map(([rule, change]) => ({ ...rule, ...change })),
      fc.tuple(right, nested).map(([rule, [key, change]]) => ({ ...rule, [key]: change })),
    );
    let loaded = 0;
    const property = fc.property(fc.array(entry, { maxLength: 2 }), entry, (policies, price) => {
      const named = policies.map((policy, i) =>
        typeof policy === 'object' && policy !== null && !Array.isArray(policy)
          ? { ...policy, name: `p${i}` }
          : policy,
      );
      expect(outcome(stringify({ prices: [price] }))).toMatch(/config|problems/);
      const result = loadConfigText(stringify({ policies: named }), 'weir.yaml', {});
      if (!result.ok) return result.problems.length > 0;
      loaded += named.length;
      return result.config.policies.length === named.length;
    });
    fc.assert(property, { numRuns: 1000 });
    expect(loaded).toBeGreaterThan(100);
  });

  it.each([
    ['brackets', '['.repeat(20_000)],
    ['braces', '{a: '.repeat(20_000)],
    ['indents', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['list in list', '- '.repeat(5000)],
    [
      'growing aliases',
      `a0: &a0 [1]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
    ],
    ['an alias to itself', 'a: &a [*a]'],
    ['a byte-order mark alone', '\uFEFF'],
    ['NUL', '\0'],
  ])('answers for %s', (_what, text) => {
    expect(outcome(text)).toMatch(/config|problems/);
  });
});
