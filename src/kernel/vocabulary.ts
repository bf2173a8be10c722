// The vocabulary of the token counter: one image in one shared memory a process, read by every thread's kernel where
// it lies. Behind the image each thread has a region of its own; pages that nobody touches cost no memory.
//
//   0            1024          1024 + image        regionsAt                     (64 KiB aligned)
//   ├─ zeros ────┼─ the image ─┼─ zeros ───────────┼─ region 0 ┬─ region 1 ┬ … ┤
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VOCABULARY_BYTES, VOCABULARY_SHA256 } from './vocabulary-hash.js';

/** A `WebAssembly.Memory` that is shared: its buffer never changes, and a message to a worker hands on the same bytes. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** What a kernel needs to find its way; plain data, so it goes to worker threads in a message. All in bytes. */
export interface Vocabulary {
  readonly memory: SharedMemory;
  /** Where the image starts; scripts/vocabulary/image.js draws it. */
  readonly imageAt: number;
  readonly regionsAt: number;
  readonly regionBytes: number;
  readonly regions: number;
}

// Node's typings do not give the constructor; see module.ts.
interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
}
const { Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

const PAGE_BYTES = 65_536;
// The first KiB stays zero, so that address 0 is nobody's; a multiple of 64, as the image's sections are.
const IMAGE_AT = 1024;
const REGION_BYTES_MAX = 8 * 1024 * 1024;
// Below 2 GiB every address is a positive 32-bit integer; the last quarter GiB is margin.
const TOTAL_BYTES_MAX = 1.75 * 1024 * 1024 * 1024;

/** The image is missing, cut short or not the one that this version was made for. `found` is null where it is missing. */
export class VocabularyError extends Error {
  override readonly name = 'VocabularyError';
  readonly path: string;
  /** SHA-256, hexadecimal. */
  readonly expected = VOCABULARY_SHA256;
  readonly found: string | null;

  constructor(path: string, found: string | null, what: string, cause?: unknown) {
    super(`${path} ${what}; \`npm run build\` makes it anew`, { cause });
    this.path = path;
    this.found = found;
  }
}

/**
 * Loads the image into a fresh shared memory with `regions` regions behind it. Once a process; throws VocabularyError,
 * and RangeError where so many regions do not fit.
 */
export function loadVocabulary(
  regions: number,
  path = fileURLToPath(new URL('../../build/vocabulary/vocabulary.bin', import.meta.url)),
): Vocabulary {
  const regionsAt = Math.ceil((IMAGE_AT + VOCABULARY_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  const regionBytes = regionBytesFor(regions, TOTAL_BYTES_MAX - regionsAt);
  const pages = (regionsAt + regions * regionBytes) / PAGE_BYTES;
  const memory = new Memory({ initial: pages, maximum: pages, shared: true });
  readImage(path, new Uint8Array(memory.buffer, IMAGE_AT, VOCABULARY_BYTES));
  return { memory, imageAt: IMAGE_AT, regionsAt, regionBytes, regions };
}

function regionBytesFor(regions: number, room: number): number {
  const regionsMax = Math.floor(room / PAGE_BYTES);
  if (!Number.isInteger(regions) || regions < 1 || regions > regionsMax) {
    throw new RangeError(`regions is ${regions}; must be a whole number from 1 to ${regionsMax}`);
  }
  return Math.min(REGION_BYTES_MAX, Math.floor(room / regions / PAGE_BYTES) * PAGE_BYTES);
}

function readImage(path: string, image: Uint8Array): void {
  let found: string;
  try {
    const other = readInto(path, image);
    found = sha256(other ?? image);
    if (other !== null) {
      throw new VocabularyError(
        path,
        found,
        `has ${other.length} bytes instead of ${image.length}; expected SHA-256 ${VOCABULARY_SHA256}`,
      );
    }
  } catch (cause) {
    if (cause instanceof VocabularyError) throw cause;
    const what = `cannot be read (${(cause as NodeJS.ErrnoException).code}); expected SHA-256 ${VOCABULARY_SHA256}`;
    throw new VocabularyError(path, null, what, cause);
  }
  if (found !== VOCABULARY_SHA256) {
    const what = `is not the vocabulary of this version: its SHA-256 is ${found}, expected ${VOCABULARY_SHA256}`;
    throw new VocabularyError(path, found, what);
  }
}

/** Fills `image` from the file, straight into the shared memory; the file's own bytes where they are not as many. */
function readInto(path: string, image: Uint8Array): Uint8Array | null {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size !== image.length) return readFileSync(file);
    for (let at = 0; at < image.length; ) {
      const read = readSync(file, image, at, image.length - at, at);
      if (read === 0) break; // Cut while it was read: the hash says so.
      at += read;
    }
    return null;
  } finally {
    closeSync(file);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
