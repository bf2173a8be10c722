// The memory that all threads' limits kernels share, and the keys of the buckets in it.
import { randomFillSync } from 'node:crypto';
import { type SharedKernelMemory, sharedKernelMemory } from './module.js';

/** Plain data and a shared memory: goes to worker threads in a message. */
export interface LimitsTable {
  readonly memory: SharedKernelMemory;
  readonly slots: number;
  /** Four 32-bit words under which keys are hashed. Who knows them can choose values that share a bucket. */
  readonly secret: readonly number[];
}

export const TABLE_SLOTS_DEFAULT = 2 ** 21;
/** One group of the kernel's table after another: assembly/limits/layout.ts. */
const HEADER_BYTES = 1024;
const SLOT_BYTES = 8 + 64;
const SLOTS_MIN = 16;
const SLOTS_MAX = 2 ** 24;

/**
 * An empty table of `slots` (a power of two, 16 to 2^24; 72 bytes each once used). A `secret` from before makes the keys of a snapshot mean
 * the same again; else it is random.
 */
export function createLimitsTable(slots = TABLE_SLOTS_DEFAULT, secret = randomSecret()): LimitsTable {
  if (!(slots >= SLOTS_MIN && slots <= SLOTS_MAX && Number.isInteger(Math.log2(slots)))) {
    throw new RangeError(`slots is ${slots}; must be a power of two from ${SLOTS_MIN} to ${SLOTS_MAX}`);
  }
  if (secret.length !== 4) throw new RangeError(`the secret has ${secret.length} words; must have 4`);
  return { memory: sharedKernelMemory(HEADER_BYTES + slots * SLOT_BYTES), slots, secret };
}

function randomSecret(): readonly number[] {
  return Array.from(randomFillSync(new Int32Array(4)));
}

/** A bucket's name: the 128-bit hash of a text, and where the bucket was when this thread last used it. */
export class BucketKey {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Its lowest bit is set for a key that may use the table's reserve. */
  readonly d: number;
  /** A hint, wrong at worst: -1 = not known. */
  slot = -1;

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }
}
