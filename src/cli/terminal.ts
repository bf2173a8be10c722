// Text from outside, made safe to print: a model name or user agent may carry escape sequences that move the cursor,
// or marks that turn the reading direction around.

const UNSAFE = /[\p{Cc}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu;

/** One line: control characters, line ends included, become U+FFFD. */
export function scrub(text: string): string {
  return text.replace(UNSAFE, '\u{FFFD}');
}

/** JSON with the same characters escaped: what reads it gets them back, a terminal never sees them. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(UNSAFE, character => (character === '\n' ? '\n' : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
