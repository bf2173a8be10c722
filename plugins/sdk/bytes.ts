// Bytes as the host passes them: UTF-8 in memory, looked at in place. A string of AssemblyScript is UTF-16, so that making one costs an
// allocation and a pass over the text: what scans every message works on these views instead.

/** Some bytes of memory, UTF-8 mostly. One that was read from the host is valid until the same place is read again. */
export class ByteView {
  constructor(
    public ptr: usize,
    public length: i32,
  ) {}

  /** A string's UTF-8, on the heap: it stays. */
  static of(text: string): ByteView {
    const length = String.UTF8.byteLength(text);
    const ptr = heap.alloc(length);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, ptr);
    return new ByteView(ptr, length);
  }

  /** The byte at `i`, which must be within: not checked. */
  byteAt(i: i32): i32 {
    return <i32>load<u8>(this.ptr + i);
  }

  /** The part from `from` to before `to`, both cut to what there is. */
  slice(from: i32, to: i32 = i32.MAX_VALUE): ByteView {
    const end = min(to, this.length);
    const start = max(min(from, end), 0);
    return new ByteView(this.ptr + start, end - start);
  }

  /** A copy on the heap: it stays when the place it was read from is read again. */
  copy(): ByteView {
    const ptr = heap.alloc(this.length);
    memory.copy(ptr, this.ptr, this.length);
    return new ByteView(ptr, this.length);
  }

  equals(other: ByteView): bool {
    return this.length == other.length && memory.compare(this.ptr, other.ptr, this.length) == 0;
  }

  /** Whether these are the bytes of an ASCII text; allocates nothing. */
  is(ascii: string): bool {
    return this.length == ascii.length && this.holdsAt(0, ascii);
  }

  startsWith(ascii: string): bool {
    return this.length >= ascii.length && this.holdsAt(0, ascii);
  }

  endsWith(ascii: string): bool {
    return this.length >= ascii.length && this.holdsAt(this.length - ascii.length, ascii);
  }

  private holdsAt(at: i32, ascii: string): bool {
    for (let i = 0; i < ascii.length; i++) {
      if (this.byteAt(at + i) != ascii.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Where `needle` begins first, from `from` on; -1 nowhere. */
  indexOf(needle: ByteView, from: i32 = 0): i32 {
    const last = this.length - needle.length;
    if (needle.length == 0) return from <= this.length ? from : -1;
    const first = needle.byteAt(0);
    for (let at = from; at <= last; at++) {
      if (this.byteAt(at) != first) continue;
      if (memory.compare(this.ptr + at, needle.ptr, needle.length) == 0) return at;
    }
    return -1;
  }

  /** The same without regard to the case of ASCII letters; the needle must be in lower case. */
  indexOfFolded(lowerNeedle: ByteView, from: i32 = 0): i32 {
    const length = lowerNeedle.length;
    const last = this.length - length;
    if (length == 0) return from <= this.length ? from : -1;
    const first = lowerNeedle.byteAt(0);
    for (let at = from; at <= last; at++) {
      if (folded(this.byteAt(at)) != first) continue;
      let i = 1;
      while (i < length && folded(this.byteAt(at + i)) == lowerNeedle.byteAt(i)) i++;
      if (i == length) return at;
    }
    return -1;
  }

  /** Bytes of the character that begins at `i`: 1 to 4, never past the end. */
  widthAt(i: i32): i32 {
    const lead = this.byteAt(i);
    const width = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return min(width, this.length - i);
  }

  /** The character that begins at `i`. The host gives whole UTF-8; a broken one is U+FFFD. */
  codePointAt(i: i32): i32 {
    const lead = this.byteAt(i);
    if (lead < 0x80) return lead;
    const width = this.widthAt(i);
    if (lead < 0xc0 || (lead >= 0xe0 && width < 3) || width < 2) return 0xfffd;
    const second = this.byteAt(i + 1) & 0x3f;
    if (width == 2) return ((lead & 0x1f) << 6) | second;
    const third = this.byteAt(i + 2) & 0x3f;
    if (width == 3) return lead < 0xf0 ? ((lead & 0x0f) << 12) | (second << 6) | third : 0xfffd;
    return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (this.byteAt(i + 3) & 0x3f);
  }

  toString(): string {
    return String.UTF8.decodeUnsafe(this.ptr, this.length);
  }
}

/** Bytes put together one after the other; its memory grows by doubling and is used again after `clear`. */
export class ByteWriter {
  private ptr: usize;
  private capacity: i32;
  length: i32 = 0;

  constructor(capacity: i32 = 256) {
    this.ptr = heap.alloc(capacity);
    this.capacity = capacity;
  }

  clear(): ByteWriter {
    this.length = 0;
    return this;
  }

  byte(value: i32): ByteWriter {
    store<u8>(this.room(1), value);
    this.length += 1;
    return this;
  }

  bytes(view: ByteView): ByteWriter {
    memory.copy(this.room(view.length), view.ptr, view.length);
    this.length += view.length;
    return this;
  }

  text(text: string): ByteWriter {
    const bytes = String.UTF8.byteLength(text);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.room(bytes));
    this.length += bytes;
    return this;
  }

  number(value: i64): ByteWriter {
    return this.text(value.toString());
  }

  /** What was written so far; valid until the next write. */
  view(): ByteView {
    return new ByteView(this.ptr, this.length);
  }

  toString(): string {
    return this.view().toString();
  }

  /** Where the next `bytes` go. */
  private room(bytes: i32): usize {
    const wanted = this.length + bytes;
    if (wanted > this.capacity) {
      this.capacity = max(wanted, this.capacity << 1);
      this.ptr = heap.realloc(this.ptr, this.capacity);
    }
    return this.ptr + this.length;
  }
}

/** An ASCII letter in lower case; any other byte as it is. */
export function folded(byte: i32): i32 {
  return <u32>(byte - 0x41) < 26 ? byte | 0x20 : byte;
}

export function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}

export function isLetter(byte: i32): bool {
  return <u32>((byte | 0x20) - 0x61) < 26;
}
