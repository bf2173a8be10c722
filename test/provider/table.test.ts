// The table of providers holds the names and habits that are promised to users.
import { describe, expect, it } from 'vitest';
import { BUILT_IN_NAMES, PROVIDERS, providerSpec, vertexHost } from '../../src/provider/table.js';

describe('the table of providers', () => {
  it('has every built-in name of the contract', () => {
    const contract =
      'openai azure-openai anthropic gemini vertex-ai bedrock mistral cohere groq deepseek xai openrouter together ' +
      'fireworks perplexity cerebras ollama vllm';
    for (const name of contract.split(' ')) expect(BUILT_IN_NAMES, name).toContain(name);
  });

  it('has each kind once', () =>
    expect(new Set(PROVIDERS.map(spec => spec.kind)).size).toBe(PROVIDERS.length));

  it('has base addresses without a slash at the end, over https but for servers on the own machine', () => {
    for (const { kind, baseUrl } of PROVIDERS) {
      if (baseUrl === null) continue;
      const url = new URL(baseUrl.replace(/\{\w+\}/, 'place'));
      expect(baseUrl.endsWith('/'), kind).toBe(false);
      expect(url.protocol === 'https:' || url.hostname === '127.0.0.1', kind).toBe(true);
    }
  });

  it('asks for usage only at providers that speak the OpenAI dialect', () => {
    for (const { kind, dialects, usageOptIn } of PROVIDERS) {
      expect(!usageOptIn || dialects.includes('openai'), kind).toBe(true);
    }
  });

  it('says where cancelling stops the billing', () => {
    const stops = 'openai azure-openai anthropic fireworks together deepinfra cohere xai deepseek'.split(' ');
    const runsOn = 'bedrock groq gemini vertex-ai mistral perplexity alibaba'.split(' ');
    for (const kind of stops) expect(providerSpec(kind)?.cancelStopsBilling, kind).toBe(true);
    for (const kind of runsOn) expect(providerSpec(kind)?.cancelStopsBilling, kind).toBe(false);
  });

  it('cannot be changed', () => {
    for (const spec of [PROVIDERS, ...PROVIDERS]) expect(Object.isFrozen(spec)).toBe(true);
  });

  it.each([
    ['us-central1', 'us-central1-aiplatform.googleapis.com'],
    ['global', 'aiplatform.googleapis.com'],
    ['eu', 'aiplatform.eu.rep.googleapis.com'],
  ])('knows Vertex AI’s host of %s', (location, host) => expect(vertexHost(location)).toBe(host));
});
