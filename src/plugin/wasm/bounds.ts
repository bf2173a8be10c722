// What a module may have beside the bounds of CONTRACT.md §5.1, each so that compiling and instantiating stays a matter of milliseconds.

/** Without its parameters, which the engine bounds by 1,000: LOCALS_MAX of core/plugin-bounds.ts counts declared locals and parameters together. */
export const TYPES_MAX = 10_000;
export const IMPORTS_MAX = 1_000;
export const FUNCTIONS_MAX = 50_000;
export const GLOBALS_MAX = 10_000;
/** Each is kept twice and put back before every hook, a nanosecond each. */
export const MUTABLE_GLOBALS_MAX = 500;
export const EXPORTS_MAX = 10_000;
export const TABLES_MAX = 16;
export const TAGS_MAX = 1_000;
export const SEGMENTS_MAX = 10_000;
export const CUSTOM_SECTIONS_MAX = 1_000;

/** Entries of all tables together at the start; the rewriter caps each table's maximum likewise. */
export const TABLE_ENTRIES_MAX = 65_536;

export const NESTING_MAX = 1_000;
export const FUNCTION_BYTES_MAX = 256 * 1024;
export const COMPILE_WORK_MAX = 100_000_000;

export const MANIFEST_BYTES_MAX = 16 * 1024;
export const MANIFEST_TEXT_MAX = 256;
