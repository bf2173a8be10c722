// Text from outside, made safe to show: a model name or user agent may carry escape sequences that move a terminal's cursor, or marks that turn the
// reading direction around.

export const UNPRINTABLE = /[\p{Cc}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu;

/** One line: control characters, line ends included, become U+FFFD. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u{FFFD}');
}
