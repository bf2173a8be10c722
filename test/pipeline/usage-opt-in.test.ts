// Asking for usage on the caller's behalf: when, and that nothing else of the body changes.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import type { BodyFacts } from '../../src/core/body-facts.js';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { addIncludeUsage, wantsUsageOptIn } from '../../src/pipeline/usage-opt-in.js';

const classify = ClassifyKernel.load();
const factsOf = (body: string): BodyFacts => classify.scanWhole(Buffer.from(body));

describe('Weir asks for usage', () => {
  const streaming = factsOf('{"model":"m","stream":true}');

  it.each<['auto' | 'always' | 'never', boolean, ApiName, boolean]>([
    ['auto', true, 'openai.chat', true],
    ['auto', true, 'openai.completions', true],
    ['auto', false, 'openai.chat', false],
    ['always', false, 'openai.chat', true],
    ['never', true, 'openai.chat', false],
    ['always', true, 'openai.responses', false],
    ['always', true, 'anthropic.messages', false],
  ])('mode %s, accepted %s, %s: %s', (mode, accepted, api, wanted) => {
    expect(wantsUsageOptIn(mode, accepted, api, streaming)).toBe(wanted);
  });

  it.each([
    ['does not stream', '{"model":"m","stream":false}', false],
    ['does not say whether it streams', '{"model":"m"}', false],
    ['asks for usage himself', '{"stream":true,"stream_options":{"include_usage":true}}', false],
    ['declines usage', '{"stream":true,"stream_options":{"include_usage":false}}', false],
    ['has other stream options', '{"stream":true,"stream_options":{"include_obfuscation":false}}', true],
    ['is no JSON', '{"stream":true', false],
  ])('a caller who %s', (_, body, wanted) => {
    expect(wantsUsageOptIn('always', true, 'openai.chat', factsOf(body))).toBe(wanted);
  });
});

describe('the option is spliced in', () => {
  it.each([
    ['{"model":"m","stream":true}', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{},"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    [
      '{"stream":true,"stream_options":{"a":1}}\n',
      '{"stream":true,"stream_options":{"include_usage":true,"a":1}}\n',
    ],
    [
      ' {"messages":["é}"],"stream":true }',
      ' {"messages":["é}"],"stream":true ,"stream_options":{"include_usage":true}}',
    ],
  ])('into %s', (body, wanted) => {
    const changed = addIncludeUsage(Buffer.from(body), factsOf(body)).toString();
    expect(changed).toBe(wanted);
    expect(JSON.parse(changed).stream_options.include_usage).toBe(true);
  });
});
