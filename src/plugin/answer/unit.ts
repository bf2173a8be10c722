// What goes out as one: an event with its framing, a line, a frame, a whole answer, or bytes between them.

/** Replaces [start, end) of a document. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

export interface UnitParts {
  /** As it came. */
  readonly bytes: Buffer;
  /** Where its JSON document stands: in the bytes themselves, or in others that were made of them; null: it has none. */
  readonly doc?: Buffer | null;
  /** [from, to) of `doc`; all of it where nothing is said. */
  readonly from?: number;
  readonly to?: number;
  /** The event's name. */
  readonly name?: string;
  /** It says that the stream is over. */
  readonly closes?: boolean;
  /** It is the answer, not one of its events. */
  readonly whole?: boolean;
  /** Why nothing from here on can be read. */
  readonly fault?: string | null;
  /** Puts edits of `doc`, in order, into the bytes; where nothing is said, `doc` is the bytes. */
  readonly rebuild?: (unit: Unit, edits: readonly Edit[]) => Buffer;
  /** For `rebuild`. */
  readonly places?: readonly number[];
}

export class Unit {
  readonly bytes: Buffer;
  readonly doc: Buffer | null;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly closes: boolean;
  readonly whole: boolean;
  readonly fault: string | null;
  readonly places: readonly number[];
  readonly #rebuild: (unit: Unit, edits: readonly Edit[]) => Buffer;

  constructor(parts: UnitParts) {
    this.bytes = parts.bytes;
    this.doc = parts.doc ?? null;
    this.from = parts.from ?? 0;
    this.to = parts.to ?? this.doc?.length ?? 0;
    this.name = parts.name ?? '';
    this.closes = parts.closes ?? false;
    this.whole = parts.whole ?? false;
    this.fault = parts.fault ?? null;
    this.places = parts.places ?? NO_PLACES;
    this.#rebuild = parts.rebuild ?? inPlace;
  }

  rebuilt(edits: readonly Edit[]): Buffer {
    return this.#rebuild(this, edits);
  }
}

const NO_PLACES: readonly number[] = [];

function inPlace(unit: Unit, edits: readonly Edit[]): Buffer {
  return edited(unit.bytes, edits);
}

/** `bytes` with `edits`, which are in order and do not overlap. */
export function edited(bytes: Uint8Array, edits: readonly Edit[]): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(bytes.subarray(at, edit.start), edit.bytes);
    at = edit.end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** Cuts an answer into units. */
export interface Framer {
  push(chunk: Buffer): void;
  /** The answer is over: what still waits becomes a unit. */
  end(): void;
  /** Bytes that are in no unit yet; nothing of them is kept. */
  take(): Buffer;
}

export type UnitSink = (unit: Unit) => void;

/** Bytes that wait for the rest of their unit. */
export class Gathered {
  #parts: Buffer[] = [];
  size = 0;

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.size += bytes.length;
  }

  /** All of it and `bytes`; nothing is kept. */
  take(bytes: Buffer): Buffer {
    if (this.size === 0) return bytes;
    this.add(bytes);
    const all =
      this.#parts.length === 1 && this.#parts[0] !== undefined ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.size = 0;
    return all;
  }
}

export const NOTHING = Buffer.alloc(0);
