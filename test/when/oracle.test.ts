// Our evaluation of expressions equals the library's own, wherever both give a meaning: over random expressions and requests
// in which nothing is absent or unknown, as the library has no such values.
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWhen } from '../../src/when/when.js';
import { whenFacts } from './facts.js';

const text = fc.constantFrom(
  '"a"',
  '"text"',
  '"image"',
  '"gpt-4o"',
  '""',
  '"é😀"',
  'ai.model',
  'request.path',
  'consumer.tags["tier"]',
  'request.headers["x-team"]',
);
const whole = fc.constantFrom('0', '1', '-2', '7', '2000', '9007199254740991', 'ai.input_tokens', 'ai.tools');
const list = fc.constantFrom(
  'ai.modalities',
  '["text", "a"]',
  '["image"]',
  'ai.modalities.filter(m, m != "text")',
  'ai.modalities.map(m, m + "!")',
);
const relation = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

const { condition } = fc.letrec<{ condition: string; number: string; string: string }>(tie => ({
  number: fc.oneof(
    { maxDepth: 3 },
    whole,
    text.map(of => `size(${of})`),
    list.map(of => `${of}.size()`),
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    // Not of an empty text, of which the library makes 0.
    fc.constantFrom('int(ai.model)', 'int(request.path)'),
  ),
  string: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.tuple(tie('string'), tie('string')).map(([a, b]) => `(${a} + ${b})`),
    tie('string').map(of => `${of}.trim()`),
    tie('number').map(of => `string(${of})`),
    fc.tuple(list, fc.constantFrom('0', '1', '2', '-1')).map(([of, index]) => `${of}[${index}]`),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('true', 'false', 'ai.stream'),
    fc.tuple(tie('string'), relation, tie('string')).map(parts => parts.join(' ')),
    fc.tuple(tie('number'), relation, tie('number')).map(parts => parts.join(' ')),
    fc
      .tuple(tie('string'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('string'))
      .map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie('string'), list).map(parts => parts.join(' in ')),
    fc.tuple(list, fc.constantFrom('==', '!='), list).map(parts => parts.join(' ')),
    fc
      .tuple(list, fc.constantFrom('all', 'exists', 'exists_one'), relation, tie('string'))
      .map(([of, macro, op, b]) => `${of}.${macro}(m, m ${op} ${b})`),
    fc.tuple(list, tie('condition')).map(([of, inner]) => `${of}.exists(n, n == "text" && (${inner}))`),
    tie('condition').map(of => `!(${of})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc
      .tuple(tie('condition'), tie('condition'), tie('condition'))
      .map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
  ),
}));

const requests = fc.record({
  model: fc.constantFrom('gpt-4o', 'a', 'image', '12', ' x '),
  path: fc.constantFrom('/v1/chat', 'text', '7'),
  stream: fc.boolean(),
  inputTokens: fc.constantFrom(0, 1, 7, 2000),
  tools: fc.constantFrom(0, 3),
  modalities: fc.subarray(['text', 'image', 'audio'], { minLength: 1 }),
});

const library = new Environment()
  .registerVariable('ai', {
    schema: {
      model: 'string',
      stream: 'bool',
      input_tokens: 'int',
      tools: 'int',
      modalities: 'list<string>',
    },
  })
  .registerVariable('request', { schema: { path: 'string', headers: 'map<string, string>' } })
  .registerVariable('consumer', { schema: { tags: 'map<string, string>' } });

/** Beyond 2^53 ours is an error where the library goes on to 2^63. */
const WIDE = /9007199254740991|\*/;

describe('an evaluation', () => {
  it('equals the library’s', () => {
    const seen = { true: 0, false: 0, error: 0 };
    const property = fc.property(condition, requests, (source, request) => {
      const ours = compileWhen(source);
      if (!ours.ok) return /steps/.test(ours.problems[0]?.message ?? '') || !library.check(source).valid;
      const facts = whenFacts(request);
      const { model, stream, inputTokens, tools, modalities, path } = request;
      const context = {
        ai: { model, stream, input_tokens: BigInt(inputTokens), tools: BigInt(tools), modalities },
        request: { path, headers: { 'x-team': facts.header('x-team') } },
        consumer: { tags: { tier: facts.tag('tier') } },
      };
      let theirs: string;
      try {
        theirs = String(library.evaluate(source, context));
      } catch {
        theirs = 'error';
      }
      const result = ours.when.test(facts);
      seen[result]++;
      return result === theirs || (result === 'error' && WIDE.test(source));
    });
    fc.assert(property, { numRuns: 4000 });
    // The comparison says little where one result is rare.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200);
  });
});
