// The row of numbers at the head: what goes on now, and what today came to.
import type { Summary, Usage } from './answers.js';
import { byId, element, setText } from './dom.js';
import { compact, count, dollars, millis, percent, rate, UNKNOWN } from './format.js';

/** Requests per second are those of the last so many ms. */
const RATE_MS = 10_000;

/** How many had settled when. */
const seen: { atMs: number; requests: number }[] = [];

export function showTiles(summary: Summary, today: Usage, blockedToday: number): void {
  const { total } = today;
  const first = seen[0];
  // Counters that fell: it is another process.
  if (first !== undefined && summary.requests < first.requests) seen.length = 0;
  const nowMs = performance.now();
  seen.push({ atMs: nowMs, requests: summary.requests });
  while (seen.length > 2 && nowMs - (seen[1]?.atMs ?? nowMs) >= RATE_MS) seen.shift();
  const since = seen[0] ?? { atMs: nowMs, requests: 0 };
  const perSecond =
    seen.length < 2 ? null : ((summary.requests - since.requests) * 1000) / (nowMs - since.atMs);
  const tokens = total.input_tokens + total.output_tokens;
  show([
    ['Requests per second', perSecond === null ? UNKNOWN : rate(perSecond), 'last 10 seconds'],
    ['Running', count(summary.inflight), 'requests under way'],
    ['Requests today', compact(total.requests), 'since midnight UTC'],
    [
      'Tokens today',
      compact(tokens),
      `${compact(total.input_tokens)} in, ${compact(total.output_tokens)} out`,
    ],
    [
      'Cost today',
      dollars(total.cost_usd),
      total.unpriced > 0 ? `${count(total.unpriced)} unpriced` : 'since midnight UTC',
    ],
    [
      'Blocked today',
      compact(blockedToday),
      total.requests === 0 ? '' : `${percent(blockedToday / total.requests)} of requests`,
    ],
    ['First byte', inMs(summary.first_byte_ms), 'mean since the start'],
    ['In Weir itself', inMs(summary.gateway_ms), 'mean since the start'],
  ]);
}

function inMs(value: number | null): string {
  return value === null ? UNKNOWN : `${millis(value)} ms`;
}

function show(tiles: readonly (readonly [name: string, value: string, note: string])[]): void {
  const list = byId('tiles');
  while (list.children.length < tiles.length) {
    const tile = element('div');
    tile.append(element('dt'), element('dd', '', 'value'), element('dd', '', 'note'));
    list.append(tile);
  }
  tiles.forEach((texts, at) => {
    const parts = list.children[at]?.children ?? [];
    texts.forEach((text, part) => {
      const node = parts[part];
      if (node instanceof HTMLElement) setText(node, text);
    });
  });
}
