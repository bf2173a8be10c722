// A small reader of JSON text: a value is the place where its text stands, and is read when it is asked for. Made for configuration, which is
// valid JSON: what is not is read as absent, never past its end.
import { ByteView, ByteWriter, isDigit } from './bytes';

export const enum JsonKind {
  ABSENT = 0,
  NULL = 1,
  BOOL = 2,
  NUMBER = 3,
  STRING = 4,
  LIST = 5,
  OBJECT = 6,
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

export class Json {
  constructor(readonly text: ByteView) {}

  static get none(): Json {
    return new Json(new ByteView(0, 0));
  }

  static parse(text: ByteView): Json {
    return new Json(text.slice(afterBlank(text, 0)));
  }

  get kind(): JsonKind {
    if (this.text.length == 0) return JsonKind.ABSENT;
    const first = this.text.byteAt(0);
    if (first == QUOTE) return JsonKind.STRING;
    if (first == OPEN_OBJECT) return JsonKind.OBJECT;
    if (first == OPEN_LIST) return JsonKind.LIST;
    if (first == 0x74 || first == 0x66) return JsonKind.BOOL;
    if (first == 0x6e) return JsonKind.NULL;
    return first == 0x2d || isDigit(first) ? JsonKind.NUMBER : JsonKind.ABSENT;
  }

  /** Neither there nor null. */
  get absent(): bool {
    return this.kind <= JsonKind.NULL;
  }

  /** A member of an object; the last of duplicate keys, as parsers do; absent where there is none. */
  get(key: string): Json {
    let found = Json.none;
    if (this.kind != JsonKind.OBJECT) return found;
    for (let at = this.firstIn(); at >= 0; at = this.nextFrom(at)) {
      if (stringAt(this.text, at) == key) found = this.valueAt(this.memberAt(at));
    }
    return found;
  }

  /** Keys of an object in its order; none for anything else. */
  keys(): string[] {
    const keys: string[] = [];
    if (this.kind != JsonKind.OBJECT) return keys;
    for (let at = this.firstIn(); at >= 0; at = this.nextFrom(at)) keys.push(stringAt(this.text, at));
    return keys;
  }

  /** Values of a list; none for anything else. */
  items(): Json[] {
    const items: Json[] = [];
    if (this.kind != JsonKind.LIST) return items;
    for (let at = this.firstIn(); at >= 0; at = this.nextFrom(at)) items.push(this.valueAt(at));
    return items;
  }

  string(fallback: string = ''): string {
    return this.kind == JsonKind.STRING ? stringAt(this.text, 0) : fallback;
  }

  bool(fallback: bool = false): bool {
    return this.kind == JsonKind.BOOL ? this.text.byteAt(0) == 0x74 : fallback;
  }

  number(fallback: f64 = 0): f64 {
    return this.kind == JsonKind.NUMBER ? parseFloat(this.text.toString()) : fallback;
  }

  /** Whether it is written with digits alone, so that `integer` has all of it. */
  get whole(): bool {
    if (this.kind != JsonKind.NUMBER) return false;
    const from = this.text.byteAt(0) == 0x2d ? 1 : 0;
    for (let i = from; i < this.text.length; i++) if (!isDigit(this.text.byteAt(i))) return false;
    return this.text.length - from <= 18;
  }

  integer(fallback: i64 = 0): i64 {
    if (!this.whole) return fallback;
    const negative = this.text.byteAt(0) == 0x2d;
    let value: i64 = 0;
    for (let i = negative ? 1 : 0; i < this.text.length; i++)
      value = value * 10 + (this.text.byteAt(i) - 0x30);
    return negative ? -value : value;
  }

  /** The strings of a list, or a string alone. */
  strings(): string[] {
    if (this.kind == JsonKind.STRING) return [this.string()];
    const found: string[] = [];
    const items = this.items();
    for (let i = 0; i < items.length; i++)
      if (items[i].kind == JsonKind.STRING) found.push(items[i].string());
    return found;
  }

  /** Offset of the first member or item, -1 where there is none. */
  private firstIn(): i32 {
    return this.placeAt(afterBlank(this.text, 1));
  }

  /** Offset of the one after that at `at`, -1 where it was the last. */
  private nextFrom(at: i32): i32 {
    const value = this.kind == JsonKind.OBJECT ? this.memberAt(at) : at;
    const comma = afterBlank(this.text, valueEnd(this.text, value));
    if (comma >= this.text.length || this.text.byteAt(comma) != COMMA) return -1;
    return this.placeAt(afterBlank(this.text, comma + 1));
  }

  private placeAt(at: i32): i32 {
    if (at >= this.text.length) return -1;
    if (this.kind == JsonKind.OBJECT) return this.text.byteAt(at) == QUOTE ? at : -1;
    return this.text.byteAt(at) == 0x5d ? -1 : at;
  }

  /** Offset of the value whose key begins at `at`. */
  private memberAt(at: i32): i32 {
    const colon = afterBlank(this.text, valueEnd(this.text, at));
    if (colon >= this.text.length || this.text.byteAt(colon) != COLON) return this.text.length;
    return afterBlank(this.text, colon + 1);
  }

  private valueAt(at: i32): Json {
    return new Json(this.text.slice(at, valueEnd(this.text, at)));
  }
}

function afterBlank(text: ByteView, from: i32): i32 {
  let at = from;
  while (at < text.length && text.byteAt(at) <= 0x20) at++;
  return at;
}

/** Past the value that begins at `from`; the text's length where it does not end. */
function valueEnd(text: ByteView, from: i32): i32 {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const byte = text.byteAt(at);
    if (byte == QUOTE) {
      at = stringEnd(text, at);
      if (depth == 0) return at;
    } else if (byte == OPEN_OBJECT || byte == OPEN_LIST) {
      depth++;
      at++;
    } else if (byte == 0x7d || byte == 0x5d) {
      if (depth == 0) return at;
      at++;
      if (--depth == 0) return at;
    } else if (depth == 0 && (byte == COMMA || byte <= 0x20)) return at;
    else at++;
  }
  return text.length;
}

/** Past the closing quote of the string that begins at `from`. */
function stringEnd(text: ByteView, from: i32): i32 {
  for (let at = from + 1; at < text.length; at++) {
    const byte = text.byteAt(at);
    if (byte == BACKSLASH) at++;
    else if (byte == QUOTE) return at + 1;
  }
  return text.length;
}

/** The string that begins at `from`, its escapes undone. */
function stringAt(text: ByteView, from: i32): string {
  const inner = text.slice(from + 1, stringEnd(text, from) - 1);
  let plain = true;
  for (let i = 0; i < inner.length; i++) if (inner.byteAt(i) == BACKSLASH) plain = false;
  return plain ? inner.toString() : unescaped(inner);
}

function unescaped(inner: ByteView): string {
  const out = new ByteWriter(inner.length + 4);
  for (let i = 0; i < inner.length; ) {
    const byte = inner.byteAt(i);
    if (byte != BACKSLASH || i + 1 >= inner.length) {
      out.byte(byte);
      i++;
      continue;
    }
    const letter = inner.byteAt(i + 1);
    if (letter != 0x75) {
      out.byte(escapeOf(letter));
      i += 2;
      continue;
    }
    const unit = hexAt(inner, i + 2);
    i += 6;
    // Two escapes for one character beyond the first plane.
    const pair = unit >= 0xd800 && unit < 0xdc00 && inner.slice(i).startsWith('\\u');
    const low = pair ? hexAt(inner, i + 2) : 0;
    if (low >= 0xdc00 && low < 0xe000) {
      out.text(String.fromCodePoint(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
      i += 6;
    } else out.text(String.fromCodePoint(unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit));
  }
  return out.toString();
}

function escapeOf(letter: i32): i32 {
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  return letter == 0x66 ? 0x0c : letter;
}

function hexAt(text: ByteView, from: i32): i32 {
  let value = 0;
  for (let i = from; i < min(from + 4, text.length); i++) {
    const byte = text.byteAt(i);
    value = (value << 4) | (isDigit(byte) ? byte - 0x30 : ((byte | 0x20) - 0x57) & 15);
  }
  return value;
}
