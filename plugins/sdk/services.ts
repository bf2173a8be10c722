// What the gateway does for a policy: counters that outlive a request, tables, the route, token counts, time and chance.
import { ByteView } from './bytes';
import { encodedLength, encodeFirst, encodeSecond, Place } from './place';
import {
  count_tokens,
  counter_add,
  lookup as hostLookup,
  now_ms,
  random_i64,
  set_model,
  set_target,
} from './weir';

/** What a counter returns that was refused: the policy has as many live keys as it may. */
export const COUNTER_REFUSED: i64 = i64.MIN_VALUE;

/** A life must be given, and is of no meaning where nothing is added. */
const READ_TTL_MS: i64 = 1000;

/** Shared by all requests of this policy on all threads (grant counters). */
export class counters {
  /** Adds and returns the sum. Key at most 64 bytes; it begins at 0 and is forgotten `ttlMs` (1 s to 31 d) after it was made. */
  static add(key: string, delta: i64, ttlMs: i64): i64 {
    return counter_add(encodeFirst(key), encodedLength(key), delta, ttlMs);
  }

  /** What it stands at, without making or changing it. */
  static get(key: string): i64 {
    return counters.add(key, 0, READ_TTL_MS);
  }
}

const FIRST_BYTES = 256;
const place = new Place(FIRST_BYTES);

/** The rest of the line whose first column is `key`, in a table of the policy's `tables:` (grant lookup); null where there is none. */
export function lookup(table: string, key: string): string | null {
  const tableAt = encodeFirst(table);
  const keyAt = encodeSecond(key);
  const tableBytes = encodedLength(table);
  const keyBytes = encodedLength(key);
  place.ready();
  let length = hostLookup(tableAt, tableBytes, keyAt, keyBytes, place.ptr, place.capacity);
  if (!place.holds(length))
    length = hostLookup(tableAt, tableBytes, keyAt, keyBytes, place.ptr, place.capacity);
  return length < 0 ? null : place.view(length).toString();
}

/** Where the request goes (grant route): names of the configuration, never addresses. */
export class route {
  static setModel(model: string): bool {
    return set_model(encodeFirst(model), encodedLength(model)) >= 0;
  }

  /** `provider` or `provider/model`. */
  static setTarget(target: string): bool {
    return set_target(encodeFirst(target), encodedLength(target)) >= 0;
  }
}

/** Tokens of a text by the request's model; -2 over 64 KiB. Costs 64 fuel a byte. */
export function countTokens(text: ByteView): i64 {
  return count_tokens(text.ptr, text.length);
}

/** When the hook began, in ms since 1970. */
export function nowMs(): i64 {
  return now_ms();
}

/** Evenly from 0 to below `bound`; the same for the same request, policy and hook. */
export function randomBelow(bound: i64): i64 {
  return <i64>(<u64>random_i64() % <u64>bound);
}
