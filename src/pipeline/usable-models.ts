// Which names of models a caller may ask for on its dialect's native paths, and who would serve them: each name is routed as a request with it would be, so
// the list says nothing that a request would not find true. Pure.
import type { ApiName } from '../core/api.js';
import { WeirError } from '../core/error.js';
import type { ListDialect, ListedModel, ProviderModels } from '../core/model-list.js';
import { parsePath } from '../route/path.js';
import type { Router, Routing } from '../route/router.js';

export interface UsableModel {
  /** What to ask for. */
  readonly name: string;
  /** Who serves it first. */
  readonly provider: string;
  /** The provider's own entry of it; null: there is none. */
  readonly entry: ListedModel['entry'];
}

export interface ModelCaller {
  readonly consumer: string;
  /** Whether the key may ask for it. */
  readonly allowed: (model: string) => boolean;
  /** Names that its key spells out. */
  readonly spelled: readonly string[];
}

/** A list that a client reads whole. */
export const USABLE_MAX = 5000;

/** What a model can be asked for, the usual first. */
const APIS: Readonly<Record<ListDialect, readonly (readonly [ApiName, (model: string) => string])[]>> = {
  openai: [
    ['openai.chat', () => '/v1/chat/completions'],
    ['openai.responses', () => '/v1/responses'],
    ['openai.embeddings', () => '/v1/embeddings'],
    ['openai.completions', () => '/v1/completions'],
    ['openai.images', () => '/v1/images/generations'],
    ['openai.audio', () => '/v1/audio/speech'],
  ],
  anthropic: [['anthropic.messages', () => '/v1/messages']],
  gemini: [
    ['gemini.generate', model => `/v1beta/models/${encodeURIComponent(model)}:generateContent`],
    ['gemini.embed', model => `/v1beta/models/${encodeURIComponent(model)}:embedContent`],
  ],
  ollama: [
    ['ollama.chat', () => '/api/chat'],
    ['ollama.embed', () => '/api/embed'],
  ],
};

/** `providers`: those that speak the dialect and that the caller may use. Names of routes first, then those that the key spells out, then each provider's, in the order of the configuration; each once. */
export function usableModels(
  router: Router,
  dialect: ListDialect,
  caller: ModelCaller,
  providers: readonly ProviderModels[],
): UsableModel[] {
  const found = new Map<string, UsableModel>();
  /** Who serves it by that name, where that is as it should be; null: nobody who may. */
  const serverOf = (name: string, fits: (routing: Routing) => string | null): string | null => {
    for (const [api, path] of APIS[dialect]) {
      const routing = routed(router, api, path(name), name, caller.consumer);
      const provider = routing === null ? null : fits(routing);
      if (routing === null || provider === null) continue;
      const asked = routing.by === 'model' ? (routing.targets[0]?.model ?? name) : name;
      return caller.allowed(name) || caller.allowed(asked) ? provider : null;
    }
    return null;
  };
  const add = (
    name: string,
    entry: ListedModel['entry'],
    fits: (routing: Routing) => string | null,
  ): boolean => {
    const known = found.get(name);
    if (known === undefined && found.size >= USABLE_MAX) return false;
    const provider = serverOf(name, fits);
    if (provider === null) return false;
    // A name that stood there already may be told more of.
    if (known === undefined || known.entry === null)
      found.set(name, { name, provider: known?.provider ?? provider, entry });
    return true;
  };
  const names = new Set(providers.map(({ provider }) => provider));
  for (const name of router.literalModels)
    add(name, null, routing => (routing.by === 'route' ? firstOf(routing, names) : null));
  for (const name of caller.spelled) add(name, null, routing => firstOf(routing, names));
  for (const { provider, told, catalogued } of providers) {
    for (const { id, entry } of told ?? catalogued.map(id => ({ id, entry: null }))) {
      const served = (name: string) => (routing: Routing) => serves(routing, provider, id, name);
      // The bare name where it leads there, else with the provider in front; in Gemini's paths a name has no slash.
      if (!add(id, entry, served(id)) && dialect !== 'gemini') {
        const long = `${provider}/${id}`;
        add(long, entry, served(long));
      }
    }
  }
  return [...found.values()];
}

function routed(router: Router, api: ApiName, path: string, model: string, consumer: string): Routing | null {
  try {
    return router.native({ api, model, path: parsePath(path), consumer, opaque: false });
  } catch (error) {
    if (error instanceof WeirError) return null;
    throw error;
  }
}

/** Where it is one that speaks the dialect, and that the caller may use. */
function firstOf({ targets: [first] }: Routing, names: ReadonlySet<string>): string | null {
  return first !== undefined && names.has(first.provider) ? first.provider : null;
}

/** The provider, where one of the targets is this model of it. */
function serves({ targets }: Routing, provider: string, id: string, name: string): string | null {
  const hit = targets.some(target => target.provider === provider && (target.model ?? name) === id);
  return hit ? provider : null;
}
