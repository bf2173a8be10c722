// The memory map of kernel `limits`: one shared memory for all threads, so that a limit is one number and not one a thread. The
// module has no static data and no state of its own but the table's size: each thread's instance sees the same buckets.
//
//   0        HEADER   how many buckets live, frees so far, transactions under way                      1,024 bytes
//   1 Ki     TAGS     one u64 a slot: fragment of the key and state; a group of 8 is one cache line    slots x 8
//   then     BUCKETS  one cache line each                                                              slots x 64
//
// Pages that no bucket lies on are never touched, so they cost no memory.

// HEADER
/** Slots of the table; 0 until init(). */
export const H_SLOTS: usize = 0;
/** i32: slots that are not free. */
export const H_LIVE: usize = 64;
/** i32 each: freeings of a slot that were begun, and that are done. */
export const H_BEGUN: usize = 128;
export const H_DONE: usize = 132;
/** i32: 1 while one thread sweeps. */
export const H_SWEEPING: usize = 136;
/** i32: transactions (holds in several buckets) that are under way. */
export const H_OPEN: usize = 192;
/** i32: transactions that gave back what they had taken. */
export const H_UNDONE: usize = 256;

export const TAGS: usize = 1024;
export const TAG_BYTES: usize = 8;
export const BUCKET_BYTES: usize = 64;
/** Slots of a group; a key may stand in either of two groups. */
export const GROUP: i32 = 8;

// A tag is the key's first word with its two low bits for the state.
export const FREE: u64 = 0;
/** Somebody puts a bucket here; whoever wants the same key waits for him. */
export const PENDING: u64 = 1;
export const LIVE: u64 = 2;
/** About to be freed, unless somebody has used it meanwhile. */
export const DYING: u64 = 3;
export const STATE: u64 = 3;

// A bucket. `level` alone decides; the others are for telling and for reclaiming.
export const B_KEY0: usize = 0; // u64, first half of the key
export const B_KEY1: usize = 8; // u64, second half
/** i64: rate: theoretical arrival time, in units; quota: used and held; concurrency: permits out. */
export const B_LEVEL: usize = 16;
/** i64: what running requests hold, in the policy's unit. */
export const B_HELD: usize = 24;
/** i64: monotonic ms of the last use. */
export const B_USED_AT: usize = 32;
/** i64: monotonic ms from which on the bucket, if nobody pins it, is worth no more than a fresh one. */
export const B_SPENT_AT: usize = 40;
/** i32: requests that hold something in it. */
export const B_PINS: usize = 48;
/** i32: number of the policy, for listing. */
export const B_POLICY: usize = 52;
/** i64: free for the host (the window a quota belongs to). */
export const B_WINDOW: usize = 56;

/** A bucket is not freed before so long after its last use, ms. */
export const IDLE_MS: i64 = 10_000;
