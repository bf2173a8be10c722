// A lower bound on the output, written into requests as they came: nothing else in them changes, and none escapes it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { withOutputBound } from '../../src/pipeline/output-bound.js';

const bounded = (body: string, api: ApiName, tokens = 100, plain = false): string | null =>
  withOutputBound(Buffer.from(body), api, tokens, plain)?.toString() ?? null;

describe('withOutputBound', () => {
  it.each<[ApiName, string, string]>([
    ['openai.chat', '{ "max_tokens": 500, "model": "m" }', '{ "max_tokens": 100, "model": "m" }'],
    ['openai.chat', '{"max_completion_tokens":1e9}', '{"max_completion_tokens":100}'],
    [
      'openai.responses',
      '{"input":"x","max_output_tokens":101\n}',
      '{"input":"x","max_output_tokens":100\n}',
    ],
    ['openai.completions', '{"max_tokens":-1}', '{"max_tokens":100}'],
    ['anthropic.messages', '{"max_tokens":"500"}', '{"max_tokens":100}'],
    ['anthropic.complete', '{"max_tokens_to_sample":null}', '{"max_tokens_to_sample":100}'],
    [
      'gemini.generate',
      '{"generationConfig":{"maxOutputTokens":7000,"topK":1}}',
      '{"generationConfig":{"maxOutputTokens":100,"topK":1}}',
    ],
    [
      'gemini.generate',
      '{"generation_config":{"max_output_tokens":7000}}',
      '{"generation_config":{"max_output_tokens":100}}',
    ],
    ['bedrock.converse', '{"inferenceConfig":{"maxTokens":101}}', '{"inferenceConfig":{"maxTokens":100}}'],
    [
      'bedrock.invoke',
      '{"textGenerationConfig":{"maxTokenCount":101}}',
      '{"textGenerationConfig":{"maxTokenCount":100}}',
    ],
    ['cohere.chat', '{"max_tokens":101}', '{"max_tokens":100}'],
    ['ollama.chat', '{"options":{"num_predict":-2}}', '{"options":{"num_predict":100}}'],
  ])('lowers what stands there (%s %s)', (api, body, expected) => {
    expect(bounded(body, api)).toBe(expected);
  });

  it.each<[ApiName, string, string]>([
    ['openai.chat', '{"model":"m"}', '{"max_completion_tokens":100,"model":"m"}'],
    ['openai.chat', ' { } ', ' {"max_completion_tokens":100 } '],
    ['anthropic.messages', '{"a":1}', '{"max_tokens":100,"a":1}'],
    ['gemini.generate', '{"contents":[]}', '{"generationConfig":{"maxOutputTokens":100},"contents":[]}'],
    ['gemini.generate', '{"generationConfig": {}}', '{"generationConfig": {"maxOutputTokens":100}}'],
    ['gemini.generate', '{"generationConfig": null}', '{"generationConfig": {"maxOutputTokens":100}}'],
    ['bedrock.converse', '{"inferenceConfig":{"topP":1}}', '{"inferenceConfig":{"maxTokens":100,"topP":1}}'],
    ['ollama.generate', '{"options":{}}', '{"options":{"num_predict":100}}'],
  ])('puts one in where none stands (%s %s)', (api, body, expected) => {
    expect(bounded(body, api)).toBe(expected);
  });

  it('knows that providers beside OpenAI want max_tokens', () => {
    expect(bounded('{"model":"m"}', 'openai.chat', 9, true)).toBe('{"max_tokens":9,"model":"m"}');
    expect(bounded('{"max_completion_tokens":10}', 'openai.chat', 9, true)).toBe(
      '{"max_completion_tokens":9}',
    );
  });

  it('leaves lower bounds and everything else byte for byte', () => {
    const body =
      '{"max_tokens":99.0, "x":"{\\"max_tokens\\":5000}","n":{"max_tokens":5000},"b":[{"max_tokens":1e5}]}';
    expect(bounded(body, 'openai.chat')).toBe(body);
  });

  it('finds names that stand twice or are written with escapes, whichever the provider takes', () => {
    expect(bounded('{"max_tokens":1,"max\\u005ftokens":900}', 'openai.chat')).toBe(
      '{"max_tokens":1,"max\\u005ftokens":100}',
    );
    expect(
      bounded('{"generationConfig":{"maxOutputTokens":5},"generationConfig":{}}', 'gemini.generate'),
    ).toBe('{"generationConfig":{"maxOutputTokens":5},"generationConfig":{"maxOutputTokens":100}}');
    expect(bounded('{"options":{"num_predict":5},"options":null}', 'ollama.chat')).toBe(
      '{"options":{"num_predict":5},"options":{"num_predict":100}}',
    );
  });

  it('has no place for it in other apis', () => {
    expect(bounded('{}', 'openai.embeddings')).toBeNull();
    expect(bounded('{"prompt":"x"}', 'bedrock.invoke')).toBeNull();
  });

  it('bounds any JSON, and changes nothing else of what it means', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const key = fc.oneof(fc.constantFrom('options', 'model', 'messages', 'num_predict'), fc.string());
    const bodies = fc
      .dictionary(key, value)
      .chain(object => fc.record({ object: fc.constant(object), indent: fc.constantFrom(0, 1, '\t') }));
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 1000 }), ({ object, indent }, tokens) => {
        const text = bounded(JSON.stringify(object, null, indent), 'ollama.chat', tokens) ?? '';
        const { options, ...rest } = JSON.parse(text) as { options: Record<string, unknown> };
        const { options: before, ...expected } = JSON.parse(JSON.stringify(object)) as Record<
          string,
          unknown
        >;
        expect(rest).toEqual(expected);
        const { num_predict: bound, ...others } = options;
        expect(bound).toSatisfy(one => typeof one === 'number' && one > 0 && one <= tokens);
        const kept = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {};
        expect(others).toEqual(
          Object.fromEntries(Object.entries(kept).filter(([name]) => name !== 'num_predict')),
        );
      }),
      { numRuns: 300 },
    );
  });
});
