// Where the request may go: the provider its path names, or what the router finds for its native path. A key that is
// bound to some models is held to them here, where the asked model is known.
import type { ApiName } from '../../core/api.js';
import { WeirError } from '../../core/error.js';
import { modelAllowed } from '../../route/authenticate.js';
import type { ParsedPath } from '../../route/path.js';
import type { Routing } from '../../route/router.js';
import { chooseTargets } from '../choose-targets.js';
import type { Caller, Exchange } from '../exchange.js';
import { modelListingOf } from '../model-list.js';

/** Apis whose model stands in the body, so that a body that cannot be read may hide one. Uploads of files and batches hold none. */
const MODEL_IN_BODY: ReadonlySet<ApiName> = new Set<ApiName>([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.embeddings',
  'openai.images',
  'openai.audio',
  'openai.moderations',
  'anthropic.messages',
  'anthropic.complete',
  'anthropic.count_tokens',
  'gemini.interactions',
  'cohere.chat',
  'cohere.generate',
  'cohere.embed',
  'cohere.rerank',
  'ollama.chat',
  'ollama.generate',
  'ollama.embed',
]);

export function route(exchange: Exchange): void {
  const { runtime, prefix, caller, path, entry } = exchange;
  if (caller === null || path === null) throw new Error('route before authenticate');
  const { model } = entry.identification;
  const found = prefix !== null ? runtime.router.prefixed(prefix) : native(exchange, caller, path);
  if (found === null) return;
  const routing = chooseTargets(exchange, found);
  exchange.routing = routing;
  const [first] = routing.targets;
  const asked = routing.by === 'model' ? (first?.model ?? model) : model;
  holdToKey(exchange, asked, model ?? asked);
  if (first !== undefined) entry.identification.provider ??= first.provider;
  exchange.step('route', 'route', 'permit', STEP_CODES[routing.by], routing.evidence);
}

/** Null: it is a list of models that no route takes, and goes nowhere. Errors: those of routing. */
function native(exchange: Exchange, caller: Caller, path: ParsedPath): Routing | null {
  const { router } = exchange.runtime;
  const opaque = exchange.opaque && MODEL_IN_BODY.has(exchange.api);
  const { model } = exchange.entry.identification;
  const request = { api: exchange.api, model, path, consumer: caller.principal.name, opaque };
  const listing = modelListingOf(exchange.head, path);
  if (listing === null || router.hasRoute(request)) return router.native(request);
  exchange.modelListing = listing;
  return null;
}

/** A key that is bound to some models gets one of these by either of its names, and no body in which another may hide. Errors: weir_key_model, weir_opaque_request. */
export function holdToKey(exchange: Exchange, asked: string | null, alias: string | null): void {
  const key = exchange.caller?.key ?? null;
  if (key === null || key.models.length === 0) return;
  if (exchange.opaque) {
    throw new WeirError(
      'weir_opaque_request',
      `this key is bound to some models, but the body could not be read as ${exchange.api} JSON`,
    );
  }
  if (asked === null || modelAllowed(key, asked) || (alias !== null && modelAllowed(key, alias))) return;
  throw new WeirError(
    'weir_key_model',
    `the key ${key.name} may not use the model ${JSON.stringify(asked)}; it may use ${key.models.join(', ')}`,
    { detail: { models: key.models } },
  );
}

const STEP_CODES = {
  prefix: 'route_prefix',
  route: 'route_route',
  model: 'route_model',
  dialect: 'route_dialect',
  only: 'route_only',
  plugin: 'route_plugin',
} as const;
