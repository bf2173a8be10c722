// How many live keys each space has: a space is a policy, or its shadow. Births are counted before a key is made, so the number is too high
// where a thread was killed between, and by keys that have expired since; never too low, but by threads that make a key in the very moment
// of a recount. A recount puts it right.
//
//   recount  u64  1 = under way | ms of the last one, 31 | live keys then - births then, 32
//
// Who is refused knows of a whole recount: one that is under way is done by everybody who needs it, and the first one's result holds.
import { add32, load32, load64, swap32, swap64 } from './atoms';
import { pair } from '../shared/siphash';
import { S_BIRTHS, S_NAME, S_RECOUNT, SPACE_BYTES, SPACE_COUNT, SPACES } from './layout';
import { expiresAt, expiryOf, isBorn, keyOf, slotCount, spaceOf } from './slot';

/** A recount reads all slots, about 1.5 ms per 500,000, so a space that stays full has one this often at most: below 1 % of a core. */
const RECOUNT_MS: i32 = 250;
/** A clock that is so far behind the last recount was set back. */
const SET_BACK_MS: i32 = 3_600_000;
const UNDER_WAY: u64 = (<u64>1) << 63;

function spaceAt(space: i32): usize {
  return SPACES + <usize>space * SPACE_BYTES;
}

/** The number of the space with this hash, 1 to 4,095; 0: so many there are already. */
export function findSpace(name: u64): i32 {
  const hash = name == 0 ? 1 : name;
  const start = <i32>(hash % <u64>SPACE_COUNT);
  for (let i = 0; i < SPACE_COUNT; i++) {
    const space = (start + i) % SPACE_COUNT;
    if (space == 0) continue;
    const at = spaceAt(space) + S_NAME;
    if (load64(at) == hash || swap64(at, 0, hash) || load64(at) == hash) return space;
  }
  return 0;
}

/** Counts a birth; false: there are `liveMax` live keys. Who then makes no key gives it back. */
export function takeRoom(space: i32, liveMax: i32, nowMs: i64): bool {
  while (!taken(space, liveMax)) if (!recount(space, nowMs)) return false;
  return true;
}

export function giveRoom(space: i32): void {
  add32(spaceAt(space) + S_BIRTHS, -1);
}

function taken(space: i32, liveMax: i32): bool {
  const at = spaceAt(space);
  while (true) {
    const births = load32(at + S_BIRTHS);
    if (births + load32(at + S_RECOUNT) >= liveMax) return false;
    if (swap32(at + S_BIRTHS, births, births + 1)) return true;
  }
}

/** False where there was a whole one within RECOUNT_MS. */
function recount(space: i32, nowMs: i64): bool {
  const at = spaceAt(space) + S_RECOUNT;
  let word = load64(at);
  if ((word & UNDER_WAY) == 0) {
    // 31 bits of time, compared as such: a difference of less than 12 days either way.
    const since = (((<i32>nowMs) << 1) - ((<i32>(word >> 32)) << 1)) >> 1;
    if (since < RECOUNT_MS && since > -SET_BACK_MS) return false;
    const begun = pair(<i32>word, <i32>nowMs & 0x7fffffff) | UNDER_WAY;
    if (!swap64(at, word, begun)) return true;
    word = begun;
  }
  const births = load32(spaceAt(space) + S_BIRTHS);
  swap64(at, word, pair(liveKeys(space, nowMs) - births, <i32>(word >> 32) & 0x7fffffff));
  return true;
}

function liveKeys(space: i32, nowMs: i64): i32 {
  const count = slotCount();
  let live = 0;
  for (let slot = 0; slot < count; slot++) {
    const expiry = expiryOf(slot);
    if (spaceOf(expiry) == space && expiresAt(expiry) > nowMs && isBorn(keyOf(slot), expiry)) live++;
  }
  return live;
}
