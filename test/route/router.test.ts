// The order in which a request finds its provider, as tables over one set of providers.
import { describe, expect, it } from 'vitest';
import type { ApiName, Dialect } from '../../src/core/api.js';
import { WeirError } from '../../src/core/error.js';
import { parsePath } from '../../src/route/path.js';
import { type RoutableRoute, type RoutedRequest, Router } from '../../src/route/router.js';

const provider = (name: string, kind: string, ...dialects: Dialect[]) => ({ name, kind, dialects });
const OPENAI = provider('openai', 'openai', 'openai');
const AZURE = provider('my-azure', 'azure-openai', 'openai');
const GROQ = provider('groq', 'groq', 'openai');
const CLAUDE = provider('claude', 'anthropic', 'anthropic');
const VERTEX = provider('vertex-ai', 'vertex-ai', 'vertex', 'gemini', 'anthropic');
const OLLAMA = provider('llama', 'ollama', 'ollama', 'openai');

type Asked = Partial<Omit<RoutedRequest, 'path'>> & { path?: string };

function native(router: Router, asked: Asked): string {
  const {
    path = '/v1/chat/completions',
    api = 'openai.chat',
    model = null,
    consumer = 'team',
    opaque = false,
  } = asked;
  try {
    const { by, targets } = router.native({ path: parsePath(path), api, model, consumer, opaque });
    const names = targets.map(target =>
      target.model === null ? target.provider : `${target.provider}=${target.model}`,
    );
    return `${by} ${names.join(', ')}`;
  } catch (error) {
    if (error instanceof WeirError) return `${error.code} ${error.detail.candidates ?? ''}`.trim();
    throw error;
  }
}

describe('without routes', () => {
  const anthropic: Asked = { api: 'anthropic.messages', path: '/v1/messages' };

  it.each<[string, ReturnType<typeof provider>[], Asked, string]>([
    ['the provider named after the dialect', [GROQ, OPENAI], {}, 'dialect openai'],
    ['also where it is of another kind', [GROQ, provider('openai', 'vllm', 'openai')], {}, 'dialect openai'],
    ['the only one that speaks it', [GROQ, CLAUDE], {}, 'only groq'],
    ['a second dialect counts', [OLLAMA, CLAUDE], {}, 'only llama'],
    ['of several none', [GROQ, AZURE], {}, 'weir_no_route groq,my-azure'],
    ['of none none', [CLAUDE], {}, 'weir_no_route claude'],
    ['no provider at all', [], {}, 'weir_no_route'],
    ['a provider before the model', [GROQ, AZURE], { model: 'groq/llama-3' }, 'model groq=llama-3'],
    ['the first slash counts', [GROQ, AZURE], { model: 'groq/meta/llama' }, 'model groq=meta/llama'],
    ['a provider of another dialect too', [GROQ, AZURE, CLAUDE], { model: 'claude/x' }, 'model claude=x'],
    ['nothing before the slash', [GROQ], { model: '/x' }, 'only groq'],
    ['somebody unknown before the slash', [GROQ], { model: 'meta/x' }, 'only groq'],
    ['names are as they are written', [GROQ, AZURE], { model: 'GROQ/x' }, 'weir_no_route groq,my-azure'],
    ['Vertex beside Anthropic', [CLAUDE, VERTEX], anthropic, 'weir_no_route claude,vertex-ai'],
    ['Anthropic alone', [CLAUDE, GROQ], anthropic, 'only claude'],
    [
      "Azure's own path",
      [OPENAI, AZURE],
      { path: '/openai/deployments/d/chat/completions' },
      'dialect my-azure',
    ],
    ["Azure's own path without Azure", [OPENAI], { path: '/openai/deployments/d/x' }, 'weir_no_route openai'],
    ["Vertex' own path", [CLAUDE, VERTEX], { ...anthropic, path: '/v1/projects/p/x' }, 'dialect vertex-ai'],
    ["Vertex' beta path", [VERTEX], { api: 'other', path: '/v1beta1/projects/p/x' }, 'dialect vertex-ai'],
    ['a path of no AI', [OPENAI], { api: 'none', path: '/x' }, 'weir_no_route openai'],
    ['an api of no dialect', [OPENAI], { api: 'other', path: '/v1/x' }, 'weir_no_route openai'],
  ])('%s', (_, providers, asked, answer) => {
    const router = new Router(providers, []);
    // Answers are remembered: the second must not differ.
    expect([native(router, asked), native(router, asked)]).toEqual([answer, answer]);
  });

  it.each<[ApiName, string]>([
    ['gemini.generate', 'gemini'],
    ['cohere.chat', 'cohere'],
    ['bedrock.converse', 'bedrock'],
    ['ollama.chat', 'ollama'],
    ['vertex.predict', 'vertex-ai'],
    ['anthropic.messages', 'anthropic'],
  ])('%s goes to %s', (api, name) => {
    const dialect = api.split('.')[0] as Dialect;
    const router = new Router([provider('other', 'x', dialect), provider(name, name, dialect)], []);
    expect(native(router, { api })).toBe(`dialect ${name}`);
  });
});

describe('a prefix', () => {
  const router = new Router([OPENAI, AZURE], []);
  it.each([
    ['/openai/v1/x', 'openai'],
    ['/%6fpenai/v1/x', 'openai'],
    ['//openai', 'openai'],
    ['/openai', 'openai'],
    ['/openai/deployments/d/x', null],
    ['/openai/%64eployments/d/x', null],
    ['/openai/deployments', null],
    ['/openai/v1/deployments', 'openai'],
    ['/OpenAI/v1/x', null],
    ['/v1/openai', null],
    ['/constructor', null],
    ['/', null],
  ])('of %s is %s', (path, name) => {
    expect(router.prefix(parsePath(path))).toBe(name);
  });

  it('decides alone', () => {
    expect(router.prefixed('openai')).toMatchObject({
      by: 'prefix',
      targets: [{ provider: 'openai', model: null }],
    });
    expect(() => router.prefixed('nobody')).toThrow('nobody');
  });
});

describe('routes', () => {
  const match = { model: null, api: null, path: null, consumer: null };
  const route = (more: Partial<RoutableRoute['match']>, ...targets: string[]): RoutableRoute => ({
    match: { ...match, ...more },
    targets: targets.map(text => {
      const [name = '', model = null] = text.split('=');
      return { provider: name, model, weight: 1 };
    }),
    strategy: 'order',
    firstByteMs: null,
  });
  const router = new Router(
    [OPENAI, AZURE, GROQ],
    [
      route({ model: 'fast', consumer: 'team-b' }, 'groq=llama'),
      route({ model: 'fast' }, 'openai=mini', 'my-azure=mini-dep'),
      route({ model: 'o*-deep', api: 'openai.responses' }, 'my-azure'),
      route({ path: '/v1/emb*' }, 'groq'),
      route({ consumer: 'batch-*' }, 'groq'),
      route({ model: 'groq/*' }, 'my-azure'),
    ],
  );

  it.each<[string, Asked, string]>([
    ['the first that matches', { model: 'fast' }, 'route openai=mini, my-azure=mini-dep'],
    ['by consumer', { model: 'fast', consumer: 'team-b' }, 'route groq=llama'],
    ['all conditions together', { model: 'o3-deep', api: 'openai.responses' }, 'route my-azure'],
    ['one condition is not enough', { model: 'o3-deep' }, 'dialect openai'],
    ['by path', { path: '/v1/embeddings', api: 'openai.embeddings' }, 'route groq'],
    ['by consumer’s glob', { consumer: 'batch-7' }, 'route groq'],
    ['before a provider in the model', { model: 'groq/x' }, 'route my-azure'],
    ['none', { model: 'slow' }, 'dialect openai'],
    ['a model that is not told', {}, 'dialect openai'],
    ['an unreadable body', { opaque: true }, 'weir_opaque_request'],
    [
      'an unreadable body whose model the path tells',
      { opaque: true, model: 'x', consumer: 'batch-1' },
      'route groq',
    ],
  ])('%s', (_, asked, answer) => {
    expect(native(router, asked)).toBe(answer);
  });

  it('that do not ask for the model take a body that cannot be read', () => {
    const byApi = new Router(
      [OPENAI, GROQ],
      [route({ api: 'openai.*' }, 'groq'), route({ model: 'x' }, 'openai')],
    );
    expect(native(byApi, { opaque: true })).toBe('route groq');
  });
});

describe('paths that belong to one kind of provider', () => {
  const all = [
    OPENAI,
    { name: 'gemini', kind: 'gemini', dialects: ['gemini'] },
    { name: 'my-ollama', kind: 'ollama', dialects: ['ollama', 'openai'] },
  ] as const;

  it.each([
    ['/v1beta/models', 'openai.models', 'dialect gemini'],
    ['/api/tags', 'other', 'dialect my-ollama'],
    ['/api/version', 'other', 'dialect my-ollama'],
    ['/v1/models', 'openai.models', 'dialect openai'],
  ] as const)('%s', (path, api, answer) => {
    expect(native(new Router(all, []), { path, api })).toBe(answer);
  });

  it('go the way of their dialect where none of that kind is configured', () => {
    expect(native(new Router([OPENAI], []), { path: '/v1beta/models', api: 'openai.models' })).toBe(
      'dialect openai',
    );
  });
});
