// Head and body put together: which of them counts for each field, and what absence means.
import { describe, expect, test } from 'vitest';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { identify } from '../../src/pipeline/identification.js';
import { identifyHead, type RequestHead } from '../../src/provider/identify-head.js';

const kernel = ClassifyKernel.load();

function identified(path: string, body: string | null, more: Partial<RequestHead> = {}) {
  const own = { method: 'POST', host: null, provider: null, kind: null, query: '', header: () => null };
  return identify(
    identifyHead({ ...own, path, ...more }),
    body === null ? null : kernel.scanWhole(Buffer.from(body)),
  );
}

describe('identify', () => {
  test('takes the model of the path over the body’s, because the provider goes by the path', () => {
    expect(identified('/model/a/converse', '{"model":"b","messages":[]}').model).toBe('a');
    expect(identified('/openai/deployments/d/chat/completions', '{"model":"b"}').model).toBe('d');
    expect(identified('/v1/chat/completions', '{"model":"b"}').model).toBe('b');
  });

  test.each([
    ['/v1/chat/completions', '{"stream":true}', true],
    ['/v1/chat/completions', '{}', false],
    ['/v1/chat/completions', '{"stream":null}', false],
    ['/api/chat', '{}', true],
    ['/api/generate', '{"stream":false}', false],
    ['/api/embed', '{}', false],
    ['/v1beta/models/m:streamGenerateContent', '{"stream":false}', true],
    ['/model/m/invoke', '{"stream":true}', false],
    ['/v1/chat/completions', null, null],
    ['/v1/chat/completions', '{"stream":true', null],
  ])('says whether %s with %s streams: %s', (path, body, stream) => {
    expect(identified(path, body).stream).toBe(stream);
  });

  test('counts no tools as none where tools could stand, else leaves them unknown', () => {
    expect(identified('/v1/messages', '{}').tools).toBe(0);
    expect(identified('/v1/embeddings', '{}').tools).toBe(null);
    expect(identified('/v1/messages', null).tools).toBe(null);
  });

  test('tells nothing of a body that cannot be read, and keeps what the head tells', () => {
    const ai = identified('/v1/messages', '{"model":"a","messages":[}');
    expect(ai).toMatchObject({
      isAi: true,
      api: 'anthropic.messages',
      model: null,
      messages: null,
      modalities: [],
    });
    expect(ai.evidence.map(({ field }) => field)).toEqual(['api']);
  });

  test('says nothing of the body of traffic that is not AI', () => {
    const ai = identified('/collect', '{"model":"a","messages":[]}');
    expect(ai).toMatchObject({ isAi: false, api: 'none', model: null, messages: null, evidence: [] });
  });

  test.each([
    ['/v1/chat', '{"model":"c","message":"hi"}', 'cohere.chat'],
    ['/v1/chat', '{"model":"p","messages":[]}', 'openai.chat'],
    ['/v1/chat', '{"model":"p","messages":[],"message":"hi"}', 'cohere.chat'],
    ['/v2/chat', '{"model":"c","messages":[]}', 'cohere.chat'],
    ['/serving-endpoints/e/invocations', '{"messages":[]}', 'openai.chat'],
    ['/serving-endpoints/e/invocations', '{"inputs":[]}', 'other'],
    ['', '{"model":"m","messages":[]}', 'openai.chat'],
    ['', '{"messages":[],"inferenceConfig":{}}', 'bedrock.converse'],
    ['', '{"messages":[],"anthropic_version":"v"}', 'anthropic.messages'],
    ['', '{"contents":[]}', 'gemini.generate'],
    ['', '{"jsonrpc":"2.0","method":"m"}', 'none'],
  ])('calls %j with %s %s', (path, body, api) => {
    expect(identified(path, body).api).toBe(api);
  });

  test('a new answer each time, so that the pipeline may fill it in', () => {
    const first = identified('/v1/messages', '{}');
    first.modelServed = 'served';
    expect(identified('/v1/messages', '{}').modelServed).toBe(null);
  });
});
