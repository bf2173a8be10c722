// Text from outside, made safe to print.
import { printable, UNPRINTABLE } from '../core/printable.js';

/** One line: control characters, line ends included, become U+FFFD. */
export function scrub(text: string): string {
  return printable(text);
}

/** JSON with the same characters escaped: what reads it gets them back, a terminal never sees them. */
export function jsonText(value: unknown, indent?: number): string {
  return safeJson(JSON.stringify(value, null, indent));
}

/** JSON as text already, likewise; its line ends stay. */
export function safeJson(text: string): string {
  return text.replace(UNPRINTABLE, character => (character === '\n' ? '\n' : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
