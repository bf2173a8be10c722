// `/v1/models` and its like at the root, where no route says otherwise: Weir answers itself with what the caller may use, in the caller's dialect. The request goes
// through identification, authentication, policies and plugins as every other, and has a record.
import { WeirError } from '../core/error.js';
import type { ListDialect, ModelListing, ProviderModels } from '../core/model-list.js';
import type { ThreadReply } from '../core/own-data.js';
import type { RequestHead } from '../http/request-head.js';
import { rateLimitHeaders } from '../policy/rate-limit-headers.js';
import { modelAllowed } from '../route/authenticate.js';
import type { ParsedPath } from '../route/path.js';
import type { Exchange } from './exchange.js';
import { listBody, modelBody } from './model-list-body.js';
import { usableModels } from './usable-models.js';

/** What is asked at the root, where it is for such a list; null: something else. */
export function modelListingOf(head: RequestHead, path: ParsedPath): ModelListing | null {
  if (head.method !== 'GET' && head.method !== 'HEAD') return null;
  const [first, second] = path.segments;
  if (first === 'api' && second === 'tags' && path.segments.length === 2)
    return { dialect: 'ollama', one: null };
  if (first === 'models') return { dialect: versionedDialect(head), one: rest(path, 1) };
  if (second !== 'models') return null;
  if (first === 'v1') return { dialect: versionedDialect(head), one: rest(path, 2) };
  return first === 'v1beta' || first === 'v1alpha' ? { dialect: 'gemini', one: rest(path, 2) } : null;
}

/** Three dialects have the same path: their clients are told by where they put their key, and Anthropic's by its version. */
function versionedDialect(head: RequestHead): ListDialect {
  if (head.header('anthropic-version') !== null) return 'anthropic';
  if (head.authorization !== '') return 'openai';
  if (head.xGoogApiKey !== '') return 'gemini';
  return head.xApiKey === '' ? 'openai' : 'anthropic';
}

/** Names may hold slashes. */
function rest({ segments }: ParsedPath, from: number): string | null {
  return segments.length > from ? segments.slice(from).join('/') : null;
}

/** Whether Weir itself answers it; a plugin may have sent it somewhere for all that. */
export function asksForModels({ modelListing, routing }: Exchange): boolean {
  return modelListing !== null && routing === null;
}

/**
 * Makes the list that `exchange.modelListing` asks for: `ended` is called once, when `exchange.ownAnswer` holds it or with the error; not where `exchange.promptWait` is
 * called before. True: somebody works on it. Errors: weir_overloaded.
 */
export function listModels(exchange: Exchange, ended: (thrown: unknown) => void): true {
  const { modelListing: listing, caller, thread } = exchange;
  if (listing === null || caller === null) throw new Error('list before route');
  const { name: consumer } = caller.principal;
  const onReply = (reply: ThreadReply | null): void => {
    exchange.work();
    exchange.promptWait?.();
    exchange.promptWait = null;
    try {
      answer(exchange, listing, reply);
      ended(null);
    } catch (thrown) {
      ended(thrown);
    }
  };
  const place = thread.ownData.ask({ kind: 'models', consumer, dialect: listing.dialect }, { onReply });
  if (place === null) throw overloaded('too many lists of models are being made');
  exchange.promptWait = () => thread.ownData.forget(place);
  return true;
}

function answer(exchange: Exchange, { dialect, one }: ModelListing, reply: ThreadReply | null): void {
  const { caller, runtime, entry, policies } = exchange;
  if (reply === null || !reply.ok || !('providers' in reply) || caller === null)
    throw overloaded('the providers were not asked in time');
  const { key } = caller;
  const models = usableModels(
    runtime.router,
    dialect,
    {
      consumer: caller.principal.name,
      allowed: model => key === null || modelAllowed(key, model),
      spelled: key === null ? [] : key.models.filter(model => !model.includes('*')),
    },
    reply.providers.flatMap(provider => shownTo(exchange, provider)),
  );
  const found = one === null ? null : (models.find(({ name }) => name === one) ?? null);
  if (one !== null && found === null)
    throw new WeirError(
      'weir_not_found',
      `there is no model ${JSON.stringify(one)} that this caller may use`,
    );
  exchange.ownAnswer = JSON.stringify(found === null ? listBody(dialect, models) : modelBody(dialect, found));
  entry.status = 200;
  if (policies !== null) exchange.limitHeaders = rateLimitHeaders(policies.held);
  exchange.step('route', 'route', 'permit', 'models_listed', { models: found === null ? models.length : 1 });
}

/** A provider's models as this caller may know them: what Weir's own key sees is for those who may use that key. */
function shownTo({ caller, runtime }: Exchange, models: ProviderModels): ProviderModels[] {
  const { config, needsCredential, simulated } = runtime.provider(models.provider);
  const { told, catalogued } = models;
  // The simulator answers as any model, and lists some of its own.
  if (simulated) {
    const ids = [...(told ?? []).map(({ id }) => id), ...catalogued];
    return [{ ...models, told: ids.map(id => ({ id, entry: null })) }];
  }
  if (!needsCredential) return [models];
  const brings = caller?.credential !== null;
  if (caller?.key === null || config.credentials === 'caller')
    return brings ? [{ ...models, told: null }] : [];
  return config.keys.length === 0 ? [] : [models];
}

function overloaded(what: string): WeirError {
  return new WeirError('weir_overloaded', `${what}; ask again`, { retryAfterMs: 1000 });
}

/** Sends the list, when its record is in the journal. */
export function sendOwnAnswer(exchange: Exchange): void {
  const { ownAnswer, downstream, entry, head, runtime, limitHeaders } = exchange;
  if (ownAnswer === null || downstream.done) return;
  const fields = [
    'content-type',
    'application/json',
    'x-weir-request-id',
    entry.id,
    'cache-control',
    'no-store',
  ];
  if (head.origin !== '' && runtime.corsOrigins.has(head.origin))
    fields.push('access-control-allow-origin', head.origin, 'vary', 'origin');
  if (limitHeaders !== null) fields.push('ratelimit-policy', limitHeaders[0], 'ratelimit', limitHeaders[1]);
  downstream.head(200, fields, -1);
  if (head.method === 'HEAD') downstream.endEmpty(Buffer.byteLength(ownAnswer));
  else downstream.end(ownAnswer);
}
