// Saved keys as an aligned table, one line each.
import type { KeyItem } from '../admin/key-routes.js';
import { scrub } from './terminal.js';

const COLUMNS: readonly (readonly [string, (item: KeyItem) => string])[] = [
  ['ID', ({ id }) => id],
  ['CONSUMER', ({ consumer }) => consumer],
  ['NAME', ({ name }) => name],
  ['KEY', ({ last4 }) => `…${last4}`],
  ['STATE', ({ state }) => state],
  ['CREATED (UTC)', ({ created }) => minute(created)],
  ['EXPIRES', ({ expires }) => (expires === null ? 'never' : minute(expires))],
  ['REVOKED', ({ revoked }) => (revoked === null ? '-' : minute(revoked))],
  ['MODELS', ({ models }) => (models.length === 0 ? 'all' : models.join(','))],
];

export function keyTable(items: readonly KeyItem[]): string {
  if (items.length === 0) return 'No key was made with --save.\n';
  const rows = [
    COLUMNS.map(([title]) => title),
    ...items.map(item => COLUMNS.map(([, cell]) => scrub(cell(item)))),
  ];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function minute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}
