// Hot path: per request. Who asks (CONTRACT.md §3 "Identity"): from a request's head to a principal, or the reason
// for a 401. Compiled once per configuration; a key seen before costs one map lookup and one look at the clock.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ConsumerConfig, ConsumerKey } from '../config/config.js';
import type { WeirCode } from '../core/codes.js';
import type { Principal } from '../core/entry.js';
import { globMatches } from '../core/glob.js';
import { weirKeyChecksumOk } from '../core/weir-key.js';
import {
  type Credential,
  type CredentialHeaders,
  isBare,
  type Place,
  queryKey,
  stableSecret,
  weirKeyIn,
} from './credentials.js';

export type { Credential, CredentialHeaders, Place };

export interface Admitted {
  readonly ok: true;
  readonly principal: Principal;
  /** The consumer's key; null for anonymous callers. */
  readonly key: ConsumerKey | null;
  /** Where the (first) Weir key stood. No other credential but `credential` may go upstream. */
  readonly weirKeyIn: Place | null;
  /** The caller's own credential, never a Weir key; the first in the order of `Place`. */
  readonly credential: Credential | null;
}

export interface Refused {
  readonly ok: false;
  readonly code: WeirCode;
  /** Names the place and what is wrong; never the key. */
  readonly message: string;
}

export type Authenticated = Admitted | Refused;

interface KnownKey {
  readonly consumer: ConsumerConfig;
  readonly key: ConsumerKey;
  readonly digest: Buffer;
}

interface Holder {
  readonly known: KnownKey;
  readonly principal: Principal;
}

/** Bounds each cache: enough for every key in use at once in one thread; a full one is emptied, not searched for its oldest. */
const CACHED_MAX = 4096;
/** Longer values (a JWT of 4 KiB) are hashed each time: the cache's memory stays below CACHED_MAX × this. */
const CACHED_CHARS_MAX = 1024;

/**
 * Nothing longer is hashed. A key whose SHA-256 is configured is right whatever its form (operators may have made it
 * by other means); form and check characters only decide what an unknown one is told.
 */
const KEY_CHARS_MAX = 256;

const HEADER_PLACES: readonly (readonly [Exclude<Place, 'query'>, keyof CredentialHeaders])[] = [
  ['x-weir-key', 'xWeirKey'],
  ['authorization', 'authorization'],
  ['x-api-key', 'xApiKey'],
  ['api-key', 'apiKey'],
  ['x-goog-api-key', 'xGoogApiKey'],
];

const NOBODY: Principal = Object.freeze({ name: 'anonymous', key: null, tags: Object.freeze({}) });

const NO_KEY: Refused = Object.freeze({
  ok: false,
  code: 'weir_no_key',
  message: 'this gateway needs a Weir key: send it where your SDK sends its API key, or in x-weir-key',
});

export class Authenticator {
  readonly #byDigest = new Map<string, KnownKey>();
  readonly #anonymous: 'allow' | 'deny';
  readonly #hashSecret: Uint8Array;
  /** Whole key text → who holds it. Right keys only: guessing fills nothing. */
  readonly #holders = new Map<string, Holder>();
  readonly #strangers = new Map<string, Principal>();

  /** `hashSecret` keys the hash by which anonymous callers are told apart; the same in all threads. */
  constructor(consumers: readonly ConsumerConfig[], anonymous: 'allow' | 'deny', hashSecret: Uint8Array) {
    this.#anonymous = anonymous;
    this.#hashSecret = hashSecret;
    for (const consumer of consumers) {
      for (const key of consumer.keys) {
        this.#byDigest.set(key.sha256, { consumer, key, digest: Buffer.from(key.sha256, 'hex') });
      }
    }
  }

  /** How many credentials are in memory beyond the configured digests: what its bound is tested by. */
  get remembered(): number {
    return this.#holders.size + this.#strangers.size;
  }

  /** `nowMs` is the wall clock, ms since the epoch. */
  authenticate(headers: CredentialHeaders, nowMs: number): Authenticated {
    let holder: Holder | null = null;
    let weirKeyPlace: Place | null = null;
    let credential: Credential | null = null;
    for (let i = 0; i <= HEADER_PLACES.length; i++) {
      const header = HEADER_PLACES[i];
      const place = header === undefined ? 'query' : header[0];
      const value = header === undefined ? queryKey(headers.query) : headers[header[1]];
      if (value === '') continue;
      const weirKey = place === 'x-weir-key' ? value : weirKeyIn(value);
      if (weirKey === '') {
        if (credential === null && !isBare(value)) credential = { place, value };
        continue;
      }
      const found = this.#holderOf(weirKey, place, nowMs);
      if ('ok' in found) return found;
      if (holder !== null) continue;
      holder = found;
      weirKeyPlace = place;
    }
    if (holder !== null) {
      const { principal, known } = holder;
      return { ok: true, principal, key: known.key, weirKeyIn: weirKeyPlace, credential };
    }
    if (this.#anonymous === 'deny') return NO_KEY;
    const principal = credential === null ? NOBODY : this.#stranger(credential.value);
    return { ok: true, principal, key: null, weirKeyIn: null, credential };
  }

  #holderOf(text: string, place: Place, nowMs: number): Holder | Refused {
    const cached = this.#holders.get(text);
    const holder = cached ?? this.#lookUp(text);
    if (holder === null) return refusal(text, place);
    const { key, consumer } = holder.known;
    if (key.expiresMs !== null && nowMs >= key.expiresMs) {
      const when = new Date(key.expiresMs).toISOString();
      const message = `the Weir key in ${place} (key "${key.name}" of "${consumer.name}") expired at ${when}`;
      return { ok: false, code: 'weir_expired_key', message };
    }
    if (cached === undefined) remember(this.#holders, text, holder);
    return holder;
  }

  /** The presented key is hashed before anything is compared, so that time tells nothing about the keys at rest. */
  #lookUp(text: string): Holder | null {
    if (text.length > KEY_CHARS_MAX) return null;
    const digest = createHash('sha256').update(text, 'utf8').digest();
    const known = this.#byDigest.get(digest.toString('hex'));
    if (known === undefined || !timingSafeEqual(known.digest, digest)) return null;
    const { consumer, key } = known;
    const principal = Object.freeze({
      name: consumer.name,
      key: `${key.name} …${text.slice(-4)}`,
      tags: consumer.tags,
    });
    return { known, principal };
  }

  #stranger(value: string): Principal {
    const secret = stableSecret(value);
    const cached = this.#strangers.get(secret);
    if (cached !== undefined) return cached;
    // 64 of 256 bits: enough to tell 10^6 callers apart (collision 3·10^-8), too few to search for a credential.
    const key = createHmac('sha256', this.#hashSecret).update(secret, 'utf8').digest('hex').slice(0, 16);
    const principal = Object.freeze({ name: 'anonymous', key, tags: NOBODY.tags });
    remember(this.#strangers, secret, principal);
    return principal;
  }
}

/** Whether the key may ask for the model. No globs: every model. A model that is not known cannot be shown to be allowed. */
export function modelAllowed(key: ConsumerKey, model: string | null): boolean {
  if (key.models.length === 0) return true;
  if (model === null) return false;
  for (const pattern of key.models) if (globMatches(pattern, model)) return true;
  return false;
}

function remember<T>(cache: Map<string, T>, text: string, value: T): void {
  if (text.length > CACHED_CHARS_MAX) return;
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(text, value);
}

function refusal(text: string, place: Place): Refused {
  const message = weirKeyChecksumOk(text)
    ? `the Weir key in ${place} is not known here: it was revoked, or belongs to another gateway`
    : `the Weir key in ${place} is mistyped or cut short: its form or check characters are wrong`;
  return { ok: false, code: 'weir_invalid_key', message };
}
