// The memory map of kernel `counters`: one shared memory for all threads. The module has no static data and no state between two calls.
//
//     64      HEADER   i32 threads that have opened it
//      1 Ki   SPACES   u64 hash of a name; u64 recount (room.ts); i32 births               4,096 x 32
//    129 Ki   HEADS    one u64 a bucket (bucket.ts)                                        buckets x 8
//    then     SLOTS    u64 key and life; u64 expiry; i64 value (slot.ts)                   buckets x 32 x 24
//
// Zero is the ready state of all of it, and pages that no key lies on are never written, so they cost no memory.

export const H_THREADS: usize = 64;

export const SPACES: usize = 1024;
export const SPACE_BYTES: usize = 32;
/** 12 bits of a slot's expiry; number 0 is nobody's. */
export const SPACE_COUNT: i32 = 4096;
export const S_NAME: usize = 0;
export const S_RECOUNT: usize = 8;
export const S_BIRTHS: usize = 16;

export const HEADS: usize = SPACES + <usize>SPACE_COUNT * SPACE_BYTES;
export const BUCKET_SLOTS: i32 = 32;
export const SLOT_BYTES: usize = 24;
export const S_KEY: usize = 0;
export const S_EXPIRY: usize = 8;
export const S_VALUE: usize = 16;
