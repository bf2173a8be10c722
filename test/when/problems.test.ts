// What is refused at load, with its place in the expression; and the bounds that keep every evaluation short.
import { describe, expect, it } from 'vitest';
import { compileWhen } from '../../src/when/when.js';
import { whenFacts } from './facts.js';

/** [expression, the text that the problem stands at ('' = the end), words of the message] */
const REFUSED: readonly (readonly [string, string, ...RegExp[]])[] = [
  ['consumr.name == "a"', 'consumr', /did you mean consumer\?/, /request, ai, consumer/],
  ['ai.modle == "a"', 'modle', /ai\.modle is not known/, /did you mean ai\.model\?/],
  ['ai.model.nam == "a"', 'nam', /no field nam/],
  ['ai["modle"] == "a"', 'ai["modle"]', /did you mean ai\.model/],
  ['request == request', 'request', /no value by itself/, /request\.path/],
  ['size(request.headers) > 1', 'headers', /request\.headers\["x-name"\]/],
  ['consumer.tags.all(t, t == "a")', 'tags', /consumer\.tags\["name"\]/],
  ['ai.model.startWith("a")', 'startWith', /did you mean \.startsWith\(\)\?/],
  ['length(ai.model) > 1', 'length(ai.model)', /length\(\) is not known/, /size/],
  ['cel.bind(x, 1, x == 1)', 'bind', /not known/],
  ['ai.input_tokens > "1000"', 'ai.input_tokens > "1000"', /int or null > string/],
  ['request.method == null', 'request.method == null', /string == null/],
  ['ai.model == 4', 'ai.model == 4', /string == int/],
  ['ai.stream == "true"', 'ai.stream == "true"', /bool == string/],
  ['consumer.tags.tier > 5', 'consumer.tags.tier > 5', /string > int/],
  ['ai.model && true', 'ai.model && true', /bool operands/],
  ['!ai.tools', '!ai.tools', /int or null/],
  ['5 in ai.modalities', '5 in ai.modalities', /int in list<string>/],
  ['ai.model', 'ai.model', /the result is string; allowed: bool/],
  ['ai.input_tokens', 'ai.input_tokens', /the result is int or null/],
  ['ai.model == ', '', /no CEL/, /EOF/],
  ['ai.model = "a"', '=', /no CEL/],
  ['', '', /no CEL/],
  ['ai.model.matches("(a")', '"(a"', /missing closing \)/],
  ['ai.model.matches("(?=a)")', '"(?=a)"', /RE2/],
  ['ai.model.matches(r"(a)\\1")', 'r"(a)\\1"', /RE2/],
  ['ai.model.matches("(a{100}){20}")', '"(a{100}){20}"', /RE2|steps/],
  ['ai.model.matches(request.path)', 'path', /text in quotes/],
  ['{"a": true}[ai.model]', '{"a": true}', /a map stands here/],
  ['b"a" == b"a"', 'b"a"', /bytes/],
  ['5u == 5u', '5u', /unsigned/],
  ['ai.tools < 9007199254740993', '9007199254740993', /too large/],
  ['ai.modalities.exists(ai, ai == "a")', 'ai, ai', /the name ai is taken/],
  ['has(ai)', 'has', /has\(\)/],
  ['has(ai.modle)', 'modle', /did you mean ai\.model/],
];

describe('a wrong expression', () => {
  for (const [source, place, ...words] of REFUSED) {
    it(`is refused: ${source}`, () => {
      const result = compileWhen(source);
      const first = result.ok ? undefined : result.problems[0];
      for (const word of words) expect(first?.message).toMatch(word);
      if (place === '') expect(first?.offset).toBe(source.length);
      else expect(source.slice(first?.offset).startsWith(place)).toBe(true);
    });
  }

  it('has all its unknown names reported at once', () => {
    const result = compileWhen('ai.modle == "a" && consumr.name == "b" && ai.model.foo()');
    expect(result.ok ? [] : result.problems.map(problem => problem.offset)).toEqual([3, 19, 51]);
  });

  it('is warned about where a header can never be present', () => {
    const warned = (source: string): string[] => {
      const result = compileWhen(source);
      return result.ok ? result.warnings.map(warning => warning.message) : ['refused'];
    };
    expect(warned('request.headers["X-Team"] == ""')[0]).toMatch(/write "x-team"/);
    expect(warned('request.headers.authorization == ""')[0]).toMatch(/credential/);
    expect(warned('request.headers["x-team"] == ""')).toEqual([]);
  });
});

describe('the bounds of an expression', () => {
  const refusal = (source: string): string => {
    const result = compileWhen(source);
    return result.ok ? '' : (result.problems[0]?.message ?? '');
  };
  const chain = (terms: number): string => Array.from({ length: terms }, () => 'ai.stream').join(' && ');

  it('holds its length', () => {
    const padded = (length: number): string => 'true'.padEnd(length);
    expect(refusal(padded(4096))).toBe('');
    expect(refusal(padded(4097))).toMatch(/4097 characters; allowed: up to 4096/);
  });

  it('holds its depth and its parts, and runs what is within', () => {
    expect(refusal(`${'('.repeat(40)}true${')'.repeat(40)}`)).toMatch(/no CEL/);
    const result = compileWhen(chain(300));
    expect(result.ok && result.when.test(whenFacts())).toBe('true');
    expect(refusal(`[${'1,'.repeat(600)}1] == [1]`)).toMatch(/no CEL/);
  });

  it('multiplies what comprehensions in comprehensions can cost', () => {
    const ten = '[0,1,2,3,4,5,6,7,8,9]';
    expect(refusal(`${ten}.all(a, ${ten}.all(b, a + b >= 0))`)).toBe('');
    expect(refusal(`${ten}.all(a, ${ten}.all(b, ${ten}.all(c, a + b + c >= 0)))`)).toMatch(/steps; allowed/);
    const modalities =
      'ai.modalities.all(a, ai.modalities.all(b, ai.modalities.all(c, ai.modalities.all(d, a + b + c != d))))';
    expect(refusal(modalities)).toMatch(/steps; allowed/);
    expect(refusal(`[${ten},${ten}].all(a, a.all(b, a.all(c, a.all(d, b + c + d >= 0))))`)).toMatch(/steps/);
    expect(refusal(`${ten}.all(a, ai.model.matches("a"))`)).toBe('');
    expect(refusal(`${ten}.all(a, ai.model.matches("a") || ai.model.matches("b"))`)).toMatch(/steps/);
    expect(refusal(`${ten}.all(a, ${ten}.all(b, ai.model.contains("x") || ai.model.contains("y")))`)).toMatch(
      /steps/,
    );
    expect(refusal(`${ten}.all(a, ${ten}.all(b, ai.model.matches("x")))`)).toMatch(/steps/);
  });

  it('lets no text grow without end', () => {
    const doubled = '.map(x, x + x)'.repeat(20);
    const result = compileWhen(`["${'a'.repeat(60)}"]${doubled} == [""]`);
    expect(result.ok && result.when.test(whenFacts())).toBe('error');
  });

  it('matches a text in time that grows with its length only', () => {
    const result = compileWhen('request.path.matches("^(a+)+$")');
    if (!result.ok) throw new Error('refused');
    expect(result.when.test(whenFacts({ path: `${'a'.repeat(20_000)}!` }))).toBe('false');
    expect(result.when.test(whenFacts({ path: 'a'.repeat(600_000) }))).toBe('error');
    expect(result.when.lastError).toMatch(/more than \d+ characters/);
  });

  it('searches for short texts only', () => {
    const result = compileWhen('request.path.contains(request.headers["x"])');
    const facts = whenFacts({ path: 'a'.repeat(1000), headers: { x: 'a'.repeat(257) } });
    expect(result.ok && [result.when.test(facts), result.when.lastError]).toEqual([
      'error',
      expect.stringMatching(/256 characters/),
    ]);
  });
});
