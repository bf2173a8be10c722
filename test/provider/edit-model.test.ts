// Another model in a request's body or path; every other octet stays.
import { beforeAll, describe, expect, it } from 'vitest';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../../src/provider/edit-model.js';

describe('a model in a body', () => {
  let kernel: ClassifyKernel;
  beforeAll(() => {
    kernel = ClassifyKernel.load();
  });
  const edited = (text: string, model: string, shift = 0, front = ''): string => {
    const facts = kernel.scanWhole(Buffer.from(text));
    return replaceBodyModel(Buffer.from(front + text), facts, shift, model).toString();
  };

  it.each([
    ['{"model":"a"}', '{"model":"NEW"}'],
    [' { "x" : "model" , "model"\t:\n"a\\"b" ,"y":1} ', ' { "x" : "model" , "model"\t:\n"NEW" ,"y":1} '],
    ['{"model":"a","m":{"model":"b"},"model":"c"}', '{"model":"a","m":{"model":"b"},"model":"NEW"}'],
    ['{"é":"é","model":"é"}', '{"é":"é","model":"NEW"}'],
    ['{"modelId":"a"}', '{"modelId":"NEW"}'],
  ])('%s', (text, wanted) => {
    expect(edited(text, 'NEW')).toBe(wanted);
  });

  it('is written as JSON wants it', () => {
    const model = 'a"b\\c\n\u0000é\ud83d\ude00';
    expect(JSON.parse(edited('{"model":"x","y":2}', model))).toEqual({ model, y: 2 });
  });

  it('behind an earlier insertion is found by its shift', () => {
    expect(edited('{"model":"a"}', 'NEW', 4, '    ')).toBe('    {"model":"NEW"}');
  });
});

describe('a model in a path', () => {
  it.each([
    ['/v1beta/models/gemini-1:generateContent', 'gemini.generate', '/v1beta/models/N%2F1:generateContent'],
    [
      '/v1beta/tunedModels/t-1:generateContent',
      'gemini.generate',
      '/v1beta/tunedModels/N%2F1:generateContent',
    ],
    [
      '/v1/projects/models/locations/l/publishers/google/models/g:predict',
      'vertex.predict',
      '/v1/projects/models/locations/l/publishers/google/models/N%2F1:predict',
    ],
    ['/model/a.b-v1%3A0/converse', 'bedrock.converse', '/model/N%2F1/converse'],
    ['/model/model/invoke', 'bedrock.invoke', '/model/N%2F1/invoke'],
    ['/openai/deployments/d/chat/completions', 'openai.chat', '/openai/deployments/N%2F1/chat/completions'],
    ['/v1/engines/e/completions', 'openai.completions', '/v1/engines/N%2F1/completions'],
    // As identification reads them: escapes, runs of slashes, an ARN as it is, the last colon.
    ['/openai/d%65ployments//d/embeddings', 'openai.embeddings', '/openai/d%65ployments//N%2F1/embeddings'],
    ['/v1beta/mod%65ls/g%3Acount:x%3aembed', 'gemini.embed', '/v1beta/mod%65ls/N%2F1%3aembed'],
    ['/mod%65l/arn:aws:b:1:p/x/converse', 'bedrock.converse', '/mod%65l/N%2F1/converse'],
  ] as const)('%s (%s)', (path, api, wanted) => {
    expect(modelInPath(path, api)).toBe(true);
    expect(replacePathModel(path, api, 'N/1')).toBe(wanted);
  });

  it('is taken as it is, whatever it holds', () => {
    const model = "$&$1$$ a:b?c#d'";
    const path = replacePathModel('/v1beta/models/x:generateContent', 'gemini.generate', model);
    expect(decodeURIComponent(path.slice('/v1beta/models/'.length).split(':')[0] ?? '')).toBe(model);
    expect(path).toMatch(/^\/v1beta\/models\/[^/?#:]+:generateContent$/);
  });

  it.each([
    '/v1/chat/completions',
    '/v1/models/gpt-4o',
    '/v1/models',
    '/v1beta/models',
    '/v1/models/:x',
    '/deployments',
  ])('is not in %s', path => {
    expect(modelInPath(path, 'openai.chat')).toBe(false);
  });
});
