// Reads a request's body whole, up to the bound; what is beyond is discarded, so that the refusal can be read.
import type { IncomingMessage } from 'node:http';
import { SimError } from './sim-error.js';

export const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Calls back once: with the bytes, or with SimError 413. Never, where the client leaves before the end. */
export function readBody(request: IncomingMessage, done: (result: Buffer | SimError) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let refused = Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX;
  if (refused) done(tooLarge());
  request.on('data', (chunk: Buffer) => {
    if (refused) return;
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) {
      chunks.push(chunk);
      return;
    }
    refused = true;
    chunks.length = 0;
    done(tooLarge());
  });
  request.on('end', () => {
    if (!refused) done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
  });
  // 'close' follows and the response's own 'close' ends the exchange; without a listener it would be thrown.
  request.on('error', () => chunks.splice(0));
}

function tooLarge(): SimError {
  return new SimError(413, `The request body is larger than ${BODY_BYTES_MAX} bytes.`);
}
