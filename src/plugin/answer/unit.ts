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
  /** The JSON document in it. */
  readonly doc?: Buffer | null;
  /** The event's name. */
  readonly name?: string;
  /** It says that the stream is over. */
  readonly closes?: boolean;
  /** It is the answer, not one of its events. */
  readonly whole?: boolean;
  /** Why nothing from here on can be read. */
  readonly fault?: string | null;
  /** Puts edits of the document, in order, into the bytes. */
  readonly rebuild?: (unit: Unit, edits: readonly Edit[]) => Buffer;
  /** For `rebuild`: where the document's parts stand, by turns offset in it and in the bytes. */
  readonly places?: readonly number[];
}

export class Unit {
  readonly bytes: Buffer;
  readonly doc: Buffer | null;
  readonly name: string;
  readonly closes: boolean;
  readonly whole: boolean;
  readonly fault: string | null;
  readonly places: readonly number[];
  readonly #rebuild: (unit: Unit, edits: readonly Edit[]) => Buffer;

  constructor(parts: UnitParts) {
    this.bytes = parts.bytes;
    this.doc = parts.doc ?? null;
    this.name = parts.name ?? '';
    this.closes = parts.closes ?? false;
    this.whole = parts.whole ?? false;
    this.fault = parts.fault ?? null;
    this.places = parts.places ?? AT_START;
    this.#rebuild = parts.rebuild ?? placed;
  }

  rebuilt(edits: readonly Edit[]): Buffer {
    return this.#rebuild(this, edits);
  }
}

const AT_START: readonly number[] = [0, 0];

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

/** The document stands in the bytes as it is, maybe in several lines. */
function placed(unit: Unit, edits: readonly Edit[]): Buffer {
  const at = (offset: number): number => {
    const { places } = unit;
    let shift = 0;
    for (let i = 0; i < places.length && (places[i] ?? 0) <= offset; i += 2)
      shift = (places[i + 1] ?? 0) - (places[i] ?? 0);
    return offset + shift;
  };
  return edited(
    unit.bytes,
    edits.map(edit => ({ start: at(edit.start), end: at(edit.end), bytes: edit.bytes })),
  );
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
