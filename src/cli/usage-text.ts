// Usage for people who read tables for a living: what it covers, aligned numbers, a total, whether the lines add up to it, and what is not in it.
import type { UsageCounts, UsageItem, UsageReport } from '../ledger/usage-query.js';
import { decimalsFor, dollars, isRounded } from './dollars.js';
import { spanText } from './limits-text.js';
import { scrub } from './terminal.js';
import { addUp, type Sums } from './usage-sums.js';

const CELL_CHARS_MAX = 60;
const NONE = '(none)';
/** RFC 3339 starts of minutes, hours, days and months, cut to what they say. */
const TIME_CHARS: Readonly<Record<string, number>> = { minute: 16, hour: 16, day: 10, month: 7 };

const NUMBERS = [
  ['REQUESTS', 'requests', 'always'],
  ['INPUT', 'input_tokens', 'always'],
  ['CACHED', 'cached_input_tokens', 'where any'],
  ['CACHE WRITE', 'cache_write_tokens', 'where any'],
  ['OUTPUT', 'output_tokens', 'always'],
  ['REASONING', 'reasoning_tokens', 'where any'],
  ['UNPRICED', 'unpriced', 'where any'],
] as const;

interface Line {
  readonly names: readonly string[];
  readonly counts: Sums;
}

/** @param filters as asked; @param top lines at most, what is left out becomes one line; null: all */
export function usageText(
  report: UsageReport,
  by: readonly string[],
  filters: readonly (readonly [string, string])[],
  top: number | null,
): string {
  const head = `${coverText(report)}${filterText(filters)}\n`;
  if (report.total.requests === 0) return `${head}No requests.\n`;
  const total = addUp([report.total]);
  const decimals = decimalsFor(total.nanos);
  const lines = linesOf(report.items, by, top);
  const notes = [
    ...sumNotes(report, total, by),
    ...roundingNotes(report.items, decimals),
    ...unpricedNotes(report.total),
    ...partNotes(report.total),
  ];
  const table = tableText(by, [...lines, { names: ['TOTAL'], counts: total }], decimals);
  return `${head}\n${table}\n${notes.map(note => `${note}\n`).join('')}`;
}

function coverText({ since, until }: UsageReport): string {
  const to = timeText(until);
  if (since === null) return `Usage of all that is kept, to ${to} UTC`;
  return `Usage from ${timeText(since)} to ${to} UTC (${spanText(Date.parse(until) - Date.parse(since))})`;
}

function timeText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, time.slice(17, 19) === '00' ? 16 : 19)}`;
}

function filterText(filters: readonly (readonly [string, string])[]): string {
  if (filters.length === 0) return '';
  return `, only ${filters.map(([name, value]) => scrub(`${name}=${value === '' ? NONE : value}`)).join(', ')}`;
}

function linesOf(items: readonly UsageItem[], by: readonly string[], top: number | null): Line[] {
  if (by.length === 0) return [];
  const shown = items.slice(0, top ?? items.length).map(item => ({
    names: by.map(name => cellText(name, item.by[name] ?? null)),
    counts: addUp([item]),
  }));
  const rest = items.slice(shown.length);
  if (rest.length === 0) return shown;
  return [...shown, { names: [`(${number(rest.length)} more)`], counts: addUp(rest) }];
}

function cellText(dimension: string, value: string | null): string {
  if (value === null) return NONE;
  const chars = TIME_CHARS[dimension];
  if (chars !== undefined) return scrub(value).slice(0, chars).replace('T', ' ');
  const text = scrub(value);
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text;
}

function tableText(by: readonly string[], lines: readonly Line[], decimals: number): string {
  const total = lines.at(-1)?.counts;
  const columns = NUMBERS.filter(([, field, when]) => when === 'always' || total?.[field] !== 0n);
  const named = Math.max(by.length, 1);
  const head = [
    ...(by.length === 0 ? [''] : by.map(name => scrub(name).replaceAll('_', ' ').toUpperCase())),
    ...columns.map(([title]) => title),
    'COST',
  ];
  const rows = lines.map(({ names, counts }) => [
    ...Array.from({ length: named }, (_, i) => names[i] ?? ''),
    ...columns.map(([, field]) => number(counts[field])),
    dollars(counts.nanos, decimals),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => (i < named ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()}\n`;
  const rule = `${'─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))}\n`;
  return [line(head), ...rows.slice(0, -1).map(line), rule, ...rows.slice(-1).map(line)].join('');
}

/** The proof that nothing is left out and nothing is told twice, done here and not taken on trust. */
function sumNotes({ items }: UsageReport, total: Sums, by: readonly string[]): string[] {
  if (by.length === 0) return [];
  const sums = addUp(items);
  const wrong = (Object.keys(total) as (keyof Sums)[]).filter(name => sums[name] !== total[name]);
  if (wrong.length === 0) {
    const lines = items.length === 1 ? 'The one line is' : `The ${number(items.length)} lines add up to`;
    return [`${lines} the total, in requests, tokens and nano-dollars.`];
  }
  const what = wrong.map(name => `${name}: ${sums[name]} against ${total[name]}`).join('; ');
  return [`THE LINES DO NOT ADD UP TO THE TOTAL (${what}). Please report this.`];
}

function roundingNotes(items: readonly UsageItem[], decimals: number): string[] {
  if (!items.some(item => isRounded(addUp([item]).nanos, decimals))) return [];
  return [`Dollars are rounded to ${decimals} decimals here; --csv and --json give them exactly.`];
}

function unpricedNotes({ unpriced }: UsageCounts): string[] {
  if (unpriced === 0) return [];
  const [requests, their] = unpriced === 1 ? ['request', 'its'] : ['requests', 'their'];
  return [
    `Not in the cost: ${number(unpriced)} ${requests} with usage but without a known price; ${their} tokens are counted. Give prices under prices: in weir.yaml.`,
  ];
}

function partNotes(total: UsageCounts): string[] {
  const input = total.cached_input_tokens + total.cache_write_tokens > 0;
  const output = total.reasoning_tokens > 0;
  if (!input && !output) return [];
  const parts = [
    ...(input ? ['CACHED and CACHE WRITE are parts of INPUT'] : []),
    ...(output ? ['REASONING is part of OUTPUT'] : []),
  ];
  return [`${parts.join(', ')}: not to be added to it.`];
}

function number(value: bigint | number): string {
  return value.toLocaleString('en-US');
}
