// Helpers to read bodies through the kernel in pieces.
import { CLAIM_OTHER, type MeterKernel } from '../../src/kernel/meter.js';
import type { KernelReading } from '../../src/kernel/meter-layout.js';

export interface WholeReading {
  readonly reading: KernelReading;
  /** Unescaped text by `kind index`, put together from its spans. */
  readonly texts: Map<string, string>;
  /** Flags after each push. */
  readonly flags: number[];
}

export function readAll(
  kernel: MeterKernel,
  chunks: readonly Uint8Array[],
  { claim = CLAIM_OTHER, wrapped = false } = {},
): WholeReading {
  const slot = kernel.open(claim, wrapped);
  const raw = new Map<string, { pieces: Buffer[]; isString: boolean }>();
  const flags: number[] = [];
  for (const chunk of chunks)
    flags.push(
      kernel.push(slot, chunk, (_, base) => {
        for (let i = 0; i < kernel.spanCount; i++) {
          const key = `${kernel.spanKind(i)} ${kernel.spanIndex(i)}`;
          const text = raw.get(key) ?? { pieces: [], isString: kernel.spanIsString(i) };
          const at = kernel.spanOffset(i);
          const bytes =
            at < 0 ? kernel.spanBytes(i) : chunk.subarray(base + at, base + at + kernel.spanLength(i));
          text.pieces.push(Buffer.from(bytes));
          raw.set(key, text);
        }
      }),
    );
  const reading = kernel.close(slot);
  const texts = new Map<string, string>();
  for (const [key, { pieces, isString }] of raw) texts.set(key, unescaped(Buffer.concat(pieces), isString));
  return { reading, texts, flags };
}

/** A string's text, an object's JSON made compact. What no JSON parser takes (garbage in, in tests) stays as it is. */
function unescaped(bytes: Buffer, isString: boolean): string {
  const json = bytes.toString('utf8');
  try {
    return isString ? (JSON.parse(`"${json}"`) as string) : JSON.stringify(JSON.parse(json));
  } catch {
    return bytes.toString('latin1');
  }
}

/** `body` in pieces of `size` bytes; `random`: of 1 to 300 bytes, by seed. */
export function cuts(body: Uint8Array, size: number | 'whole' | 'random', seed = 1): Uint8Array[] {
  if (size === 'whole') return [body];
  const pieces: Uint8Array[] = [];
  let state = seed * 2654435761;
  for (let at = 0; at < body.length; ) {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    const length = size === 'random' ? 1 + (state % 300) : size;
    pieces.push(body.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
