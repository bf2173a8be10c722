// Where texts from the host are written, and where texts for it are encoded: buffers that are used again, since the allocator frees nothing
// within a hook. (Before the next hook the host puts memory back, so that nothing accumulates.)
import { ByteView } from './bytes';

/** A buffer for one kind of text, and one view of it: what was read is valid until the next read into the same place. */
export class Place {
  ptr: usize = 0;
  capacity: i32 = 0;
  private readonly read: ByteView = new ByteView(0, 0);

  constructor(private readonly firstBytes: i32) {}

  /** Makes the buffer when it is first used: an unused one costs no memory. */
  ready(): void {
    if (this.capacity == 0) this.grow(this.firstBytes);
  }

  /** Room for `bytes`; what was in it is lost. */
  grow(bytes: i32): void {
    this.ptr = this.capacity == 0 ? heap.alloc(bytes) : heap.realloc(this.ptr, bytes);
    this.capacity = bytes;
  }

  /** What a call that returned `length` has written; false: it was longer than the buffer, which has room now, so call again. */
  holds(length: i32): bool {
    if (length <= this.capacity) return true;
    this.grow(length);
    return false;
  }

  view(length: i32): ByteView {
    this.read.ptr = this.ptr;
    this.read.length = max(length, 0);
    return this.read;
  }
}

/** Short texts on their way to the host: keys, names, codes. Two at once, for calls that take a key and a value. */
const SHORT_BYTES = 1024;
const FIRST = memory.data(1024);
const SECOND = memory.data(1024);

/** UTF-8 of `text` in the first short buffer, or on the heap where it is longer. Its length is `encodedLength`. */
export function encodeFirst(text: string): usize {
  return encode(text, FIRST);
}

export function encodeSecond(text: string): usize {
  return encode(text, SECOND);
}

export function encodedLength(text: string): i32 {
  return String.UTF8.byteLength(text);
}

function encode(text: string, buffer: usize): usize {
  const bytes = String.UTF8.byteLength(text);
  const at = bytes <= SHORT_BYTES ? buffer : heap.alloc(bytes);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at);
  return at;
}
