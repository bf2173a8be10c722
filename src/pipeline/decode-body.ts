// Undoes a body's content codings (RFC 9110 §8.4) so that it can be read. What is forwarded stays as it came.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** More codings than this on one body is nobody's habit, and each may multiply its size. */
const CODINGS_MAX = 3;

/**
 * The decoded bytes, or null where a coding is unknown, broken, or would give more than `bytesMax`.
 * `contentEncoding` is the header's value, `''` for none; several codings are undone last first.
 */
export function decodeBody(body: Buffer, contentEncoding: string, bytesMax: number): Buffer | null {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity');
  if (codings.length > CODINGS_MAX) return null;
  let bytes = body;
  for (const coding of codings.reverse()) {
    const decoded = undo(bytes, coding, bytesMax);
    if (decoded === null) return null;
    bytes = decoded;
  }
  return bytes;
}

function undo(body: Buffer, coding: string, bytesMax: number): Buffer | null {
  const options = { maxOutputLength: bytesMax };
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
      case 'deflate':
        // A zlib stream by the standard; some clients send it without its header: CM 8 and a checked pair tell.
        return isZlib(body) ? inflateSync(body, options) : inflateRawSync(body, options);
      default:
        return null;
    }
  } catch {
    return null; // broken, or over the bound
  }
}

function isZlib(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 15) === 8 && body.readUInt16BE(0) % 31 === 0;
}
