// The memory map of kernel `limits`: one shared memory for all threads, so that a limit is one number and not one a thread. The
// module has no static data and no state of its own but the table's size and the hash's secret: each thread's instance sees the same
// buckets, and a new instance changes nothing.
//
//   0        HEADER   how many buckets live, transactions under way                                    1,024 bytes
//   1 Ki     TAGS     one u64 a slot: fragment of the key and state; a group of 8 is one cache line    slots x 8
//   then     BUCKETS  one cache line each                                                              slots x 64
//
// Pages that no bucket lies on are never written, so they cost no memory.

// HEADER: a cache line each, since all threads write them.
/** i32: slots of the table; 0 until init(). */
export const H_SLOTS: usize = 0;
/** i32: slots that are not free. */
export const H_LIVE: usize = 64;
/** i32: transactions (holds in several buckets) that are under way. */
export const H_OPEN: usize = 128;
/** i32: transactions that gave back what they had taken. */
export const H_UNDONE: usize = 192;
/** i32: always 0; who waits a moment for another thread sleeps on it. */
export const H_PAUSE: usize = 256;

export const TAGS: usize = 1024;
export const TAG_BYTES: usize = 8;
export const BUCKET_BYTES: usize = 64;
/** Slots of a group. */
export const GROUP: i32 = 8;
/**
 * Groups that a key may stand in, tried in this order: two of the first 256th of the table, two of the first 16th, eight of all of it. So few
 * keys lie close together (ten thousand touch 10 MB instead of 55), and many find room: of a table of 2^20 that fills, the first key without
 * comes at a load of 70 %; at 90 % it is one in 1,000.
 */
export const GROUPS: i32 = 12;
export const NEAREST: i32 = 2;
export const NEAREST_SHIFT: i32 = 8;
export const NEAR: i32 = 4;
export const NEAR_SHIFT: i32 = 4;
/** The same for a key of KEY_RESERVED. */
export const GROUPS_RESERVED: i32 = 36;
/** This bit of a key's second half: it may use the reserve, the last sixteenth of the table. */
export const KEY_RESERVED: u64 = 1;

// A tag is the key's first word with its two low bits for the state.
export const FREE: u64 = 0;
/** Somebody puts a bucket here, unless he finds that the key has one. */
export const PENDING: u64 = 1;
export const LIVE: u64 = 2;
/** About to be freed, unless somebody has used it meanwhile. */
export const DYING: u64 = 3;
export const STATE: u64 = 3;

// Bits of an operation's mode.
/** An estimate that settling will correct; until then the bucket stays. */
export const HOLD: i32 = 1;
/** Takes what is not there: the bucket owes. */
export const FORCE: i32 = 2;
/** Says whether it would be taken, and takes nothing. */
export const LOOK: i32 = 4;

// A bucket. `level` alone decides; the others are for telling and for reclaiming.
export const B_KEY0: usize = 0; // u64, first half of the key
export const B_KEY1: usize = 8; // u64, second half
/** i64: rate: theoretical arrival time, in units; quota: used and held; concurrency: permits out. */
export const B_LEVEL: usize = 16;
/** i64: what running requests hold, in the policy's unit. */
export const B_HELD: usize = 24;
/** i64: monotonic ms of the last use, up to USED_GRAIN_MS too early. */
export const B_USED_AT: usize = 32;
/** i64: monotonic ms from which on the bucket, if nobody pins it, is worth no more than a fresh one; 0: as soon as its level is 0. */
export const B_SPENT_AT: usize = 40;
/** i32: requests that hold something in it, and operations under way. */
export const B_PINS: usize = 48;
/** i32: number of the policy, for listing. */
export const B_POLICY: usize = 52;
/** i64: free for the host (the window a quota belongs to). */
export const B_WINDOW: usize = 56;

/** Uses within this time are noted once: a store that all threads wait for costs 5 ns. */
export const USED_GRAIN_MS: i64 = 512;
/** A bucket's end is noted rounded up to a multiple of this, for the same reason. */
export const SPENT_GRAIN_MS: i64 = 512;

// Bounds within which no sum or product of rate.ts and quota.ts leaves an i64 (rateUnits() in src/kernel/limits-rate.ts keeps them):
// nowMs < 2^38 (8.7 years), perMs <= 2^24, capacity * perToken <= 2^61, amounts <= 2^53.
/** Most units a bucket can owe, 3 * 2^60: more than any size, and twice it, or it and the clock, fit. Reported usage may be absurd. */
export const OWED_MAX: i64 = 3 << 60;
/** Highest level of a quota. */
export const LEVEL_MAX: i64 = 1 << 62;
export const AMOUNT_MAX: f64 = 9007199254740992;
