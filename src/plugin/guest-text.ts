// What becomes of texts that a guest leaves in steps, logs and answers (CONTRACT.md §5.8): bounded, printable, without secrets.

/** A secret that begins within a bound is found where it ends within so many bytes behind it. */
export const SECRET_BYTES_MAX = 4096;

/** C0, DEL and C1 of Unicode. */
const CONTROL = /\p{Cc}/gu;

/** Control characters as U+FFFD. */
export function printable(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return text.replace(CONTROL, '\uFFFD');
  }
  return text;
}

/** The longest beginning of at most `max` bytes of UTF-8 that ends at the end of a character. */
export function cutBytes(text: string, max: number): string {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= max || Buffer.byteLength(text) <= max) return text;
  const bytes = Buffer.from(text);
  let end = max;
  // 10xxxxxx goes on with a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
