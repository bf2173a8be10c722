// Width and height of an image that stands in a JSON body as base64 or as a data URL, from its header alone.
// Hot path: per image. PNG, GIF and WebP say their size in the first 30 bytes; a JPEG after its metadata, which is
// looked at in two steps, so that a photograph of megabytes is never decoded.

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** base64 characters to decode: enough for every header, and for a JPEG with a large preview in its metadata. */
const HEAD_CHARS = 4096;
const JPEG_CHARS_MAX = 262_144;
/** `data:image/svg+xml;charset=utf-8;base64,`, generously. */
const DATA_URL_HEAD_MAX = 128;

/**
 * @param from, to the inside of the JSON string (JSON escapes other than `\/` do not occur in base64).
 * @returns null for a remote URL, another format, or a header that is cut.
 */
export function imageSize(body: Uint8Array, from: number, to: number): ImageSize | null {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const start = base64At(bytes, from, to);
  if (start < 0) return null;
  const head = decoded(bytes, start, Math.min(to, start + HEAD_CHARS));
  const size = pngSize(head) ?? gifSize(head) ?? webpSize(head);
  if (size !== null) return valid(size);
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return null;
  const near = jpegSize(head);
  if (near !== null || to - start <= HEAD_CHARS) return near === null ? null : valid(near);
  const far = jpegSize(decoded(bytes, start, Math.min(to, start + JPEG_CHARS_MAX)));
  return far === null ? null : valid(far);
}

const valid = (size: ImageSize): ImageSize | null => (size.width > 0 && size.height > 0 ? size : null);

/** Where the base64 begins: after a data URL's comma, or at once. -1 for another URL. */
function base64At(bytes: Buffer, from: number, to: number): number {
  const head = bytes.toString('latin1', from, Math.min(to, from + DATA_URL_HEAD_MAX));
  if (head.startsWith('data:')) {
    const comma = head.indexOf(',');
    return comma > 0 && head.slice(0, comma).endsWith(';base64') ? from + comma + 1 : -1;
  }
  return /^[a-z][a-z0-9+.-]*:/i.test(head) ? -1 : from;
}

function decoded(bytes: Buffer, from: number, to: number): Buffer {
  const text = bytes.toString('latin1', from, to);
  return Buffer.from(text.includes('\\') ? text.replaceAll('\\/', '/') : text, 'base64');
}

/** PNG (W3C, §11.2.2): signature, then IHDR with width and height as 32-bit big-endian. */
function pngSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return null;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** GIF89a, §18: logical screen size as 16-bit little-endian. */
function gifSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 4) !== 'GIF8') return null;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

/** WebP (RFC 9649): RIFF, then `VP8 ` (lossy, 14 bits each), `VP8L` (14 bits each, less one) or `VP8X` (24 bits each, less one). */
function webpSize(bytes: Buffer): ImageSize | null {
  if (
    bytes.length < 30 ||
    bytes.toString('latin1', 0, 4) !== 'RIFF' ||
    bytes.toString('latin1', 8, 12) !== 'WEBP'
  )
    return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** JPEG (ITU-T T.81, B.2.2): segments of marker and length up to a start of frame (C0–CF but C4, C8, CC). */
function jpegSize(bytes: Buffer): ImageSize | null {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++; // A fill byte before the marker.
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}
