// What expressions mean: each with its result on one request (facts.ts), and what each reads.
import { describe, expect, it } from 'vitest';
import type { When } from '../../src/when/facts.js';
import { compileWhen } from '../../src/when/when.js';
import { whenFacts } from './facts.js';

function compiled(source: string): When {
  const result = compileWhen(source);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.when;
}

const RESULTS: readonly (readonly [string, 'true' | 'false' | 'error'])[] = [
  // The contract's own.
  ['ai.api == "openai.images"', 'false'],
  ['ai.api == "openai.chat"', 'true'],
  ['consumer.tags["tier"] == "gold" && ai.input_tokens > 1000', 'true'],
  ['request.path.startsWith("/v1/")', 'true'],
  ['"image" in ai.modalities', 'true'],
  // Absent keys read as "".
  ['request.headers["x-none"] == ""', 'true'],
  ['request.headers["x-team"] == "blue"', 'true'],
  ['request.headers["x-" + "team"] == "blue"', 'true'],
  ['consumer.tags.tier == "gold"', 'true'],
  ['consumer.tags.region == ""', 'true'],
  ['"tier" in consumer.tags', 'true'],
  ['"region" in consumer.tags', 'false'],
  ['"x-none" in request.headers', 'false'],
  ['has(consumer.tags.tier) && !has(consumer.tags.region)', 'true'],
  // Unknown numbers are null.
  ['ai.max_output_tokens == null', 'true'],
  ['ai.input_tokens != null', 'true'],
  ['null == ai.max_output_tokens', 'true'],
  ['ai.max_output_tokens == 5', 'false'],
  ['has(ai.input_tokens) && !has(ai.max_output_tokens)', 'true'],
  ['ai.max_output_tokens > 100', 'error'],
  ['100 < ai.max_output_tokens', 'error'],
  ['ai.max_output_tokens + 1 == 1', 'error'],
  ['-ai.max_output_tokens < 0', 'error'],
  ['string(ai.max_output_tokens) == ""', 'error'],
  ['ai.max_output_tokens == null || ai.max_output_tokens > 100', 'true'],
  ['ai.max_output_tokens in [1, 2]', 'false'],
  ['ai.tools in [0, 1]', 'true'],
  // One decisive side decides, also where the other fails.
  ['ai.max_output_tokens > 100 || true', 'true'],
  ['true || ai.max_output_tokens > 100', 'true'],
  ['ai.max_output_tokens > 100 && false', 'false'],
  ['ai.max_output_tokens > 100 && true', 'error'],
  ['ai.max_output_tokens > 100 || false', 'error'],
  ['ai.stream ? true : ai.max_output_tokens > 100', 'true'],
  // Numbers.
  ['ai.input_tokens > 1999.5', 'true'],
  ['7 / 2 == 3 && -7 / 2 == -3 && 7 % 4 == 3 && -7 % 4 == -3', 'true'],
  ['7.0 / 2.0 == 3.5', 'true'],
  ['ai.input_tokens / ai.tools == 1', 'error'],
  ['1 % ai.tools == 1', 'error'],
  ['ai.input_tokens * 9007199254740991 > 0', 'error'],
  ['int("42") == 42 && int(2.9) == 2 && double("1.5") == 1.5 && double(2) == 2.0', 'true'],
  ['int(request.path) == 1', 'error'],
  ['string(ai.input_tokens) == "2000"', 'true'],
  // Texts.
  ['ai.model.contains("4o") && ai.model.endsWith("o") && !ai.model.startsWith("o")', 'true'],
  ['" ÄbC ".trim().lowerAscii() == "Äbc" && "äb".upperAscii() == "äB"', 'true'],
  ['size("a😀b") == 3 && "".size() == 0', 'true'],
  ['"abc" < "abd" && "b" >= "a"', 'true'],
  ['request.path.matches("^/v1/(chat|responses)")', 'true'],
  ['matches(ai.model, "4")', 'true'],
  ['ai.model.matches("(?i)^GPT-[0-9]+O$")', 'true'],
  ['ai.model.matches(r"^\\d")', 'false'],
  // Lists.
  ['ai.modalities == ["text", "image"]', 'true'],
  ['ai.modalities != ["text"]', 'true'],
  ['ai.modalities[0] == "text" && size(ai.modalities) == 2', 'true'],
  ['ai.modalities[2] == "x"', 'error'],
  ['ai.modalities[-1] == "x"', 'error'],
  ['ai.modalities.exists(m, m == "image") && ai.modalities.all(m, size(m) > 3)', 'true'],
  ['ai.modalities.exists_one(m, m == "image")', 'true'],
  ['ai.modalities.filter(m, m != "text") == ["image"]', 'true'],
  ['ai.modalities.map(m, m + "s") == ["texts", "images"]', 'true'],
  ['ai.modalities.map(m, m == "text", size(m)) == [4]', 'true'],
  ['ai.modalities.exists(m, ai.max_output_tokens > 5 || m == "image")', 'true'],
  ['ai.modalities.all(m, ai.max_output_tokens > 5 && m == "image")', 'false'],
  ['ai.modalities.all(m, ["text", "image"].exists(n, n == m))', 'true'],
  ['!(ai.api in ["openai.images", "openai.audio"])', 'true'],
  ['ai.model in ["a", consumer.name, "gpt-4o"]', 'true'],
  ['[] == ai.modalities.filter(m, false)', 'true'],
  ['request["method"] == "POST" // the same as request.method', 'true'],
];

describe('an expression', () => {
  it.each(RESULTS)('%s is %s', (source, result) => {
    const when = compiled(source);
    expect([when.test(whenFacts()), when.lastError]).toEqual([
      result,
      result === 'error' ? expect.stringMatching(/./) : null,
    ]);
  });

  it('says what failed, and forgets it at the next request', () => {
    const when = compiled('ai.input_tokens > 1000');
    expect(when.test(whenFacts({ inputTokens: null }))).toBe('error');
    expect(when.lastError).toBe('ai.input_tokens is not known for this request');
    expect(when.test(whenFacts())).toBe('true');
    expect(when.lastError).toBeNull();
  });

  it('never throws, whatever the facts do', () => {
    const when = compiled('request.headers["x"] == ""');
    const header = (): string => {
      throw new Error('the head is gone');
    };
    expect(when.test({ ...whenFacts(), header })).toBe('error');
    expect(when.lastError).toBe('the head is gone');
  });

  it('knows what it needs of a request', () => {
    const needs = (source: string): boolean[] => {
      const { usesBody, usesTokens, usesTarget } = compiled(source);
      return [usesBody, usesTokens, usesTarget];
    };
    expect(needs('request.method == "GET" && consumer.name != ""')).toEqual([false, false, false]);
    expect(needs('ai.provider == "openai" || ai.api == "x"')).toEqual([false, false, true]);
    expect(needs('ai.model == "gpt-4o"')).toEqual([true, false, true]);
    expect(needs('"image" in ai.modalities')).toEqual([true, false, false]);
    expect(needs('ai.stream || ai.tools > 0')).toEqual([true, false, false]);
    expect(needs('has(ai.input_tokens)')).toEqual([true, true, false]);
    expect(needs('ai["input_tokens"] != null')).toEqual([true, true, false]);
  });

  it('tells its result at load where it asks for nothing', () => {
    expect(compiled('true').constant).toBe('true');
    expect(compiled('1 > 2').constant).toBe('false');
    expect(compiled('1 / 0 == 1').constant).toBe('error');
    expect(compiled('ai.model == ""').constant).toBeNull();
    expect(compiled('"a" in request.headers').constant).toBeNull();
  });
});
