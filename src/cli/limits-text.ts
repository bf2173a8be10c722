// Buckets of limits for human readers: one paragraph a policy, one line a bucket.
import type { LimitItem, LimitsPage } from '../policy/limits-view.js';
import { scrub } from './terminal.js';

const BAR_CELLS = 10;
const VALUES_CHARS_MAX = 60;
/** Ids of running requests; --json has more. */
const IDS_SHOWN = 3;

/** `policy`: what was asked for; null: all. */
export function limitsText({ items, next }: LimitsPage, policy: string | null): string {
  if (items.length === 0) {
    return policy === null
      ? 'No limit or budget has counted anything yet.\n'
      : `No limit or budget of the name ${scrub(policy)} has counted anything yet.\n`;
  }
  const text = groups(items).map(paragraph).join('\n');
  return next === null ? text : `${text}There are more: --cursor ${next}\n`;
}

/** Neighbours of one policy stand together. */
function groups(items: readonly LimitItem[]): (readonly LimitItem[])[] {
  const found: LimitItem[][] = [];
  for (const item of items) {
    const last = found.at(-1);
    if (last !== undefined && last[0]?.policy === item.policy) last.push(item);
    else found.push([item]);
  }
  return found;
}

function paragraph(items: readonly LimitItem[]): string {
  const [first] = items;
  if (first === undefined) return '';
  const shadow = first.mode === 'shadow' ? ', shadow: refuses nothing' : '';
  const head = `${first.policy}: ${first.allows}${shadow}\n`;
  const values = items.map(valuesText);
  const width = Math.max(...values.map(({ length }) => length));
  return head + items.map((item, i) => line(item, (values[i] ?? '').padEnd(width))).join('');
}

function line(item: LimitItem, values: string): string {
  const share = shareOf(item);
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * BAR_CELLS);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
  const percent = `${Math.floor(share * 100)} %`.padStart(6);
  const held = Number(item.held) === 0 ? '' : `, ${amount(item, item.held)} held`;
  const left =
    Number(item.available) < 0
      ? `${amount(item, Math.abs(Number(item.available)))} over`
      : `${amount(item, item.available)} left`;
  const resets = item.reset_ms === 0 ? '' : `, ${resetText(item)}`;
  return `  ${bar} ${percent}  ${values}  ${amount(item, item.used)} used${held}, ${left}${resets}${holdsText(item)}\n`;
}

/** Used and held, of what the bucket holds at most. */
function shareOf({ limit, available }: LimitItem): number {
  return 1 - Number(available) / Number(limit);
}

function valuesText({ by }: LimitItem): string {
  if (by === null) return '(name not known)';
  const text = scrub(
    Object.entries(by)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
  );
  if (text === '') return 'all';
  return text.length > VALUES_CHARS_MAX ? `${text.slice(0, VALUES_CHARS_MAX - 1)}…` : text;
}

function amount({ unit }: LimitItem, value: number | string): string {
  if (unit !== 'usd') return String(value);
  return typeof value === 'string' ? `$${value}` : `$${value.toFixed(6)}`;
}

function resetText({ kind, reset_ms }: LimitItem): string {
  return `${kind === 'budget' ? 'starts anew' : 'full again'} in ${spanText(reset_ms)}`;
}

const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `3 days 4 hours`: the largest unit and the one after it. */
export function spanText(ms: number): string {
  let rest = Math.ceil(ms / 1000) * 1000;
  const words: string[] = [];
  for (const [name, unitMs] of SPANS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    else if (words.length > 0) break;
    if (words.length === 2) break;
  }
  return words.join(' ') || '0 seconds';
}

function holdsText({ holds }: LimitItem): string {
  if (holds.length === 0) return '';
  const more = holds.length > IDS_SHOWN ? ` and ${holds.length - IDS_SHOWN} more` : '';
  return `\n      held by ${holds.slice(0, IDS_SHOWN).map(scrub).join(', ')}${more}`;
}
