// Lookup tables of plugins: CSV as RFC 4180 has it, first column → what `lookup` returns.

/** Rows of one table. */
export const TABLE_ROWS_MAX = 1_000_000;
/** A larger file is not read. */
export const TABLE_BYTES_MAX = 64 * 1024 * 1024;

/** The file is not a table; the message names the line and what to mend. */
export class TableRefused extends Error {
  override readonly name = 'TableRefused';
  readonly code = 'table';
}

/**
 * Key → value. In a table of two columns the value is the second, its quotes undone; of more, the rest of the line as it is written, which is
 * CSV again; of one, ''. The first line is a row like any other: there is no header. Empty lines are passed over. Throws TableRefused for
 * what is not UTF-8 or not CSV, for a key that is empty or stands twice, and for lines of unlike length.
 */
export function readTable(csv: Uint8Array): ReadonlyMap<string, string> {
  if (csv.length > TABLE_BYTES_MAX)
    throw new TableRefused(`the table has ${csv.length} bytes; allowed are ${TABLE_BYTES_MAX}`);
  const reader = new TableReader(decoded(csv));
  while (reader.row()) {}
  return reader.rows;
}

function decoded(csv: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(csv);
  } catch {
    throw new TableRefused('the table is not UTF-8');
  }
}

const COMMA = 0x2c;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

class TableReader {
  readonly rows = new Map<string, string>();
  /** Where the row read last begins. */
  lastLine = 0;
  readonly #text: string;
  #at = 0;
  /** Counted in the file, from 1; a field in quotes may run over several. */
  #line = 1;
  #columns = 0;
  #firstLine = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads one; false at the end. */
  row(): boolean {
    while (this.#lineBreak()) {}
    if (this.#at === this.#text.length) return false;
    const line = this.#line;
    const key = this.#field();
    let value = '';
    let columns = 1;
    const rest = this.#at + 1;
    while (this.#text.charCodeAt(this.#at) === COMMA) {
      this.#at++;
      value = this.#field();
      columns++;
    }
    if (columns > 2) value = this.#text.slice(rest, this.#at);
    if (!this.#lineBreak() && this.#at < this.#text.length)
      this.#refuse(line, 'has text behind a closing quote');
    this.#add(line, columns, key, value);
    return true;
  }

  #add(line: number, columns: number, key: string, value: string): void {
    if (this.#firstLine === 0) {
      this.#firstLine = line;
      this.#columns = columns;
    }
    if (columns !== this.#columns)
      this.#refuse(line, `has ${columns} columns; line ${this.#firstLine} has ${this.#columns}`);
    if (key === '') this.#refuse(line, 'has no key in its first column');
    if (this.rows.has(key))
      this.#refuse(line, `has the key ${JSON.stringify(key)}, as line ${lineOf(this.#text, key)}`);
    if (this.rows.size === TABLE_ROWS_MAX)
      this.#refuse(line, `is row ${TABLE_ROWS_MAX + 1}; allowed are ${TABLE_ROWS_MAX}`);
    this.lastLine = line;
    this.rows.set(key, value);
  }

  /** Passes a line break: LF, CR LF or CR. */
  #lineBreak(): boolean {
    const c = this.#text.charCodeAt(this.#at);
    if (c !== LF && c !== CR) return false;
    this.#at += c === CR && this.#text.charCodeAt(this.#at + 1) === LF ? 2 : 1;
    this.#line++;
    return true;
  }

  #field(): string {
    return this.#text.charCodeAt(this.#at) === QUOTE ? this.#quoted() : this.#plain();
  }

  #plain(): string {
    const from = this.#at;
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const c = text.charCodeAt(this.#at);
      if (c === COMMA || c === LF || c === CR) break;
      if (c === QUOTE) this.#refuse(this.#line, 'has a quote inside a field that does not begin with one');
    }
    return text.slice(from, this.#at);
  }

  #quoted(): string {
    const text = this.#text;
    const begun = this.#line;
    const from = ++this.#at;
    while (this.#at < text.length) {
      if (this.#lineBreak()) continue;
      if (text.charCodeAt(this.#at) !== QUOTE) this.#at++;
      else if (text.charCodeAt(this.#at + 1) === QUOTE) this.#at += 2;
      else return text.slice(from, this.#at++).replaceAll('""', '"');
    }
    return this.#refuse(begun, 'has a quote that is never closed');
  }

  #refuse(line: number, what: string): never {
    throw new TableRefused(`line ${line} ${what}`);
  }
}

/** Where the row of `key` begins, in a text that has been read up to a second one. */
function lineOf(text: string, key: string): number {
  const reader = new TableReader(text);
  while (!reader.rows.has(key) && reader.row()) {}
  return reader.lastLine;
}
