// A file of exported events, its own memory of how far the export has come: the last whole line tells. What a killed run left half-written behind it is cut.
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** Longer than any event: names and tags are bounded. */
const TAIL_BYTES_MAX = 256 * 1024;
const LINE_END = 0x0a;

export class EventFile {
  /** `sequence` of its last event; null: it has none. */
  readonly last: string | null;
  readonly #fd: number;
  #size: number;

  private constructor(fd: number, last: string | null, size: number) {
    this.#fd = fd;
    this.last = last;
    this.#size = size;
  }

  /** Made if it is not there. Errors: Error in words, where it cannot be opened or holds something else. */
  static open(path: string): EventFile {
    const fd = openSync(path, 'a+', 0o600);
    try {
      const size = fstatSync(fd).size;
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX));
      readSync(fd, tail, 0, tail.length, size - tail.length);
      const end = tail.lastIndexOf(LINE_END) + 1;
      if (end === 0 && size >= TAIL_BYTES_MAX) throw new Error('it is no file of events, one a line');
      const start = end < 2 ? 0 : tail.lastIndexOf(LINE_END, end - 2) + 1;
      const last = end === 0 ? null : sequenceOf(tail.toString('utf8', start, end));
      const whole = size - tail.length + end;
      // Only what begins as an event does is ours to cut.
      if (whole < size && tail[end] !== 0x7b) throw new Error('it ends with something that is no event');
      if (whole < size) ftruncateSync(fd, whole);
      return new EventFile(fd, last, whole);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** On the disk when it returns. Errors: as the system tells them, or that somebody else writes here; what does not fit is taken back. */
  append(lines: string): void {
    if (fstatSync(this.#fd).size !== this.#size) throw new Error('another process writes to it');
    const bytes = Buffer.from(lines, 'utf8');
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      fsyncSync(this.#fd);
    } catch (error) {
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function sequenceOf(line: string): string {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new Error('its last line is no event', { cause });
  }
  if (
    typeof event === 'object' &&
    event !== null &&
    'sequence' in event &&
    typeof event.sequence === 'string'
  )
    return event.sequence;
  throw new Error('its last line is no event of Weir');
}
