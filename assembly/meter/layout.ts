// The memory map of kernel `meter`. The host sees it through the globals that index.ts exports.
//
//        0  static data of the module (texts of the rules), at most 64 KiB; init() checks it
//    64 Ki  KEYS      hash table of the keys worth knowing      512 x 32
//    80 Ki  ACTIONS   what a key means inside a place           64 places x 192 keys x 8
//   176 Ki  CRC       tables for CRC-32 by eight bytes          8 x 256 x 4
//   184 Ki  BASE64    value of a base64 character, 255 = none   256
//           ELEMENTS  place of an array's objects              64
//           SPECIAL   1 = a place that is begun and ended      64
//           SPLATS    the characters looked for, 16 times each 8 x 16
//           HOLES     of the document in progress              8 x 16
//   185 Ki  SPANS     text found by the last push               8192 x 16
//   320 Ki  INPUT     64 bytes of look-behind, then the pushed bytes (64 Ki), then 64 of padding
//   386 Ki  DECODED   the same for JSON that came as base64 (48 Ki)
//   436 Ki  SLOTS     one slot a stream; the host grows the memory as concurrency demands

export const KEYS: usize = 64 << 10;
export const KEY_ENTRIES: i32 = 512;
export const ACTIONS: usize = 80 << 10;
export const KEY_IDS: i32 = 192;
export const CRC: usize = 176 << 10;
export const BASE64: usize = 184 << 10;
export const ELEMENTS: usize = BASE64 + 256;
export const SPECIAL: usize = ELEMENTS + 64;
export const SPLATS: usize = SPECIAL + 64;
/** A hole is 16 bytes: u32 start, u32 end, u32 kind, u32 index (S_INDEX). */
export const HOLES: usize = SPLATS + 128;
export const HOLES_MAX: i32 = 4;
export const SPANS: usize = 185 << 10;
/** A span is 16 bytes: u32 address, u32 length, u32 kind | SPAN_* flags, u32 index (S_INDEX). */
export const SPAN_BYTES: i32 = 16;
// The shortest way to a text is `"text":"a"`: 64 Ki of input hold fewer than 8,192 of them.
export const SPANS_MAX: i32 = 8192;

/** Bytes before INPUT and DECODED that still show what came last: a key may begin in an earlier push. */
export const WINDOW: i32 = 64;
export const INPUT: usize = (320 << 10) + 64;
export const INPUT_MAX: i32 = 64 << 10;
export const DECODED: usize = (386 << 10) + 64;
export const DECODED_MAX: i32 = 48 << 10;
export const SLOTS: usize = 436 << 10;
export const SLOT_BYTES: i32 = 12 << 10;

// One slot. Up to Z_END it is zeroed when a stream opens.
export const S_FRAMING: usize = 0; // FRAMING_*
export const S_DEPTH: usize = 4; // open objects and arrays that are followed; 0 = between documents
export const S_DEAD: usize = 8; // open ones inside a value that nobody asked for
export const S_TYPES: usize = 16; // u64: bit d set = depth d is an object
export const S_PEND: usize = 24; // u64: action of the last key, until its value has begun
export const S_STRING: usize = 32; // i64: -1 inside a string, else 0
export const S_ESCAPE: usize = 40; // i64: 1 if the next byte is escaped
export const S_TEXT: usize = 48; // action of the string in progress, 0 = none
export const S_WANT: usize = 52; // 1: the colon has come, its value has not
export const S_NUMBER: usize = 56; // field of the number in progress, 0 = none
export const S_NUMBER_STATE: usize = 60; // 0 integer part, 1 fraction, 2 not usable
export const S_NUMBER_VALUE: usize = 64; // i64
export const S_KIND: usize = 72; // KIND_* of a root `delta` in this document, by its `type`
export const S_EVENT_KIND: usize = 76; // the same by the SSE event's name
export const S_INDEX: usize = 80; // which text of its kind: u16 choice, block or output item, u16 part or call inside it
export const S_SCRATCH_LENGTH: usize = 84;
export const S_RAW_PLACE: usize = 88; // 1..3 while a usage object is being copied
export const S_RAW_DEPTH: usize = 92;
export const S_RAW_PARTIAL: usize = 96; // bytes of it so far, -1 = too long
export const S_RAW_LENGTHS: usize = 100; // 3 x i32
export const S_SUMS_DIRTY: usize = 112;
export const S_MODALITY: usize = 116; // 1 = the modality object in progress is audio
export const S_MODALITY_COUNT: usize = 120; // i64
export const S_EVENTS: usize = 128; // documents completed
export const S_FLAGS: usize = 132; // FLAG_*
export const S_SKIP: usize = 136; // 1: not JSON, skip to the end of the line
export const S_LINE: usize = 140; // LINE_*
export const S_CR: usize = 144; // 1: a CR ended the last line, an LF that follows belongs to it
export const S_BOUNDARY: usize = 148;
export const S_PENDING: usize = 152; // bytes at the end of the last push that are still to be read (they stand in the window)
export const S_EVENT_NAME_LENGTH: usize = 156;
export const S_MODEL_LENGTH: usize = 160;
export const S_FINISH_LENGTH: usize = 164;
export const S_ERROR_LENGTH: usize = 168;
export const S_MESSAGE_LENGTH: usize = 172;
export const S_TIER_LENGTH: usize = 176;
export const S_EV_STATE: usize = 180;
export const S_EV_COUNT: usize = 184; // bytes of the present part so far
export const S_EV_HEADERS: usize = 188; // length of the headers
export const S_EV_PAYLOAD: usize = 192; // length of the payload
export const S_EV_CRC: usize = 196;
export const S_EV_CHUNK: usize = 200; // 1: payload is {"bytes": base64}
export const S_B64_STATE: usize = 204;
export const S_B64_BITS: usize = 208;
export const S_B64_COUNT: usize = 212;
export const S_NUMBER_DIGITS: usize = 216;
export const S_CONTENT: usize = 220; // CONTENT_* as the head said
export const S_TEMPLATE_COUNT: usize = 416; // its literals, 0 = there is none
export const S_TEMPLATE_EVENT: usize = 420; // S_EVENT_KIND then
export const S_TEMPLATE_MISSES: usize = 424;
export const S_TEMPLATE_LITERALS: usize = 428; // 5 x u16: lengths
export const S_TEMPLATE_KINDS: usize = 446; // 4 x u8
export const S_EVENT_NAME_PARTIAL: usize = 456; // bytes of the line in progress
export const S_EVENT_NAME_KIND: usize = 452; // what the name in S_EVENT_NAME means
export const S_WRAPPED: usize = 412; // 1: event-stream chunks hold the model's own JSON as base64
export const S_STACK: usize = 224; // 64 x u8: place by depth
export const S_SUMS: usize = 288; // 15 x i64
export const Z_END: i32 = 464;

export const S_FIELDS: usize = 464; // 64 x f64: the largest value that each field had, -1 = never seen
export const S_WINDOW: usize = 976; // 64
export const S_DECODED_WINDOW: usize = 1040; // 64
export const S_EVENT_NAME: usize = 1104; // and 16 bytes that comparisons read
export const EVENT_NAME_MAX: i32 = 64;
export const S_MODEL: usize = 1184;
export const MODEL_MAX: i32 = 256;
export const S_FINISH: usize = 1440;
export const FINISH_MAX: i32 = 64;
export const S_TIER: usize = 1504;
export const TIER_MAX: i32 = 32;
export const S_EV: usize = 1536;
export const EV_MAX: i32 = 448;
// What is known of the texts of this stream; zeroed when it opens.
export const S_TEXTS: usize = 1984;
export const S_POSITION: usize = 1984; // of the next choice, candidate or item in this document
export const S_PART_POSITION: usize = 1988; // of the next part in it
export const S_CALL_POSITION: usize = 1992; // of the next tool call in it
export const S_DOUBTS: usize = 1996; // DOUBT_* of this document
export const S_GIVEN: usize = 2000; // GIVEN_* of the output item in progress
export const S_NAMES: usize = 2004; // names of tools so far
export const S_OBJECTS: usize = 2008; // object-shaped arguments so far
export const S_ARGUMENTS: usize = 2012; // 1: the value that is skipped is such an object
export const S_LATE_INDEX: usize = 2016; // 1: documents of this stream may say their index after their text
export const S_LATE_KIND: usize = 2020; // the kind that the last late type said
export const S_TEMPLATE_INDEXES: usize = 2032; // 4 x u32
export const S_MESSAGE: usize = 2048;
export const MESSAGE_MAX: i32 = 1024;
export const S_ERROR: usize = 3072;
export const ERROR_MAX: i32 = 1024;
export const S_SCRATCH: usize = 4096;
export const SCRATCH_MAX: i32 = 1024;
export const S_LAST: usize = 5120; // 64 x f64: the last value that each field had
export const S_TEMPLATE: usize = 5632;
export const TEMPLATE_MAX: i32 = 512 - 32; // copies run up to 15 bytes over
export const S_RAW: usize = 6144;
export const RAW_MAX: i32 = 2048;

export const DEPTH_MAX: i32 = 62;

export const FRAMING_UNKNOWN: i32 = 0;
export const FRAMING_JSON: i32 = 1; // one document, or one after another (NDJSON), or the elements of an array
export const FRAMING_SSE: i32 = 2;
export const FRAMING_EVENTSTREAM: i32 = 3;
export const FRAMING_OPAQUE: i32 = 4; // nothing that can be read

export const CONTENT_OTHER: i32 = 0;
export const CONTENT_JSON: i32 = 1;
export const CONTENT_SSE: i32 = 2;
export const CONTENT_EVENTSTREAM: i32 = 3;

// Bits 0..2 are METER_* of src/core/meter-reading.ts.
export const FLAG_BOUNDARY: i32 = 1;
export const FLAG_ERROR: i32 = 2;
export const FLAG_FINAL: i32 = 4;
export const FLAG_BROKEN: i32 = 8;
export const FLAG_EXCEPTION: i32 = 16; // an event stream's exception or error message

export const KIND_UNKNOWN: i32 = 0;
export const KIND_TEXT: i32 = 1;
export const KIND_REASONING: i32 = 2;
export const KIND_REFUSAL: i32 = 3;
export const KIND_TOOL: i32 = 4;
export const KIND_NAME: i32 = 5; // the name of a called tool
export const KIND_NONE: i32 = 6;
export const KIND_ITEM_DONE: i32 = 7; // none either, and the output item is over
/** Set in a span's kind where its address lies in DECODED, not in the pushed bytes. */
export const SPAN_DECODED: i32 = 256;
/** Set in a span's kind where it is raw JSON (a part of an object), not the inside of a string. */
export const SPAN_RAW: i32 = 512;

// What a document has said so far that later keys may turn.
export const DOUBT_KIND: i32 = 1; // a root `delta` came before the type
export const DOUBT_THOUGHT: i32 = 2; // the part in progress is a thought
export const DOUBT_TWICE: i32 = 4; // the choice in progress had a `text`: its delta says the same

// What was given of an output item: later events say it again.
export const GIVEN_NAME: i32 = 1;
export const GIVEN_ARGUMENTS: i32 = 2;

export const LINE_START: i32 = 0;
export const LINE_DATA: i32 = 1;
export const LINE_OTHER: i32 = 2;
export const LINE_EVENT: i32 = 3;
