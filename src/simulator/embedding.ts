// Embeddings: a direction that follows from the text alone, of length 1, so that equal texts are equal and others are not.
import { SimError } from './sim-error.js';
import { hashText, mix } from './words.js';

const DIMENSIONS_MAX = 4096;

/** `dimensions` numbers whose squares sum to 1. */
export function unitVector(text: string, dimensions: number, seed: number): number[] {
  const start = hashText(seed, text);
  const vector: number[] = [];
  let squares = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = mix(start + Math.imul(i, 0x9e3779b9)) / 0x80000000 - 1;
    squares += value * value;
    vector.push(value);
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  // Six digits: what single precision holds, and a third of the JSON.
  return vector.map(value => Math.round(value * scale * 1e6) / 1e6);
}

/** Little-endian 32-bit floats in base64, as OpenAI sends them. */
export function base64Vector(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString('base64');
}

/** @throws SimError 400 where more are asked for than are made. */
export function boundedDimensions(wanted: number | null, usual: number): number {
  if (wanted !== null && wanted > DIMENSIONS_MAX) {
    throw new SimError(
      400,
      `Invalid value for 'dimensions': it must be at most ${DIMENSIONS_MAX}.`,
      'dimensions',
    );
  }
  return wanted ?? usual;
}
