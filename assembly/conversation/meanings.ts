// What a value can mean: the numbers that rules are made of. Kinds, roles and details are the host's PART_*, ROLE_*, DETAIL_*.

/** Seen, and not understood: the list is not complete. */
export const UNKNOWN: i32 = 0;

// ---- kinds of parts
export const TEXT: i32 = 1;
export const NAME: i32 = 2;
export const CALL_NAME: i32 = 3;
export const ARGUMENTS: i32 = 4;
export const RESULT: i32 = 5;
export const CALL_ID: i32 = 6;
export const TOOL: i32 = 7;
export const CHOICE: i32 = 8;
export const SCHEMA: i32 = 9;
export const IMAGE: i32 = 10;
export const AUDIO: i32 = 11;
export const VIDEO: i32 = 12;
export const FILE: i32 = 13;
export const OPAQUE: i32 = 14;
export const REASONING: i32 = 15;
/** An image, sound or file: the `type` or media type beside it or around it says which. */
export const BY_TYPE: i32 = 16;
export const KINDS: i32 = 17;

// ---- what else may be done with a value
/** It costs nothing and the model does not read it. */
export const IGNORED: i32 = 32;
export const ROLE: i32 = 33;
/** The `type` of the object it stands in. */
export const TYPE: i32 = 34;
/** The same in a source: `text` says that its data is text, anything else that the object around it decides. */
export const SOURCE_TYPE: i32 = 35;
export const MEDIA_TYPE: i32 = 36;
export const DETAIL: i32 = 37;
/** Holds text that cannot be read here: an opaque part, and not complete. */
export const HIDDEN: i32 = 38;

/** From here on: a place to follow (places.ts). */
export const FIRST_PLACE: i32 = 64;

// ---- what a number or literal may mean
/** A list with such a number is a list of token ids: one opaque part, the list's raw JSON. */
export const TOKEN_IDS: i32 = 1;
/** `true`: the text of this object is reasoning. */
export const THOUGHT: i32 = 2;

export const NO_ROLE: i32 = 0;
export const SYSTEM: i32 = 1;
export const DEVELOPER: i32 = 2;
export const USER: i32 = 3;
export const ASSISTANT: i32 = 4;
export const TOOL_ROLE: i32 = 5;

export const DETAIL_NONE: i32 = 0;
export const DETAIL_LOW: i32 = 1;
export const DETAIL_HIGH: i32 = 2;
export const DETAIL_AUTO: i32 = 3;

// ---- what a `type` or a media type says
export const T_NONE: i32 = 0;
export const T_IMAGE: i32 = 1;
export const T_AUDIO: i32 = 2;
export const T_VIDEO: i32 = 3;
export const T_FILE: i32 = 4;
export const T_TEXT: i32 = 5;
/** The text beside it is the model's thinking. */
export const T_REASONING: i32 = 6;
/** The content beside it is a summary of what was said, not a tool's result. */
export const T_COMPACTION: i32 = 7;
/** Only an id: the item itself is with the provider. */
export const T_REFERENCE: i32 = 8;
export const T_MESSAGE: i32 = 9;
/** What came back from a tool, in items that have no role. */
export const T_OUTPUT: i32 = 10;
export const T_OTHER: i32 = 11;
