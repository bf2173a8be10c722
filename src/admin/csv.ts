// Tables as CSV (RFC 4180), for spreadsheets: a header line, CRLF, and no cell that a spreadsheet would run as a formula.
import { printable } from '../core/printable.js';
import type { Answer } from './answer.js';

/** Numbers are written as they are; null is an empty cell. */
export type Cell = string | number | null;

/** Amounts of dollars: text to us, a number to the reader, so a leading minus is none of a formula. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** @param next cursor of the page after this one */
export function csv(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  next: string | null = null,
): Answer {
  const body = [header, ...rows].map(row => `${row.map(cellText).join(',')}\r\n`).join('');
  return {
    status: 200,
    type: 'text/csv; charset=utf-8',
    body,
    headers: next === null ? {} : { 'x-weir-next': next },
  };
}

/**
 * Quoted where RFC 4180 §2 asks for it. A text that begins as a formula does (`=`, `+`, `-`, `@`, also behind white space) gets a `'` before it, by which spreadsheets
 * take it for text (OWASP: CSV injection): names of models, tags and end users come from callers.
 */
export function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = printable(cell);
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
  return /[",;\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
