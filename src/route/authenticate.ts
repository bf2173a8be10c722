// Hot path: per request. Who asks (CONTRACT.md §3 "Identity"): from a request's head to a principal, or the reason
// for a 401. Compiled once per configuration, beside the keys that were made at run time; a key seen before costs one map
// lookup, one look at the clock, and one at whether those keys have changed.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ConsumerConfig, ConsumerKey } from '../config/config.js';
import type { WeirCode } from '../core/codes.js';
import type { Principal } from '../core/entry.js';
import { globMatches } from '../core/glob.js';
import type { SavedKey } from '../core/saved-key.js';
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
import { SavedKeys } from './saved-keys.js';

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
  /** Why a key that stood there is refused, in one word; absent where there was none. */
  readonly reason?: 'mistyped' | 'unknown' | 'expired' | 'revoked';
}

export type Authenticated = Admitted | Refused;

interface KnownKey {
  readonly consumer: Omit<ConsumerConfig, 'keys'>;
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
  readonly #consumers: ReadonlyMap<string, ConsumerConfig>;
  readonly #anonymous: 'allow' | 'deny';
  readonly #hashSecret: Uint8Array;
  readonly #saved: SavedKeys;
  /** Of the saved keys, when the holders were last known to be right. */
  #savedVersion: number;
  /** Whole key text → who holds it. Right keys only: guessing fills nothing. */
  readonly #holders = new Map<string, Holder>();
  readonly #strangers = new Map<string, Principal>();

  /** `hashSecret` keys the hash by which anonymous callers are told apart; the same in all threads. `saved` may change at any time. */
  constructor(
    consumers: readonly ConsumerConfig[],
    anonymous: 'allow' | 'deny',
    hashSecret: Uint8Array,
    saved: SavedKeys = new SavedKeys(),
  ) {
    this.#consumers = new Map(consumers.map(consumer => [consumer.name, consumer]));
    this.#anonymous = anonymous;
    this.#hashSecret = hashSecret;
    this.#saved = saved;
    this.#savedVersion = saved.version;
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
    if (this.#savedVersion !== this.#saved.version) {
      this.#savedVersion = this.#saved.version;
      this.#holders.clear();
    }
    const cached = this.#holders.get(text);
    const holder = cached ?? this.#lookUp(text, place);
    if (holder === null) return refusal(text, place);
    if ('ok' in holder) return holder;
    const { key, consumer } = holder.known;
    if (key.expiresMs !== null && nowMs >= key.expiresMs) {
      const when = new Date(key.expiresMs).toISOString();
      const message = `the Weir key in ${place} (key "${key.name}" of "${consumer.name}") expired at ${when}`;
      return { ok: false, code: 'weir_expired_key', message, reason: 'expired' };
    }
    if (cached === undefined) remember(this.#holders, text, holder);
    return holder;
  }

  /** The presented key is hashed before anything is compared, so that time tells nothing about the keys at rest. */
  #lookUp(text: string, place: Place): Holder | Refused | null {
    if (text.length > KEY_CHARS_MAX) return null;
    const digest = createHash('sha256').update(text, 'utf8').digest();
    const hex = digest.toString('hex');
    const saved = this.#saved.find(hex);
    // Above the configuration: what was revoked stays so wherever else it stands.
    if (saved !== undefined && saved.revokedMs !== null) return revoked(saved, saved.revokedMs, place);
    const known = this.#byDigest.get(hex) ?? (saved === undefined ? undefined : this.#known(saved));
    if (known === undefined || !timingSafeEqual(known.digest, digest)) return null;
    const { consumer, key } = known;
    const principal = Object.freeze({
      name: consumer.name,
      key: `${key.name} …${text.slice(-4)}`,
      tags: consumer.tags,
    });
    return { known, principal };
  }

  /** A consumer that the configuration does not name has no tags. */
  #known(saved: SavedKey): KnownKey {
    const consumer = this.#consumers.get(saved.consumer) ?? { name: saved.consumer, tags: NOBODY.tags };
    return { consumer, key: saved, digest: Buffer.from(saved.sha256, 'hex') };
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
  const unknown = weirKeyChecksumOk(text);
  const message = unknown
    ? `the Weir key in ${place} is not known here: it was taken out of the configuration, or belongs to another gateway`
    : `the Weir key in ${place} is mistyped or cut short: its form or check characters are wrong`;
  return { ok: false, code: 'weir_invalid_key', message, reason: unknown ? 'unknown' : 'mistyped' };
}

function revoked({ name, consumer }: SavedKey, revokedMs: number, place: Place): Refused {
  const when = new Date(revokedMs).toISOString();
  const message = `the Weir key in ${place} (key "${name}" of "${consumer}") was revoked at ${when}`;
  return { ok: false, code: 'weir_revoked_key', message, reason: 'revoked' };
}
