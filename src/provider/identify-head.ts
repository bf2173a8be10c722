// What a request's head tells: is it AI, whose, which api, and what the path says of model and streaming.
// Hot path: per request. The same heads come again and again, so answers that depend on nothing but method, host,
// provider and path are remembered.
import type { ApiName, Evidence } from '../core/api.js';
import { hostParts, isOwnNetwork, providerOfHost } from './hosts.js';
import { classifyPath, type Family, familyOf, type PathFacts, segmentsOf } from './paths.js';

export interface RequestHead {
  readonly method: string;
  /** The host the request is for; null where it is Weir's own, which tells nothing. */
  readonly host: string | null;
  /** configured provider's name where known */
  readonly provider: string | null;
  /** its kind */
  readonly kind: string | null;
  /** path without query, provider prefix removed */
  readonly path: string;
  readonly query: string;
  header(name: string): string | null;
}

export interface HeadFacts {
  readonly isAi: boolean;
  readonly provider: string | null;
  readonly api: ApiName;
  /** What the path names; it stands over the body's, because the provider goes by the path. */
  readonly model: string | null;
  readonly stream: boolean | null;
  readonly evidence: readonly Evidence[];
  /** Whether the path leaves the dialect open, so that the body's shape decides. */
  readonly ambiguous: boolean;
}

/** Evidence quotes at most this much of a path. */
const EVIDENCE_CHARS_MAX = 256;
const MEMO_PATHS_MAX = 1024;
const MEMO_PATH_CHARS_MAX = 256;

interface Remembered {
  readonly method: string;
  readonly host: string | null;
  readonly provider: string | null;
  readonly kind: string | null;
  readonly facts: HeadFacts;
}

const memo = new Map<string, Remembered>();

export function identifyHead(head: RequestHead): HeadFacts {
  const known = memo.get(head.path);
  if (
    known !== undefined &&
    known.method === head.method &&
    known.host === head.host &&
    known.provider === head.provider &&
    known.kind === head.kind
  ) {
    return known.facts;
  }
  const place = placeOf(head);
  const path = classifyPath(head.method, place.segments, place.family);
  // Anthropic's clients are known by a header where its path is also others': never remembered.
  const asksHeader =
    place.provider === null && (path?.api === 'anthropic.messages' || path?.api === 'openai.models');
  const facts = asksHeader ? byVersionHeader(head, place, path) : headFacts(head, place, path);
  if (!asksHeader && head.path.length <= MEMO_PATH_CHARS_MAX) {
    if (memo.size >= MEMO_PATHS_MAX) memo.clear();
    const { method, host, provider, kind } = head;
    memo.set(head.path, { method, host, provider, kind, facts });
  }
  return facts;
}

interface Place {
  readonly segments: readonly string[];
  /** Configured, or recognised by its host. */
  readonly provider: string | null;
  readonly from: 'config' | 'host';
  readonly family: Family;
  /** `stranger`: a public host that nobody knows, where only a telling path counts. */
  readonly trust: 'known' | 'own' | 'stranger';
}

function placeOf(head: RequestHead): Place {
  const segments = segmentsOf(head.path);
  if (head.provider !== null) {
    return { segments, provider: head.provider, from: 'config', family: familyOf(head.kind), trust: 'known' };
  }
  if (head.host === null) return { segments, provider: null, from: 'host', family: 'unknown', trust: 'own' };
  const host = hostParts(head.host);
  const provider = providerOfHost(host, segments);
  const trust = provider !== null ? 'known' : isOwnNetwork(host.name) ? 'own' : 'stranger';
  return { segments, provider, from: 'host', family: familyOf(provider), trust };
}

function byVersionHeader(head: RequestHead, place: Place, path: PathFacts | null): HeadFacts {
  const version = head.header('anthropic-version');
  if (version === null) return headFacts(head, place, path);
  const evidence: Evidence = {
    field: 'api',
    from: 'header',
    value: `anthropic-version: ${version.slice(0, 32)}`,
  };
  const api = path?.api === 'anthropic.messages' ? 'anthropic.messages' : 'other';
  const told: PathFacts = { api, model: null, stream: null, telling: true, ambiguous: false };
  if (api === 'other') return { ...NOT_AI, isAi: true, api, evidence: [evidence] };
  const facts = headFacts(head, place, told);
  return { ...facts, evidence: [...facts.evidence, evidence] };
}

function headFacts(head: RequestHead, place: Place, path: PathFacts | null): HeadFacts {
  if (place.provider === null) {
    if (head.path === '') return UNTOLD;
    if (path === null || (place.trust === 'stranger' && !path.telling)) return NOT_AI;
  }
  const shown = head.path.slice(0, EVIDENCE_CHARS_MAX);
  const evidence: Evidence[] = [];
  const api = path?.api ?? 'other';
  let provider = place.provider;
  if (provider !== null) {
    const value = place.from === 'config' ? provider : (head.host ?? '');
    evidence.push({ field: 'provider', from: place.from, value });
  } else if (head.host !== null) {
    provider = unnamedServer(api);
    if (provider !== null) evidence.push({ field: 'provider', from: 'path', value: shown });
  }
  evidence.push({ field: 'api', from: 'path', value: shown });
  if (path !== null && path.model !== null)
    evidence.push({ field: 'model', from: 'path', value: path.model });
  if (path !== null && path.stream !== null) {
    evidence.push({ field: 'stream', from: 'path', value: shown });
  }
  return Object.freeze({
    isAi: true,
    provider,
    api,
    model: path?.model ?? null,
    stream: path?.stream ?? null,
    evidence: Object.freeze(evidence),
    ambiguous: path?.ambiguous ?? false,
  });
}

/** Servers that no host name tells apart are called by what they speak. */
function unnamedServer(api: ApiName): string | null {
  if (api.startsWith('openai.')) return 'openai-compatible';
  return api.startsWith('ollama.') ? 'ollama' : null;
}

const NOT_AI: HeadFacts = Object.freeze({
  isAi: false,
  provider: null,
  api: 'none',
  model: null,
  stream: null,
  evidence: Object.freeze([]),
  ambiguous: false,
});

/** No path is known at all: only the body can tell. */
const UNTOLD: HeadFacts = Object.freeze({ ...NOT_AI, ambiguous: true });
