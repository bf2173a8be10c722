// Weir's own keys: `weir_` + 43 random base62 characters + 6 check characters, so that a typing error is told
// from an unknown key without a lookup, and secret scanners can recognise a leaked one. Only SHA-256 is kept.
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const WEIR_KEY_PREFIX = 'weir_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 × log2(62) = 256.03 bits. */
const RANDOM_CHARS = 43;
/** 62^6 > 2^32: room for a CRC-32. */
const CHECK_CHARS = 6;

const KEY_CHARS = WEIR_KEY_PREFIX.length + RANDOM_CHARS + CHECK_CHARS;

const FORM = /^weir_[0-9A-Za-z]{49}$/;

/** A fresh key. Each character is drawn from 62 of 64 six-bit values, the other two are drawn again: no bias. */
export function newWeirKey(): string {
  let body = WEIR_KEY_PREFIX;
  while (body.length < WEIR_KEY_PREFIX.length + RANDOM_CHARS) {
    for (const byte of randomBytes(64)) {
      const digit = DIGITS[byte & 63];
      if (digit === undefined) continue;
      body += digit;
      if (body.length === WEIR_KEY_PREFIX.length + RANDOM_CHARS) break;
    }
  }
  return body + checkChars(body);
}

/**
 * Whether form and check characters are right. A CRC-32 finds every burst of up to 32 bits: any one wrong character and
 * any swap of neighbours; across the border the swap changes the CRC in a bit below 32, the check's value in none.
 */
export function weirKeyChecksumOk(key: string): boolean {
  if (!FORM.test(key)) return false;
  const at = key.length - CHECK_CHARS;
  return key.slice(at) === checkChars(key.slice(0, at));
}

/** Whether a Weir key stands anywhere in the text. Hot path: per forwarded header. */
export function holdsWeirKey(text: string): boolean {
  return text.length >= KEY_CHARS && text.includes(WEIR_KEY_PREFIX) && ANYWHERE.test(text);
}

const ANYWHERE = /weir_[0-9A-Za-z]{49}/;

/** Lower-case hex of SHA-256 over the whole key text: what the configuration keeps. */
export function weirKeySha256(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

function checkChars(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < CHECK_CHARS; i++) {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
