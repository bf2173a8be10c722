// The memory map of kernel `conversation`, and the form of a part.
//
//        0  static data of the module (texts of the rules), at most 64 KiB; init() checks it
//    64 Ki  KEYS      hash table of the keys worth knowing       1024 x 64
//   128 Ki  RULES     what a key's value means inside a place    160 places x 384 keys x 8
//   608 Ki  DEPTHS    one bit an open container that is skipped  65,536
//   616 Ki  SLOTS     keys counted in each place                 160 x 4
//           SCRATCH   a key or word with its escapes undone      8 spare, 64
//           OUTCOME   what the last read found                   12
//   620 Ki  INPUT     64 bytes of look-behind, then the body, then at least 64 zeros
//           PARTS     after them, to the memory's end: it grows as parts are found

export const KEYS: usize = 64 << 10;
export const KEY_ENTRIES: i32 = 1024;
export const RULES: usize = 128 << 10;
export const PLACES_MAX: i32 = 160;
export const KEY_IDS: i32 = 384;
export const DEPTHS: usize = 608 << 10;
export const SLOTS: usize = 616 << 10;
export const SCRATCH: usize = SLOTS + 640 + 8;
export const SCRATCH_BYTES: i32 = 64;
/** i32 messages, i32 offset of the first thing not understood or -1, u32 address of the parts. */
export const OUTCOME: usize = SCRATCH + <usize>SCRATCH_BYTES;
export const INPUT: usize = (620 << 10) + 64;
/** Loads may run this far past the body's last byte; the zeros there end every token. */
export const PADDING: usize = 80;

/** Open containers inside a value that is not followed; what nests deeper is taken as invalid. */
export const DEPTH_MAX: i32 = 65536;
/** 16 MiB of them. A body with more is listed to here and is not complete. */
export const PARTS_MAX: i32 = 1 << 20;
/** A larger body is not read: 256 MiB, four times the largest that a provider takes. */
export const BODY_MAX: usize = 256 << 20;

// A part: u32 start and u32 end (offsets in the body), i32 message, u8 kind, u8 role, u8 1 = inside of a string, u8 detail.
export const PART_BYTES: usize = 16;
export const P_END: usize = 4;
export const P_MESSAGE: usize = 8;
export const P_KIND: usize = 12;
export const P_ROLE: usize = 13;
export const P_STRING: usize = 14;
export const P_DETAIL: usize = 15;
