// What the JSON scan waits for next: the MODE of a slot.

export const M_START: i32 = 0;
export const M_VALUE: i32 = 1;
export const M_FIRST_ELEMENT: i32 = 2;
export const M_FIRST_KEY: i32 = 3;
export const M_NEXT_KEY: i32 = 4;
export const M_COLON: i32 = 5;
export const M_AFTER: i32 = 6;
export const M_STRING: i32 = 7;
export const M_ESCAPE: i32 = 8;
export const M_HEX: i32 = 9;
export const M_LITERAL: i32 = 10;
export const M_NUMBER: i32 = 11;
export const M_MARK: i32 = 12; // inside a byte-order mark
export const M_DONE: i32 = 13;
export const M_INVALID: i32 = 14;
