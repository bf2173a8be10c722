// The text of a JSON string as UTF-8: what plugins are shown. Hot path: per text that a plugin asks for.
import { isUtf8 } from 'node:buffer';

const BACKSLASH = 0x5c;

/**
 * The inside of the valid JSON string at [from, to) of `body`, whose quotes stand around it: escapes undone, surrogate pairs joined; a lone
 * surrogate and each byte that is no UTF-8 become U+FFFD. Shares the body's memory where the string has no escape.
 */
export function stringText(body: Uint8Array, from: number, to: number): Uint8Array {
  const inside = body.subarray(from, to);
  if (!inside.includes(BACKSLASH)) return wellFormed(inside);
  const quoted = Buffer.from(body.buffer, body.byteOffset + from - 1, to - from + 2).toString('utf8');
  return Buffer.from(JSON.parse(quoted) as string, 'utf8');
}

/** The same bytes where they are UTF-8; else a copy with U+FFFD in place of what is not. */
export function wellFormed(bytes: Uint8Array): Uint8Array {
  if (isUtf8(bytes)) return bytes;
  return Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'), 'utf8');
}
