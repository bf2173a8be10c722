// What a module may have beside the bounds of CONTRACT.md §5.1, each so that compiling and instantiating stays a matter of milliseconds.

/** V8's own bound of a function's parameters, and of its results. */
export const TYPE_VALUES_MAX = 1_000;
export const TYPES_MAX = 10_000;
export const IMPORTS_MAX = 1_000;
export const FUNCTIONS_MAX = 50_000;
export const GLOBALS_MAX = 10_000;
/** Each is kept twice and put back before every hook, a nanosecond each. */
export const MUTABLE_GLOBALS_MAX = 500;
/** An instance is made anew after each failed hook, which no fuel pays for: 9,990 exports took 11 ms. */
export const EXPORTS_MAX = 1_000;
export const TABLES_MAX = 16;
export const TAGS_MAX = 1_000;
export const SEGMENTS_MAX = 10_000;
export const CUSTOM_SECTIONS_MAX = 1_000;

/** Entries of all tables together at the start; the rewriter caps each table's maximum likewise. 65,536 took 14 ms at each new instance. */
export const TABLE_ENTRIES_MAX = 10_000;

/** Blocks inside one another. A function of 80,000 took 117 ms at its first call, one of 1,000 takes 0.2 ms. */
export const NESTING_MAX = 1_000;
/** Operands alive at a time; compilers keep a handful. V8's validator needs 40 bytes for each. */
export const OPERANDS_MAX = 10_000;
/** The largest seen in real modules: 92 KB (tiktoken); the optimising compiler takes 40 ms for 256 KiB. */
export const FUNCTION_BYTES_MAX = 256 * 1024;
/** Values that the engine copies at blocks and branches, see compile-work.ts: about 50 ms. The largest seen in real modules: 1.5 million. */
export const FUNCTION_WORK_MAX = 4_000_000;
/** Of all functions together: about half a second. Real modules: up to 2,300 a KB. */
export const COMPILE_WORK_MAX = 40_000_000;

export const MANIFEST_BYTES_MAX = 16 * 1024;
export const MANIFEST_TEXT_MAX = 256;
