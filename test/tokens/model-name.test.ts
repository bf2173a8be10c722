// One name for one model, however it is reached.
import { describe, expect, it } from 'vitest';
import { modelName } from '../../src/tokens/model-name.js';

describe('the normalised name of a model', () => {
  it.each([
    ['us.anthropic.claude-3-haiku-20240307-v1:0', 'claude-3-haiku', 'claude'],
    ['claude-3-haiku@20240307', 'claude-3-haiku', 'claude'],
    ['anthropic/claude-3-haiku', 'claude-3-haiku', 'claude'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro', 'gemini'],
    ['google/gemini-2.0-flash-exp:free', 'gemini-2.0-flash-exp', 'gemini'],
    ['publishers/google/models/gemini-2.5-flash', 'gemini-2.5-flash', 'gemini'],
    [
      'arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0',
      'llama3-8b-instruct',
      'llama',
    ],
    ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'llama-3.3-70b-instruct-turbo', 'llama'],
    ['mistral-large-latest', 'mistral-large', 'mistral'],
    ['open-mixtral-8x7b', 'open-mixtral-8x7b', 'mistral'],
    ['moonshotai/Kimi-K2-Instruct-0905:groq', 'kimi-k2-instruct-0905', 'kimi'],
    ['zai-glm-4.7', 'zai-glm-4.7', 'glm'],
    ['ft:gpt-4o-mini-2024-07-18:org::id', 'gpt-4o-mini', 'openai'],
    ['gpt-oss:120b', 'gpt-oss', 'gpt-oss'],
    ['o4-mini', 'o4-mini', 'openai'],
    ['my-own', 'my-own', 'other'],
  ])('%s is %s of the family %s', (model, name, family) => {
    expect(modelName(model)).toEqual({ name, family });
  });

  it('is empty where the model is unknown', () => {
    expect(modelName(null)).toEqual({ name: '', family: 'other' });
  });

  it('is bounded, however long the client writes it', () => {
    expect(modelName(`claude-${'x'.repeat(10_000)}`).name.length).toBeLessThanOrEqual(100);
  });

  it('keeps a name that would be nothing but a build', () => {
    expect(modelName('-latest').name).toBe('-latest');
  });
});
