// Budgets, limits, what is blocked, plugins and providers: a table each.
import type { Blocked, LimitItem, PluginItem, Summary, Usage } from './answers.js';
import { byId, type Cell, type Row, setText, showTable } from './dom.js';
import { amount, compact, count, dollars, percent, span, UNKNOWN, when } from './format.js';

/** From here on a bar changes its colour. */
const HIGH = 0.8;

export function showLimits(items: readonly LimitItem[], today: Usage): void {
  const cost = dollars(today.total.cost_usd);
  const { unpriced } = today.total;
  const without = unpriced > 0 ? `; requests without a known price, not in it: ${count(unpriced)}` : '';
  setText(byId('cost-line'), `${cost} today (since midnight UTC)${without}.`);
  const columns = [
    { title: 'Policy', as: 'text' },
    { title: 'Whose', as: 'text' },
    { title: 'Fill', as: 'share' },
    { title: '%', as: 'number' },
    { title: 'Used', as: 'number' },
    { title: 'Held', as: 'number' },
    { title: 'Limit', as: 'number' },
    { title: 'Full again in', as: 'number' },
  ] as const;
  const budgets = items.filter(({ kind }) => kind === 'budget');
  const limits = items.filter(({ kind }) => kind !== 'budget');
  const begun = columns.map(column =>
    column.title === 'Full again in' ? { ...column, title: 'New in' } : column,
  );
  showTable(
    byId('budgets'),
    'budgets-title',
    begun,
    budgets.map(limitRow),
    'No budget has counted anything yet.',
  );
  showTable(
    byId('limits'),
    'limits-title',
    columns,
    limits.map(limitRow),
    'No limit has counted anything yet.',
  );
}

function limitRow(item: LimitItem): Row {
  const { policy, unit, by, mode } = item;
  const names = by === null ? 'not known' : Object.values(by).join(', ');
  const taken = Number(item.limit) - Number(item.available);
  const share = Number(item.limit) > 0 ? taken / Number(item.limit) : 0;
  const level = share >= 1 ? 'full' : share >= HIGH ? 'high' : undefined;
  return {
    key: JSON.stringify([policy, unit, mode, by]),
    cells: [
      { text: policy + shadow(mode), title: item.allows },
      { text: names === '' ? 'all' : names },
      { text: `Fill of ${policy}, ${names === '' ? 'all' : names}`, fill: share, level },
      {
        text: percent(Math.max(0, share)),
        className: level === 'full' ? 'bad' : level === 'high' ? 'warn' : '',
      },
      { text: amount(item.used, unit), title: String(item.used) },
      { text: amount(item.held, unit), title: String(item.held) },
      { text: amount(item.limit, unit), title: `${item.allows}` },
      { text: item.reset_ms === 0 ? UNKNOWN : span(item.reset_ms) },
    ],
  };
}

function shadow(mode: string): string {
  return mode === 'shadow' ? ' (shadow)' : '';
}

/** @param press shows the requests that one policy has blocked */
export function showBlocked(
  { blocked, started_at, outcomes }: Summary,
  press: (policy: string, code: string) => void,
): void {
  const total = count(outcomes.blocked ?? 0);
  setText(byId('blocked-line'), `${total} blocked since this Weir started, ${when(started_at)}.`);
  const sorted = [...blocked].sort((a, b) => b.count - a.count);
  showTable(
    byId('blocked'),
    'blocked-title',
    [
      { title: 'Policy', as: 'text' },
      { title: 'Code', as: 'text' },
      { title: 'Mode' },
      { title: 'Requests', as: 'number' },
      { title: 'Look' },
    ],
    sorted.map(item => blockedRow(item, press)),
    'Nothing has been blocked.',
  );
}

function blockedRow(
  { policy, code, mode, count: times }: Blocked,
  press: (policy: string, code: string) => void,
): Row {
  const isShadow = mode === 'shadow';
  const look: Cell = isShadow
    ? { text: '' }
    : { text: 'show', title: `${policy} ${code}`, onPress: () => press(policy, code) };
  return {
    key: JSON.stringify([policy, code, mode]),
    cells: [
      { text: policy === '(none)' ? 'Weir itself' : policy },
      { text: code },
      { text: isShadow ? 'would have' : 'enforced', className: isShadow ? 'quiet' : '' },
      { text: count(times) },
      look,
    ],
  };
}

export function showPlugins(items: readonly PluginItem[]): void {
  showTable(
    byId('plugins'),
    'plugins-title',
    [
      { title: 'Policy', as: 'text' },
      { title: 'Module', as: 'text' },
      { title: 'State' },
      { title: 'Calls', as: 'number' },
      { title: 'Failed', as: 'number' },
      { title: 'Fuel a call', as: 'number' },
      { title: 'Fuel', as: 'number' },
    ],
    items.map(pluginRow),
    'No plugin is configured.',
  );
}

function pluginRow({
  policy,
  name,
  version,
  file,
  dropped,
  mode,
  fuel,
  state,
  reason,
  counts,
}: PluginItem): Row {
  const { calls, failed, fuel: used } = counts;
  const each = calls === 0 ? null : used / calls;
  return {
    key: policy,
    cells: [
      { text: `${policy}${dropped ? ' (dropped)' : shadow(mode)}` },
      { text: [name, version].filter(part => part !== null).join(' ') || UNKNOWN, title: file },
      {
        text: reason === null ? state : `${state}: ${reason}`,
        className: state === 'failed' ? 'bad reason' : reason === null ? '' : 'warn reason',
      },
      { text: compact(calls), title: count(calls) },
      { text: count(failed), className: failed > 0 ? 'bad' : '' },
      {
        text: each === null ? UNKNOWN : compact(each),
        title:
          each === null ? '' : `${percent(each / fuel)} of ${count(fuel)} before what is paid by the byte`,
      },
      { text: compact(used), title: count(used) },
    ],
  };
}
