// Where everything lies in kernel classify's memory. Nothing is allocated: the host numbers the slots and grows
// the memory, the kernel only ever touches the input window and the slot it is given.
//
//   0            1024        64 KiB                    64 KiB + WINDOW          SLOTS
//   │ (unused)   │ literals  │ input window            │ 64 bytes never read    │ slot 0 │ slot 1 │ …
//   └────────────┴───────────┴─────────────────────────┴────────────────────────┴────────┴────────┴──
//
// The bytes after the window let a 64-byte load begin at the window's last byte.

/** First byte of the input window; below it are the compiler's string literals. */
export const INPUT: usize = 65536;
/** Bytes that one `scan` call takes at most: half of a small L2 cache, so that copy and scan share it. */
export const WINDOW: usize = 131072;
export const SLOTS: usize = INPUT + WINDOW + 65536;
export const SLOT_BYTES: usize = 4096;

// One slot, one scan. Numbers are i32 unless said; f64 holds offsets and token numbers (exact to 2^53).
//
//   0      512          576            1600      2048     2496         2944    3392        3840
//   │ head │ ctx stack  │ depth bits   │ capture │ model  │ model alt  │ user  │ user alt  │
//   └──────┴────────────┴──────────────┴─────────┴────────┴────────────┴───────┴───────────┘

// How far the scan is.
export const MODE: usize = 0;
export const DEPTH: usize = 4;
export const CONTEXT: usize = 8;
export const KEY: usize = 12;
export const STEP: usize = 16; // inside a literal, number, escape, delimiter: how far
export const FLAGS: usize = 20;
export const CAPTURED: usize = 24; // bytes in the capture buffer
export const HEX: usize = 28;
export const HIGH_SURROGATE: usize = 32;
export const CONSUMED: usize = 40; // f64: bytes of the body before the window
export const MANTISSA: usize = 48; // f64: a number's digits so far
export const FRACTION_DIGITS: usize = 56;
export const EXPONENT: usize = 60; // with its sign in EXPONENT_SIGN
export const EXPONENT_SIGN: usize = 64;

// What it has found.
export const SHAPE: usize = 72;
export const MODALITIES: usize = 76;
export const STREAM: usize = 80; // -1 unknown, 0, 1
export const INCLUDE_USAGE: usize = 84;
export const OPTIONS_EMPTY: usize = 88;
export const OPTIONS_AT: usize = 96; // f64, -1 none
export const CLOSE_AT: usize = 104; // f64, -1 none
export const COUNTS: usize = 112; // i32 × COUNTS_MAX, -1 absent
export const COUNTS_MAX: i32 = 16;
export const BOUNDS: usize = 176; // f64 × BOUNDS_MAX, -1 absent
export const BOUNDS_MAX: i32 = 24;
export const MODEL_BYTES: usize = 368; // lengths, -1 absent, negative below -1: cut (~length)
export const MODEL_ALT_BYTES: usize = 372;
export const USER_BYTES: usize = 376;
export const USER_ALT_BYTES: usize = 380;
export const BOUNDARY_BYTES: usize = 384; // multipart: length of the boundary
// What `summarise` makes of COUNTS and BOUNDS, -1 none.
export const ALL_MESSAGES: usize = 432;
export const ALL_TOOLS: usize = 436;
export const BOUND: usize = 440; // f64
// f64 each, in the body: where a wanted string's quote stands, and the kept models' first and last + 1, -1 none.
export const STRING_AT: usize = 392;
export const MODEL_AT: usize = 400;
export const MODEL_END: usize = 408;
export const MODEL_ALT_AT: usize = 416;
export const MODEL_ALT_END: usize = 424;

export const CONTEXT_STACK: usize = 512;
/** Containers deeper than this have no context: nothing in them is looked at, only validated. */
export const CONTEXT_DEPTH_MAX: i32 = 64;
export const DEPTH_BITS: usize = 576; // multipart keeps the boundary here
/** Deeper nesting counts as invalid: a bound on memory, far above any real body. */
export const DEPTH_MAX: i32 = 8192;
export const CAPTURE: usize = 1600;
/** Longest string value kept, in bytes of UTF-8; what is longer is cut and said to be cut. */
export const STRING_BYTES_MAX: i32 = 448;
export const MODEL: usize = 2048;
export const MODEL_ALT: usize = 2496;
export const USER: usize = 2944;
export const USER_ALT: usize = 3392;
