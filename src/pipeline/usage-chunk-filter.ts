// Takes out of a stream the one chunk that Weir asked for and the caller did not: `choices: []` with a usage that is not null.
// Forwards whole events only; every other byte passes as it came. Hot path: per chunk, of opted-in streams alone.

/** An event that is not whole waits here; a longer one is forwarded as it comes (a usage chunk has some 500 bytes). */
export const HELD_BYTES_MAX = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const CHOICES = Buffer.from('"choices"');

export class UsageChunkFilter {
  #held: Buffer | null = null;
  /** The present event is longer than the bound: it passes until it ends. */
  #passing = false;
  /** False once the first byte showed that this is no event stream: then all passes. */
  #events = true;
  #begun = false;
  /** The chunk that was taken out ended in a CR at the end of what had come: an LF that follows belongs to it. */
  #dropsLineFeed = false;

  /** Bytes to forward now, or null. May return `chunk` itself. */
  push(chunk: Uint8Array): Uint8Array | null {
    if (chunk.length === 0) return null;
    if (!this.#begun) this.#begin(chunk);
    if (!this.#events) return chunk;
    const bytes = this.#held === null ? this.#begins(chunk) : Buffer.concat([this.#held, chunk]);
    if (bytes.length === 0) return null;
    const end = lastBoundary(bytes);
    if (this.#passing && end < 0) return chunk;
    if (end === bytes.length) this.#held = null;
    else if (end >= 0)
      this.#held = Buffer.from(bytes.subarray(end)); // a copy: the chunk is not ours to keep
    else this.#held = bytes.length === chunk.length ? Buffer.from(bytes) : bytes;
    const out = end < 0 ? null : this.#filtered(end === bytes.length ? bytes : bytes.subarray(0, end));
    if (this.#held === null || this.#held.length <= HELD_BYTES_MAX) return out;
    this.#passing = true;
    const long = this.#held;
    this.#held = null;
    return out === null ? long : Buffer.concat([out, long]);
  }

  /** What still waits when the stream is over, unless it is the chunk to take out. */
  flush(): Uint8Array | null {
    const held = this.#held;
    this.#held = null;
    return held === null || isUsageChunk(held) ? null : held;
  }

  #begin(chunk: Uint8Array): void {
    const first = chunk.find(byte => byte > 0x20);
    if (first === undefined) return;
    this.#begun = true;
    this.#events = first !== 0x7b && first !== 0x5b;
  }

  #begins(chunk: Uint8Array): Buffer {
    const drops = this.#dropsLineFeed && chunk[0] === LF;
    this.#dropsLineFeed = false;
    return drops ? view(chunk).subarray(1) : view(chunk);
  }

  /** `events` without usage chunks; null where nothing is left. */
  #filtered(events: Buffer): Uint8Array | null {
    let from = 0;
    if (this.#passing) {
      // The first event's beginning is gone already: it is not looked at.
      this.#passing = false;
      from = nextBoundary(events, 0);
    }
    let kept: Buffer | null = null;
    let keptTo = 0;
    for (let at = events.indexOf(CHOICES, from); at >= 0; ) {
      const end = nextBoundary(events, at);
      if (emptyArrayFollows(events, at + CHOICES.length)) {
        const start = Math.max(from, lastBoundary(events.subarray(0, at)));
        if (isUsageChunk(events.subarray(start, end))) {
          kept =
            kept === null ? events.subarray(0, start) : Buffer.concat([kept, events.subarray(keptTo, start)]);
          keptTo = end;
        }
      }
      at = events.indexOf(CHOICES, end);
    }
    if (kept === null) return events;
    this.#dropsLineFeed = keptTo === events.length && events[keptTo - 1] === CR;
    const rest = Buffer.concat([kept, events.subarray(keptTo)]);
    return rest.length === 0 ? null : rest;
  }
}

function view(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

/** Just behind the last blank line, or -1. Line ends are LF, CR or CRLF; a last CR after an LF waits for the LF that belongs to it. */
function lastBoundary(bytes: Uint8Array): number {
  for (let i = bytes.length - 1; i > 0; i--) {
    const byte = bytes[i];
    if (byte !== LF && byte !== CR) continue;
    let before = i - 1;
    if (byte === LF && bytes[before] === CR) before--;
    const half = byte === CR && i === bytes.length - 1 && bytes[before] === LF;
    if (!half && before >= 0 && (bytes[before] === LF || bytes[before] === CR)) return i + 1;
    i = before + 1; // the line end before this one begins below
  }
  return -1;
}

/** Just behind the first blank line that ends after `from`, or the end. */
function nextBoundary(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] !== LF && bytes[i] !== CR) continue;
    if (bytes[i] === CR && bytes[i + 1] === LF) i++;
    const next = bytes[i + 1];
    if (next === LF) return i + 2;
    if (next === CR) return bytes[i + 2] === LF ? i + 3 : i + 2;
  }
  return bytes.length;
}

/** Whether `: []` stands at `from`, with any spaces. */
function emptyArrayFollows(bytes: Uint8Array, from: number): boolean {
  let at = from;
  for (const wanted of [0x3a, 0x5b, 0x5d]) {
    while (bytes[at] === 0x20) at++;
    if (bytes[at++] !== wanted) return false;
  }
  return true;
}

/** Rare: only events with an empty `choices` come here, so parsing them whole costs nothing that counts. */
function isUsageChunk(event: Buffer): boolean {
  const data = event
    .toString('utf8')
    .split(/\r\n|\n|\r/)
    .filter(line => line.startsWith('data:'))
    .map(line => line.slice(5));
  try {
    const json: unknown = JSON.parse(data.join('\n'));
    if (typeof json !== 'object' || json === null) return false;
    const { choices, usage } = json as { choices?: unknown; usage?: unknown };
    return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
  } catch {
    return false; // not ours, whatever it is
  }
}
