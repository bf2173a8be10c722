// Requests per second and tokens over time, and tokens by model and consumer: all out of the ledger's sums (`/api/usage`).
import type { Usage, UsageItem } from './answers.js';
import { ask } from './ask.js';
import { Chart, type ChartData } from './chart.js';
import { byId, showTable } from './dom.js';
import { compact, count, dayAndMinuteOf, dollars, minuteOf, percent, rate } from './format.js';

interface Span {
  readonly step: 'minute' | 'hour' | 'day';
  readonly stepS: number;
  readonly steps: number;
}

const SPANS: Readonly<Record<string, Span>> = {
  '1h': { step: 'minute', stepS: 60, steps: 60 },
  '24h': { step: 'hour', stepS: 3600, steps: 24 },
  '7d': { step: 'hour', stepS: 3600, steps: 168 },
  '30d': { step: 'day', stepS: 86_400, steps: 30 },
};
const LINES = ['served', 'blocked', 'failed'] as const;
/** The rest is one row. */
const ROWS_MAX = 8;

export class Traffic {
  readonly #rate = new Chart('rate', {
    title: 'Requests per second',
    lines: LINES.map(name => ({ name, colour: name, filled: name === 'served' })),
    show: rate,
  });
  readonly #flow = new Chart('flow', {
    title: 'Tokens',
    lines: [
      { name: 'input', colour: 'input', filled: true },
      { name: 'output', colour: 'output', filled: true },
    ],
    show: compact,
  });

  redraw(): void {
    this.#rate.redraw();
    this.#flow.redraw();
  }

  async refresh(): Promise<void> {
    const name = byId<HTMLSelectElement>('span').value;
    const span = SPANS[name] ?? { step: 'minute', stepS: 60, steps: 60 };
    const nowS = Date.now() / 1000;
    const firstS = (Math.floor(nowS / span.stepS) - span.steps + 1) * span.stepS;
    const since = encodeURIComponent(new Date(firstS * 1000).toISOString());
    // One after the other: they have one worker to be answered by.
    const series = await ask<Usage>(`/api/usage?by=${span.step},outcome&since=${since}`);
    const models = await ask<Usage>(`/api/usage?by=model&since=${since}`);
    const consumers = await ask<Usage>(`/api/usage?by=consumer&since=${since}`);
    this.#showSeries(series.items, span, firstS, nowS);
    showShares('models', 'model', models);
    showShares('consumers', 'consumer', consumers);
  }

  #showSeries(items: readonly UsageItem[], span: Span, firstS: number, nowS: number): void {
    const times = Array.from({ length: span.steps }, (_, i) => firstS + i * span.stepS);
    const zeros = (): number[] => times.map(() => 0);
    const outcomes = LINES.map(zeros);
    const tokens = [zeros(), zeros()];
    for (const { by, requests, input_tokens, output_tokens } of items) {
      const at = Math.round((Date.parse(by[span.step] ?? '') / 1000 - firstS) / span.stepS);
      // The step that runs has not lasted as long as the others.
      const lastedS = Math.max(1, Math.min(span.stepS, nowS - (times[at] ?? 0)));
      addTo(outcomes[lineOf(by.outcome)], at, requests / lastedS);
      addTo(tokens[0], at, input_tokens);
      addTo(tokens[1], at, output_tokens);
    }
    const showTime = span.stepS * span.steps > 86_400 ? dayAndMinuteOf : minuteOf;
    const common: Omit<ChartData, 'values'> = { times, showTime, step: `each ${span.step}` };
    this.#rate.show({ ...common, values: outcomes });
    this.#flow.show({ ...common, values: tokens });
  }
}

/** What neither was served nor blocked has failed, for the one who asked. */
function lineOf(outcome: string | null | undefined): number {
  return outcome === 'served' ? 0 : outcome === 'blocked' ? 1 : 2;
}

function addTo(line: number[] | undefined, at: number, value: number): void {
  if (line !== undefined && at >= 0 && at < line.length) line[at] = (line[at] ?? 0) + value;
}

function showShares(id: string, dimension: string, { items, total }: Usage): void {
  const tokensOf = (item: { input_tokens: number; output_tokens: number }): number =>
    item.input_tokens + item.output_tokens;
  const sorted = [...items].sort((a, b) => tokensOf(b) - tokensOf(a) || b.requests - a.requests);
  const shown = sorted.length > ROWS_MAX ? sorted.slice(0, ROWS_MAX - 1) : sorted;
  const rest = sorted.slice(shown.length);
  const rows = shown.map(item => ({
    name: item.by[dimension] ?? '(none)',
    key: `=${item.by[dimension] ?? ''}`,
    ...item,
  }));
  if (rest.length > 0) rows.push({ name: `${rest.length} others`, key: 'others', ...sumOf(rest) });
  const all = Math.max(1, tokensOf(total));
  showTable(
    byId(id),
    `${id}-title`,
    [
      { title: dimension === 'model' ? 'Model' : 'Consumer', as: 'text' },
      { title: 'Share', as: 'share' },
      { title: '%', as: 'number' },
      { title: 'Input', as: 'number' },
      { title: 'Output', as: 'number' },
      { title: 'Requests', as: 'number' },
      { title: 'Cost', as: 'number' },
    ],
    rows.map(row => ({
      key: row.key,
      cells: [
        { text: row.name },
        { text: `Share of tokens: ${row.name}`, fill: tokensOf(row) / all },
        { text: percent(tokensOf(row) / all) },
        { text: compact(row.input_tokens), title: count(row.input_tokens) },
        { text: compact(row.output_tokens), title: count(row.output_tokens) },
        { text: compact(row.requests), title: count(row.requests) },
        {
          text: dollars(row.cost_usd),
          title: `$${row.cost_usd}${row.unpriced > 0 ? `, ${row.unpriced} without a price` : ''}`,
        },
      ],
    })),
    'No requests in this span.',
  );
}

function sumOf(items: readonly UsageItem[]): UsageItem {
  const sum = (pick: (item: UsageItem) => number): number => items.reduce((all, item) => all + pick(item), 0);
  return {
    by: {},
    requests: sum(item => item.requests),
    input_tokens: sum(item => item.input_tokens),
    output_tokens: sum(item => item.output_tokens),
    cost_usd: String(sum(item => Number(item.cost_usd))),
    unpriced: sum(item => item.unpriced),
  };
}
