// Records as an aligned table, one line each.
import type { RequestRecord } from '../core/record.js';
import { scrub } from './terminal.js';

interface Column {
  readonly title: string;
  /** The width where the whole table is not known in advance; longer cells push their line out. */
  readonly width: number;
  readonly right?: boolean;
  readonly cell: (record: RequestRecord) => string;
}

const UNKNOWN = '-';
const CELL_CHARS_MAX = 40;

const COLUMNS: readonly Column[] = [
  { title: 'TIME (UTC)', width: 19, cell: ({ time }) => `${time.slice(0, 10)} ${time.slice(11, 19)}` },
  { title: 'OUTCOME', width: 11, cell: ({ outcome }) => outcome },
  { title: 'STATUS', width: 6, right: true, cell: ({ status }) => number(status) },
  { title: 'CONSUMER', width: 16, cell: ({ consumer }) => consumer?.name ?? UNKNOWN },
  { title: 'PROVIDER', width: 10, cell: ({ ai }) => ai.provider ?? UNKNOWN },
  { title: 'MODEL', width: 24, cell: ({ ai }) => ai.model_served ?? ai.model ?? UNKNOWN },
  { title: 'API', width: 18, cell: ({ ai }) => ai.api },
  { title: 'IN', width: 7, right: true, cell: ({ usage }) => number(usage.input_tokens) },
  { title: 'OUT', width: 7, right: true, cell: ({ usage }) => number(usage.output_tokens) },
  {
    title: 'MS',
    width: 7,
    right: true,
    cell: ({ timing }) => number(timing.total_ms === null ? null : Math.round(timing.total_ms)),
  },
  { title: 'CODE', width: 20, cell: ({ error }) => error?.code ?? UNKNOWN },
  { title: 'ID', width: 30, cell: ({ id }) => id },
];

/** A whole table with its head, each column as wide as it needs to be. */
export function requestTable(records: readonly RequestRecord[]): string {
  const rows = records.map(cellsOf);
  const widths = COLUMNS.map(({ title }, i) =>
    Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)),
  );
  return [COLUMNS.map(({ title }) => title), ...rows].map(row => line(row, widths)).join('');
}

/** Head and lines of a table that goes on: fixed widths. */
export function followHead(): string {
  return line(
    COLUMNS.map(({ title }) => title),
    COLUMNS.map(({ width }) => width),
  );
}

export function followLine(record: RequestRecord): string {
  return line(
    cellsOf(record),
    COLUMNS.map(({ width }) => width),
  );
}

function cellsOf(record: RequestRecord): string[] {
  return COLUMNS.map(({ cell }) => {
    const text = scrub(cell(record));
    return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text;
  });
}

function line(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, i) =>
    COLUMNS[i]?.right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
  );
  return `${padded.join('  ').trimEnd()}\n`;
}

function number(value: number | null): string {
  return value === null ? UNKNOWN : String(value);
}
