// `/api/keys`: the only paths of the admin side that change anything. GET lists without secrets, POST makes a key and shows it once, DELETE revokes one;
// both are answered when every data-plane thread has taken the change up and the disk has it.
import type { IncomingMessage } from 'node:http';
import { isName } from '../config/leaves.js';
import { newKeyOf } from '../config/new-key.js';
import type { SavedKey } from '../core/saved-key.js';
import {
  type Known,
  problemWithCursor,
  problemWithNames,
  problemWithNumber,
  show,
} from '../ledger/params.js';
import { type Answer, json, problem } from './answer.js';
import { KeysError, type KeysErrorCode, type KeysSource } from './keys-source.js';
import { readJson } from './read-json.js';

const PATH = '/api/keys';
const PER_PAGE = 100;
const PER_PAGE_MAX = 1000;
const STATES = ['active', 'expired', 'revoked'] as const;

/** A key as it is shown. Times are RFC 3339. */
export interface KeyItem {
  readonly id: string;
  readonly consumer: string;
  readonly name: string;
  /** The key's last characters, by which records show it. */
  readonly last4: string;
  readonly state: (typeof STATES)[number];
  readonly models: readonly string[];
  readonly created: string;
  readonly expires: string | null;
  readonly revoked: string | null;
}

/** The answer to POST: the only time that the key is shown. */
export interface NewKeyItem extends KeyItem {
  readonly key: string;
  readonly sha256: string;
  /** False: the configuration does not name the consumer, so it has no tags. */
  readonly configured: boolean;
}

export function isKeysPath(path: string): boolean {
  return path === PATH || path.startsWith(`${PATH}/`);
}

export async function keysRoute(request: IncomingMessage, url: URL, keys: KeysSource): Promise<Answer> {
  const { method } = request;
  const id = url.pathname === PATH ? null : url.pathname.slice(PATH.length + 1);
  const reads = method === 'GET' || method === 'HEAD';
  try {
    if (reads) return id === null ? list(keys, url.searchParams) : one(keys, id);
    if (id === null && method === 'POST') return await make(request, keys);
    if (id !== null && method === 'DELETE') return await revoke(keys, id);
  } catch (error) {
    if (!(error instanceof KeysError)) throw error;
    return problem(STATUS[error.code], error.code, error.message, RETRY[error.code]);
  }
  const allow = id === null ? 'GET, HEAD, POST' : 'GET, HEAD, DELETE';
  return problem(405, 'weir_method_not_allowed', `${method} is not answered here; use ${allow}`, { allow });
}

const STATUS: Readonly<Record<KeysErrorCode, number>> = {
  weir_key_exists: 409,
  weir_keys_full: 409,
  weir_not_kept: 500,
  weir_not_in_force: 503,
};

const RETRY: Readonly<Partial<Record<KeysErrorCode, Record<string, string>>>> = {
  weir_not_in_force: { 'retry-after': '1' },
};

async function make(request: IncomingMessage, keys: KeysSource): Promise<Answer> {
  const body = await readJson(request);
  if ('refusal' in body) return body.refusal;
  const wish = newKeyOf(body.value, Date.now());
  if ('problem' in wish) return problem(400, 'weir_bad_request', wish.problem);
  const { saved, key, configured } = await keys.make(wish);
  const { sha256 } = saved;
  const item: NewKeyItem = { ...itemOf(saved, Date.now()), key, sha256, configured };
  return json(201, item, { location: `${PATH}/${saved.id}` });
}

async function revoke(keys: KeysSource, id: string): Promise<Answer> {
  const revoked = await keys.revoke(id);
  return revoked === null ? unknown() : json(200, itemOf(revoked, Date.now()));
}

function one(keys: KeysSource, id: string): Answer {
  const found = keys.list().find(key => key.id === id);
  return found === undefined ? unknown() : json(200, itemOf(found, Date.now()));
}

function unknown(): Answer {
  const message =
    'no key of this id was made at run time; GET /api/keys lists them, /api/config those of weir.yaml';
  return problem(404, 'weir_not_found', message);
}

const KNOWN: Known = { names: ['consumer', 'state', 'limit', 'cursor'], tags: false };

function list(keys: KeysSource, params: URLSearchParams): Answer {
  const wrong = problemWithNames(params, KNOWN) ?? problemWithValues(params);
  if (wrong !== null) return problem(400, 'weir_bad_request', wrong);
  const [consumer, state, cursor] = ['consumer', 'state', 'cursor'].map(name => params.get(name));
  const limit = Number(params.get('limit') ?? PER_PAGE);
  const all = keys.list();
  const from = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
  if (cursor !== null && from === 0)
    return problem(400, 'weir_bad_request', 'cursor is of a key that is not kept any longer; begin anew');
  const nowMs = Date.now();
  const fitting = all
    .slice(from)
    .map(key => itemOf(key, nowMs))
    .filter(
      item => (consumer === null || item.consumer === consumer) && (state === null || item.state === state),
    );
  const items = fitting.slice(0, limit);
  return json(200, { items, next: fitting.length > limit ? items.at(-1)?.id : null });
}

function problemWithValues(params: URLSearchParams): string | null {
  const [consumer, state] = [params.get('consumer'), params.get('state')];
  if (consumer !== null && !isName(consumer)) return `consumer is ${show(consumer)}; that is no name`;
  if (state !== null && !STATES.some(known => known === state))
    return `state is ${show(state)}; must be one of ${STATES.join(', ')}`;
  return problemWithNumber(params, 'limit', 1, PER_PAGE_MAX) ?? problemWithCursor(params.get('cursor'));
}

function itemOf(key: SavedKey, nowMs: number): KeyItem {
  const { id, consumer, name, last4, models, createdMs, expiresMs, revokedMs } = key;
  const expired = expiresMs !== null && expiresMs <= nowMs;
  return {
    id,
    consumer,
    name,
    last4,
    state: revokedMs !== null ? 'revoked' : expired ? 'expired' : 'active',
    models,
    created: new Date(createdMs).toISOString(),
    expires: expiresMs === null ? null : new Date(expiresMs).toISOString(),
    revoked: revokedMs === null ? null : new Date(revokedMs).toISOString(),
  };
}
