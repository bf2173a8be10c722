// Every bound of the plugin sandbox and every default of a plugin policy, in one place (CONTRACT.md §5); docs/plugins.md shows them.

const KIB = 1024;
const MIB = 1024 * KIB;

/** A file dropped into `plugins_dir`, and the default of `size:`. */
export const MODULE_BYTES_MAX = MIB;
/** The most that `size:` allows. */
export const MODULE_SIZE_MAX = 16 * MIB;
export const LOCALS_MAX = 2_000;
export const PAGE_BYTES = 64 * KIB;

/** Per hook call. */
export const FUEL_DEFAULT = 10_000_000;
/** on_event gets this part of it. */
export const FUEL_EVENT_SHARE = 20;
/** Beside it, for every byte of text that the hook can see. */
export const FUEL_PER_BYTE_DEFAULT = 400;
export const MEMORY_BYTES_DEFAULT = 16 * MIB;
export const MEMORY_BYTES_MAX = 256 * MIB;
/** In the compute pool. */
export const DEADLINE_MS_DEFAULT = 250;

/** Fuel of any import call, and of each byte that it copies or scans. */
export const IMPORT_FUEL = 50;
export const IMPORT_FUEL_PER_BYTE = 4;
export const COUNT_TOKENS_FUEL_PER_BYTE = 64;
export const COUNT_TOKENS_BYTES_MAX = 64 * KIB;

export const STATE_BYTES_MAX = 4 * KIB;
export const HEADERS_MAX = 32;
export const HEADER_BYTES_MAX = 8 * KIB;
/** `body_replace`: twice the original and this. */
export const BODY_EXTRA_BYTES = 64 * KIB;

export const DENY_CODE_BYTES_MAX = 64;
export const DENY_MESSAGE_BYTES_MAX = KIB;
/** A request, over all hooks of one policy. */
export const EVIDENCE_MAX = 16;
export const EVIDENCE_KEY_BYTES_MAX = 32;
export const EVIDENCE_TEXT_BYTES_MAX = 256;
export const LOG_LINES_PER_HOOK = 4;
export const LOG_BYTES_MAX = 512;
export const LOG_LINES_PER_SECOND = 20;
export const TAG_BYTES_MAX = 128;

export const COUNTER_KEY_BYTES_MAX = 64;
/** What `counter_add` scans of a counter beside its key: the hashed key, its expiry and its sum. Paid as bytes that an import scans. */
export const COUNTER_SLOT_BYTES = 24;
export const COUNTER_TTL_MS_MIN = 1_000;
export const COUNTER_TTL_MS_MAX = 31 * 86_400_000;
/** Live keys a policy. */
export const COUNTERS_DEFAULT = 10_000;
/** Live keys of all policies together: what the counters' table has room for. */
export const COUNTERS_MAX = 524_288;

/** Text of an answer that `on_event` keeps back. */
export const HELD_BYTES_MAX = 256 * KIB;
export const HELD_MS_MAX = 5_000;

/** `on_failure: open`: a consumer with so many failures within the span is not asked any more. */
export const OPEN_FAILURES_MAX = 5;
export const OPEN_FAILURES_SPAN_MS = 60_000;

/** Versions of one plugin that requests in flight still use; a further swap waits. */
export const OLD_VERSIONS_MAX = 4;
/** A bigger view runs in the compute pool under `run: auto`; see bench/plugin. */
export const INLINE_VIEW_BYTES_MAX = 32 * KIB;
/**
 * A module that begins with more memory than this, or has grown beyond it, runs in the compute pool under `run: auto`: loads that miss the caches
 * take up to 300 times what any weight can charge for them (src/plugin/wasm/opcodes.ts).
 */
export const INLINE_MEMORY_BYTES_MAX = MIB;
