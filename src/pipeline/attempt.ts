// Makes the request that one target gets: path, headers with its credential, body. Hot path: per attempt.
import type { Readable } from 'node:stream';
import type { ProviderKey } from '../config/config.js';
import { WeirError } from '../core/error.js';
import { attemptSpanId, traceParentText } from '../core/trace.js';
import { holdsWeirKey } from '../core/weir-key.js';
import { modelInPath, replaceBodyModel, replacePathModel } from '../provider/edit-model.js';
import { joinPath } from '../route/path.js';
import type { Target } from '../route/router.js';
import { addOwnKey, dropCallersCredentials, signAws } from '../upstream/credential.js';
import { withoutKeys } from './edit-request.js';
import type { Caller, Exchange } from './exchange.js';
import { withOutputBound } from './output-bound.js';
import type { RuntimeProvider } from './runtime.js';
import { addIncludeUsage, wantsUsageOptIn } from './usage-opt-in.js';

export interface PreparedCall {
  readonly provider: RuntimeProvider;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
  /** Weir asked for the usage chunk, so it takes it out again. */
  readonly optIn: boolean;
}

/** `streamed` is the body where it is not held whole; `key` goes with it where the credential is Weir's own. Errors: weir_no_credential, weir_no_provider_key. */
export function prepareCall(
  exchange: Exchange,
  target: Target,
  provider: RuntimeProvider,
  streamed: Readable | null,
  key: ProviderKey | undefined,
): PreparedCall {
  const { head, caller } = exchange;
  if (caller === null) throw new Error('prepare before authenticate');
  const own = caller.key !== null && provider.config.credentials === 'own';
  const headers = forwardedHeaders(exchange, provider, own);
  if (own) addOwn(exchange, headers, provider, key);
  else addCallers(caller, headers, provider);
  if (streamed !== null && head.contentLength >= 0)
    headers.push('content-length', String(head.contentLength));

  const optIn = streamed === null && optsIn(exchange, provider);
  const body = streamed ?? changedBody(exchange, target, optIn, headers);
  const path = upstreamPath(exchange, target, provider, withoutKeys(head.query, own));
  if (own && provider.spec.auth === 'sigv4' && key !== undefined && key.value === null) {
    signAws(
      headers,
      {
        method: head.method,
        host: provider.upstream.host,
        path,
        region: provider.config.region ?? 'us-east-1',
        contentType: head.contentType,
        body: Buffer.isBuffer(body) ? body : null,
      },
      key,
    );
  }
  return { provider, method: head.method, path, headers, body, optIn };
}

function forwardedHeaders(exchange: Exchange, provider: RuntimeProvider, own: boolean): string[] {
  const { head } = exchange;
  const headers = head.forward.slice();
  if (own) dropCallersCredentials(headers);
  // A Weir key in a header where none is looked for (a cookie, another gateway's) goes no further either.
  for (let i = headers.length - 1; i > 0; i -= 2) {
    if (holdsWeirKey(headers[i] ?? '')) headers.splice(i - 1, 2);
  }
  if (exchange.sampled !== null) joinTrace(exchange, headers, exchange.sampled);
  if (provider.headerNames.size > 0) {
    for (let i = headers.length - 2; i >= 0; i -= 2) {
      if (provider.headerNames.has(headers[i] ?? '')) headers.splice(i, 2);
    }
    headers.push(...provider.headers);
  }
  // What is metered is asked for uncompressed; what comes compressed all the same is decoded for the meter.
  if (exchange.entry.identification.isAi) headers.push('accept-encoding', 'identity');
  else if (head.acceptEncoding !== '') headers.push('accept-encoding', head.acceptEncoding);
  if (provider.simulated && head.simulator !== '') headers.push('x-weir-sim', head.simulator);
  return headers;
}

/** The provider's spans are children of this try's. */
function joinTrace({ entry }: Exchange, headers: string[], sampled: boolean): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i] === 'traceparent') headers.splice(i, 2);
  }
  const span = attemptSpanId(entry.id, entry.attempts.length);
  headers.push('traceparent', traceParentText(entry.traceId ?? '', span, sampled));
}

function addOwn(
  exchange: Exchange,
  headers: string[],
  provider: RuntimeProvider,
  key: ProviderKey | undefined,
): void {
  if (key !== undefined) addOwnKey(headers, provider.spec.auth, key);
  else if (provider.needsCredential) {
    throw new WeirError(
      'weir_no_provider_key',
      `no key is configured for the provider ${provider.config.name} (providers.${provider.config.name}.keys), and ${exchange.caller?.principal.name ?? 'the consumer'} may not bring one (credentials: own)`,
    );
  }
}

function addCallers(caller: Caller, headers: string[], provider: RuntimeProvider): void {
  const { credential } = caller;
  if (credential === null) {
    if (!provider.needsCredential) return;
    throw new WeirError(
      'weir_no_credential',
      caller.key === null
        ? `no credential came with the request; bring a Weir key, or your own key for ${provider.config.name}`
        : `the provider ${provider.config.name} takes the caller's credential: send the Weir key in x-weir-key and your own key for ${provider.config.name} in its usual place`,
    );
  }
  // A credential in the query stays there.
  if (credential.place !== 'query') headers.push(credential.place, credential.value);
}

function optsIn(exchange: Exchange, provider: RuntimeProvider): boolean {
  const { facts } = exchange;
  if (facts === null || exchange.opaque || provider.optInRefused) return false;
  return wantsUsageOptIn(provider.config.usageOptIn, provider.spec.usageOptIn, exchange.api, facts);
}

function changedBody(exchange: Exchange, target: Target, optIn: boolean, headers: string[]): Buffer | null {
  const { facts, outputCap } = exchange;
  const newModel = target.model !== null && facts !== null && facts.modelAt >= 0;
  if (exchange.body === null || facts === null || !(optIn || newModel || outputCap !== null))
    return exchange.body;
  const body = plainBody(exchange, exchange.body, headers);
  let changed = optIn ? addIncludeUsage(body, facts) : body;
  if (target.model !== null && newModel) {
    const insertedAt = facts.streamOptionsAt >= 0 ? facts.streamOptionsAt : facts.closeAt;
    const shift = facts.modelAt >= insertedAt ? changed.length - body.length : 0;
    changed = replaceBodyModel(changed, facts, shift, target.model);
  }
  return outputCap === null ? changed : capped(exchange, changed, target, outputCap);
}

function capped({ api, runtime }: Exchange, body: Buffer, target: Target, tokens: number): Buffer {
  const { kind } = runtime.provider(target.provider).config;
  const bounded = withOutputBound(body, api, tokens, kind !== 'openai' && kind !== 'azure-openai');
  if (bounded !== null) return bounded;
  throw new WeirError(
    'weir_cap_exceeded',
    `a policy lowers the output to ${tokens} tokens, and ${api} has no place where Weir could write that`,
  );
}

/** Places in the facts are those of the decoded body: a compressed one that is to be changed goes on as it reads. */
function plainBody(exchange: Exchange, body: Buffer, headers: string[]): Buffer {
  const { head, plainBody: plain } = exchange;
  if (head.contentEncoding === '' || plain === null) return body;
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i] === 'content-encoding') headers.splice(i, 2);
  }
  return plain;
}

function upstreamPath(
  exchange: Exchange,
  target: Target,
  provider: RuntimeProvider,
  query: string | null,
): string {
  let path = exchange.nativePath;
  if (target.model !== null && modelInPath(path, exchange.api)) {
    path = replacePathModel(path, exchange.api, target.model);
  }
  path = joinPath(provider.upstream.basePath, path);
  let asked = query;
  const version = provider.config.apiVersion;
  if (version !== null && path.includes('/deployments/') && !(asked ?? '').includes('api-version=')) {
    asked = `${asked === null || asked === '' ? '' : `${asked}&`}api-version=${encodeURIComponent(version)}`;
  }
  return asked === null ? path : `${path}?${asked}`;
}
