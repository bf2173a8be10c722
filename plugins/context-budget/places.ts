// Where the values of a JSON text stand. The body was valid JSON to Weir before it came here; what is not is read to the text's end, never past it.
// Places are byte offsets into one text.
import { ByteView } from '../sdk';

const QUOTE = 0x22;

export function afterBlank(text: ByteView, from: i32): i32 {
  let at = from;
  while (at < text.length && text.byteAt(at) <= 0x20) at++;
  return at;
}

/** Past the closing quote of the string at `from`. */
export function stringEnd(text: ByteView, from: i32): i32 {
  for (let at = from + 1; at < text.length; at++) {
    const byte = text.byteAt(at);
    if (byte == 0x5c) at++;
    else if (byte == QUOTE) return at + 1;
  }
  return text.length;
}

/** Past the value at `from`. */
export function valueEnd(text: ByteView, from: i32): i32 {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const byte = text.byteAt(at);
    if (byte == QUOTE) {
      at = stringEnd(text, at);
      if (depth == 0) return at;
      continue;
    }
    const closes = byte == 0x7d || byte == 0x5d;
    if (depth == 0 && (closes || byte == 0x2c || byte <= 0x20)) return at;
    at++;
    if (byte == 0x7b || byte == 0x5b) depth++;
    else if (closes && --depth == 0) return at;
  }
  return text.length;
}

/** Start of the member `name` of the object at `object`, the last of several as parsers take it; -1: none. Escapes in names are not undone. */
export function memberOf(text: ByteView, object: i32, name: string): i32 {
  if (object < 0 || object >= text.length || text.byteAt(object) != 0x7b) return -1;
  let found = -1;
  let at = afterBlank(text, object + 1);
  while (at < text.length && text.byteAt(at) == QUOTE) {
    const keyEnd = stringEnd(text, at);
    const value = afterBlank(text, afterBlank(text, keyEnd) + 1);
    if (text.slice(at + 1, keyEnd - 1).is(name)) found = value;
    const comma = afterBlank(text, valueEnd(text, value));
    if (comma >= text.length || text.byteAt(comma) != 0x2c) break;
    at = afterBlank(text, comma + 1);
  }
  return found;
}

/** Starts of the items of the list at `list`; none for anything else. */
export function itemsOf(text: ByteView, list: i32): i32[] {
  const items: i32[] = [];
  if (list < 0 || list >= text.length || text.byteAt(list) != 0x5b) return items;
  let at = afterBlank(text, list + 1);
  while (at < text.length && text.byteAt(at) != 0x5d) {
    items.push(at);
    const comma = afterBlank(text, valueEnd(text, at));
    if (comma >= text.length || text.byteAt(comma) != 0x2c) break;
    at = afterBlank(text, comma + 1);
  }
  return items;
}

/** Whether the value at `at` is this string, ASCII letters of either case; `lower` is in lower case. */
export function isString(text: ByteView, at: i32, lower: string): bool {
  if (at < 0 || at + lower.length + 2 > text.length || text.byteAt(at) != QUOTE) return false;
  for (let i = 0; i < lower.length; i++) {
    const byte = text.byteAt(at + 1 + i);
    if ((<u32>(byte - 0x41) < 26 ? byte | 0x20 : byte) != lower.charCodeAt(i)) return false;
  }
  return text.byteAt(at + 1 + lower.length) == QUOTE;
}
