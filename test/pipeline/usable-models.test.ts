// Which names a caller is told: each is one that a request with it would be served under, by the same router.
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../src/config/load.js';
import { globMatches } from '../../src/core/glob.js';
import type { ListDialect } from '../../src/core/model-list.js';
import { Runtime } from '../../src/pipeline/runtime.js';
import { usableModels } from '../../src/pipeline/usable-models.js';

const PROVIDERS = `providers:
  openai: { base_url: "simulator:" }
  groq: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
`;

const MODELS: Record<string, string[]> = {
  openai: ['gpt-4o', 'o3'],
  groq: ['llama', 'gpt-4o'],
  anthropic: ['claude'],
};

/** `name@provider` of what a caller is told. */
function told(
  routes: string,
  {
    dialect = 'openai',
    consumer = 'team-a',
    globs = ['*'],
  }: { dialect?: ListDialect; consumer?: string; globs?: string[] } = {},
): string[] {
  const loaded = loadConfigText(PROVIDERS + routes, 'weir.yaml', {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { router } = new Runtime(loaded.config, 'http://127.0.0.1:9', new Uint8Array(32));
  const speaking = dialect === 'anthropic' ? ['anthropic'] : ['openai', 'groq'];
  const caller = {
    consumer,
    allowed: (model: string) => globs.some(glob => globMatches(glob, model)),
    spelled: globs.filter(glob => !glob.includes('*')),
  };
  const models = speaking.map(provider => ({
    provider,
    told: null,
    catalogued: MODELS[provider] ?? [],
  }));
  return usableModels(router, dialect, caller, models).map(({ name, provider }) => `${name}@${provider}`);
}

describe('the names that a caller may use', () => {
  it('are bare where that leads to their provider, else with the provider in front', () => {
    expect(told('')).toEqual(['gpt-4o@openai', 'o3@openai', 'groq/llama@groq', 'groq/gpt-4o@groq']);
    expect(told('', { dialect: 'anthropic' })).toEqual(['claude@anthropic']);
  });

  it('begin with what routes call them, for whom and what the routes are', () => {
    const routes = `routes:
  - { match: { model: fast }, targets: [ { provider: groq, model: llama } ] }
  - { match: { model: mine, consumer: "team-b" }, targets: [ { provider: openai, model: o3 } ] }
  - { match: { model: vectors, api: openai.embeddings }, targets: [ { provider: openai } ] }
  - { match: { model: wise }, targets: [ { provider: anthropic, model: claude } ] }
  - { match: { model: "any-*" }, targets: [ { provider: openai } ] }
`;
    expect(told(routes).slice(0, 3)).toEqual(['fast@groq', 'vectors@openai', 'gpt-4o@openai']);
    expect(told(routes, { consumer: 'team-b' })).toContain('mine@openai');
    expect(told(routes, { dialect: 'anthropic' })).toEqual(['wise@anthropic', 'claude@anthropic']);
  });

  it('leave out what a route sends elsewhere', () => {
    const catchAll =
      'routes: [ { match: { model: "*", api: openai.* }, targets: [ { provider: groq } ] } ]\n';
    expect(told(catchAll)).toEqual(['llama@groq', 'gpt-4o@groq']);
    const renamed =
      'routes: [ { match: { model: "gpt-*" }, targets: [ { provider: openai, model: o3 } ] } ]\n';
    expect(told(renamed)).toEqual([
      'openai/gpt-4o@openai',
      'o3@openai',
      'groq/llama@groq',
      'groq/gpt-4o@groq',
    ]);
  });

  it('are those that the key is bound to, by either of their names', () => {
    expect(told('', { globs: ['gpt-*'] })).toEqual(['gpt-4o@openai', 'groq/gpt-4o@groq']);
    expect(told('', { globs: ['groq/*'] })).toEqual(['groq/llama@groq', 'groq/gpt-4o@groq']);
    expect(told('', { globs: ['my-tune', 'none/x', 'o3'] })).toEqual([
      'my-tune@openai',
      'none/x@openai',
      'o3@openai',
    ]);
  });
});
