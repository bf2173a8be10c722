// A small scanner of TypeScript's surface: tells code from comments, strings, templates and regular expressions,
// and finds functions by their braces. Not a parser: it knows just enough for the rules, and errs towards silence.

/** Three views of one text, each as long as it, so that offsets agree. What is left out is blanks; line ends stay. */
export interface Views {
  /** Code; the contents of strings, templates and regular expressions are blank, their quotes stand. */
  readonly code: string;
  /** Comments alone. */
  readonly comments: string;
  readonly text: string;
}

export interface FunctionSpan {
  readonly name: string;
  /** 1-based line where its head begins. */
  readonly line: number;
  /** Lines from the head to the closing brace, both counted. */
  readonly lines: number;
  /** Offset just after the opening brace, or of the expression's first character. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

const cache = new Map<string, Views>();

export function views(text: string): Views {
  let found = cache.get(text);
  if (found === undefined) {
    found = new Scanner(text).run();
    cache.set(text, found);
  }
  return found;
}

/** A `/` after one of these begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|new|delete|void|throw|await|yield))$/;

class Scanner {
  private at = 0;
  private readonly code: string[];
  private readonly comments: string[];
  /** Brace depth at which each open `${` of a template ends. */
  private readonly templates: number[] = [];
  private depth = 0;
  /** The last characters of code that are not blank (one blank between words), enough to judge a `/`. */
  private before = '';

  constructor(private readonly text: string) {
    const blank = text.replace(/[^\n]/g, ' ');
    this.code = [...blank];
    this.comments = [...this.code];
  }

  run(): Views {
    while (this.at < this.text.length) this.step();
    return { code: this.code.join(''), comments: this.comments.join(''), text: this.text };
  }

  private step(): void {
    const char = this.text[this.at] ?? '';
    const two = this.text.slice(this.at, this.at + 2);
    if (two === '//') this.comment(this.find('\n'));
    else if (two === '/*') this.comment(this.find('*/', 2) + 2);
    else if (char === "'" || char === '"') this.quoted(char);
    else if (char === '`') this.template();
    else if (char === '/' && BEFORE_REGEX.test(this.before.trimEnd())) this.regex();
    else if (char === '{' || char === '}') this.brace(char);
    else this.keep();
  }

  private brace(char: '{' | '}'): void {
    this.depth += char === '{' ? 1 : -1;
    if (char === '{' || this.templates.at(-1) !== this.depth) {
      this.keep();
      return;
    }
    this.templates.pop();
    this.template();
  }

  private keep(): void {
    const char = this.text[this.at] ?? '';
    this.code[this.at] = char;
    if (char.trim() !== '') this.before = (this.before + char).slice(-12);
    else if (/\w$/.test(this.before)) this.before += ' '; // so that two words stay two
    this.at += 1;
  }

  private find(what: string, skip = 0): number {
    const found = this.text.indexOf(what, this.at + skip);
    return found < 0 ? this.text.length : found;
  }

  private comment(end: number): void {
    for (const stop = Math.min(end, this.text.length); this.at < stop; this.at += 1) {
      this.comments[this.at] = this.text[this.at] ?? '';
    }
  }

  private quoted(quote: string): void {
    this.keep();
    while (this.at < this.text.length && this.text[this.at] !== quote && this.text[this.at] !== '\n') {
      this.at += this.text[this.at] === '\\' ? 2 : 1;
    }
    if (this.text[this.at] === quote) this.keep();
  }

  /** From a template's first quote, or from the brace that ends a `${…}`, to its last quote or the next `${`. */
  private template(): void {
    this.keep();
    while (this.at < this.text.length && this.text[this.at] !== '`') {
      if (this.text.startsWith('${', this.at)) {
        this.templates.push(this.depth);
        this.depth += 1;
        this.at += 1;
        break;
      }
      this.at += this.text[this.at] === '\\' ? 2 : 1;
    }
    this.keep();
  }

  private regex(): void {
    this.keep();
    let inClass = false;
    while (this.at < this.text.length && this.text[this.at] !== '\n') {
      const char = this.text[this.at];
      if (char === '/' && !inClass) break;
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      this.at += char === '\\' ? 2 : 1;
    }
    this.keep();
  }
}

const CONTROL = /\b(?:if|for|while|switch|catch|with|await)\s*$/;

/** Every function with a body: declarations, methods, accessors, arrows. */
export function functions(text: string): FunctionSpan[] {
  const { code } = views(text);
  const pairs = matchBrackets(code);
  const spans: FunctionSpan[] = [];
  for (const [open, close] of pairs) {
    if (code[open] !== '(' || CONTROL.test(code.slice(Math.max(0, open - 12), open))) continue;
    const body = bodyAfter(code, pairs, close + 1);
    const name =
      /(\w+)\s*(?:<[^()]*>)?\s*$/.exec(code.slice(Math.max(0, open - 120), open))?.[1] ?? '(anonymous)';
    if (body !== null) spans.push(span(code, name, open, body + 1, pairs.get(body) ?? code.length));
  }
  for (let arrow = code.indexOf('=>'); arrow >= 0; arrow = code.indexOf('=>', arrow + 2)) {
    const start = skipBlank(code, arrow + 2);
    const end = code[start] === '{' ? (pairs.get(start) ?? code.length) : expressionEnd(code, pairs, start);
    const name = /(\w+)\s*(?::[^=]*)?=(?!>)[^=]*$/.exec(code.slice(lineStart(code, arrow), arrow))?.[1];
    spans.push(span(code, name ?? '(arrow)', arrow, code[start] === '{' ? start + 1 : start, end));
  }
  return spans.sort((a, b) => a.line - b.line);
}

function span(code: string, name: string, head: number, bodyStart: number, bodyEnd: number): FunctionSpan {
  const line = code.slice(0, head).split('\n').length;
  const lines = code.slice(head, bodyEnd).split('\n').length;
  return { name, line, lines, bodyStart, bodyEnd };
}

/** Offset of the `{` of a body that follows a parameter list, after an optional return type; null where none does. */
function bodyAfter(code: string, pairs: ReadonlyMap<number, number>, from: number): number | null {
  let at = skipBlank(code, from);
  if (code[at] === '{') return at;
  if (code[at] !== ':') return null;
  let typeMayBegin = true; // an object type may stand here; a `{` anywhere else begins the body
  for (at = skipBlank(code, at + 1); at < code.length; at = skipBlank(code, at)) {
    const char = code[at] ?? '';
    if (char === '{' && !typeMayBegin) return at;
    if (char === '{' || char === '(' || char === '[') at = (pairs.get(at) ?? code.length) + 1;
    else if (code.startsWith('=>', at) || ';,)}='.includes(char)) return null;
    else at += /^[\w$]+/.exec(code.slice(at, at + 80))?.[0].length ?? 1;
    typeMayBegin = '|&<:'.includes(char) || /\b(?:is|extends)$/.test(code.slice(Math.max(0, at - 8), at));
  }
  return null;
}

function expressionEnd(code: string, pairs: ReadonlyMap<number, number>, from: number): number {
  let at = from;
  while (at < code.length && !',;)]}'.includes(code[at] ?? '')) at = (pairs.get(at) ?? at) + 1;
  return at;
}

/** Opening to closing offset of every round, square and curly bracket. */
function matchBrackets(code: string): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < code.length; at += 1) {
    const char = code[at] ?? '';
    if ('([{'.includes(char)) open.push(at);
    else if (')]}'.includes(char)) {
      const start = open.pop();
      if (start !== undefined) pairs.set(start, at);
    }
  }
  return pairs;
}

function skipBlank(code: string, from: number): number {
  let at = from;
  while (at < code.length && (code[at] ?? '').trim() === '') at += 1;
  return at;
}

const lineStart = (code: string, at: number): number => code.lastIndexOf('\n', at) + 1;
