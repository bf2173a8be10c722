// Hot path: per request. Peer addresses as text, made once for each of the IPv4 addresses seen lately.
import { addressText } from '../core/address.js';

const CACHED_MAX = 4096;
const seen = new Map<number, string>();

/** 4 or 16 bytes, which are only valid during the call. */
export function peerText(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  if (bytes.length === 4) return ipv4(bytes);
  return addressText(bytes.slice());
}

function ipv4(bytes: Uint8Array): string {
  const number =
    (bytes[0] ?? 0) * 2 ** 24 + (bytes[1] ?? 0) * 65_536 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  const known = seen.get(number);
  if (known !== undefined) return known;
  if (seen.size >= CACHED_MAX) seen.clear();
  const text = addressText(bytes);
  seen.set(number, text);
  return text;
}
