// A ledger without a disk: settled records in a list, and every question answered by walking through them. Slow and obvious, so that the real one can be
// held against it.
import type { LedgerSource } from '../../src/admin/source.js';
import type { Entry } from '../../src/core/entry.js';
import type { RequestRecord } from '../../src/core/record.js';
import { CursorError, type ExportPage, type ExportQuery } from '../../src/ledger/export-query.js';
import type { LedgerState } from '../../src/ledger/ledger-state.js';
import { isKey } from '../../src/ledger/matches.js';
import { toRecord } from '../../src/ledger/to-record.js';
import type { UsageCounts, UsageQuery, UsageReport } from '../../src/ledger/usage-query.js';
import { usdText } from '../../src/price/amounts.js';

const CURSOR = /^t1-(\d{6})$/;

export class FakeLedger implements LedgerSource {
  /** In the order in which they settled. */
  readonly records: RequestRecord[] = [];
  readonly asked: UsageQuery[] = [];
  now = '2026-11-23T12:00:00.000Z';
  stateNow: LedgerState = {
    durability: 'os',
    on_full: 'refuse',
    full: false,
    reason: null,
    lost: 0,
    records: 0,
    oldest: null,
    segments: 1,
    lag_bytes: 0,
    size_bytes: 4096,
    retention_days: 90,
    rollup_retention_days: 1095,
    problems: [],
  };

  settle(...entries: readonly Entry[]): void {
    for (const entry of entries) this.records.push(toRecord(entry));
  }

  usage = async (query: UsageQuery): Promise<UsageReport> => {
    this.asked.push(query);
    const groups = new Map<string, { by: Record<string, string | null>; records: RequestRecord[] }>();
    const counted = this.records.filter(record => isAskedFor(record, query));
    for (const record of counted) {
      const by = Object.fromEntries(query.by.map(name => [name, dimension(record, name)]));
      const group = groups.get(JSON.stringify(by)) ?? { by, records: [] };
      group.records.push(record);
      groups.set(JSON.stringify(by), group);
    }
    const shown = query.by.length === 0 ? [] : [...groups.values()];
    const items = shown.map(({ by, records }) => ({ by, ...sum(records) }));
    items.sort((a, b) => Number(b.cost_usd) - Number(a.cost_usd) || b.input_tokens - a.input_tokens);
    const since = query.sinceMs === undefined ? null : new Date(query.sinceMs).toISOString();
    const until = query.untilMs === undefined ? this.now : new Date(query.untilMs).toISOString();
    return { items, total: sum(counted), since, until };
  };

  exportPage = async ({ after, limit, sinceMs, untilMs }: ExportQuery): Promise<ExportPage> => {
    const place = after === undefined ? 0 : Number((CURSOR.exec(after) ?? fail(after))[1]);
    const items: { cursor: string; record: RequestRecord }[] = [];
    let next = place;
    while (next < this.records.length && items.length < limit) {
      const record = this.records[next++] as RequestRecord;
      const timeMs = Date.parse(record.time);
      if (timeMs >= (sinceMs ?? 0) && timeMs < (untilMs ?? Number.POSITIVE_INFINITY))
        items.push({ cursor: cursorAt(next), record });
    }
    return { items, next: next === 0 ? null : cursorAt(next), more: next < this.records.length };
  };

  state = async (): Promise<LedgerState> => ({ ...this.stateNow, records: this.records.length });
}

function cursorAt(place: number): string {
  return `t1-${String(place).padStart(6, '0')}`;
}

function fail(cursor: string): never {
  throw new CursorError(cursor);
}

function isAskedFor(record: RequestRecord, { sinceMs, untilMs, only }: UsageQuery): boolean {
  const timeMs = Date.parse(record.time);
  if (timeMs < (sinceMs ?? 0) || timeMs >= (untilMs ?? Number.POSITIVE_INFINITY)) return false;
  return Object.entries(only).every(([name, value]) =>
    name === 'key' && value !== null
      ? isKey(record.consumer?.key ?? null, value as string)
      : dimension(record, name) === value,
  );
}

function dimension({ time, outcome, ai, consumer }: RequestRecord, name: string): string | null {
  if (name.startsWith('tag.')) return consumer?.tags[name.slice(4)] ?? null;
  const values: Readonly<Record<string, string | null>> = {
    consumer: consumer?.name ?? null,
    key: consumer?.key ?? null,
    provider: ai.provider,
    model: ai.model,
    model_served: ai.model_served,
    api: ai.api,
    outcome,
    minute: `${time.slice(0, 16)}:00.000Z`,
    hour: `${time.slice(0, 13)}:00:00.000Z`,
    day: `${time.slice(0, 10)}T00:00:00.000Z`,
    month: `${time.slice(0, 7)}-01T00:00:00.000Z`,
  };
  return values[name] ?? null;
}

export function sum(records: readonly RequestRecord[]): UsageCounts {
  const of = (number: (record: RequestRecord) => number | null) =>
    records.reduce((total, record) => total + (number(record) ?? 0), 0);
  return {
    requests: records.length,
    input_tokens: of(({ usage }) => usage.input_tokens),
    output_tokens: of(({ usage }) => usage.output_tokens),
    cached_input_tokens: of(({ usage }) => usage.cached_input_tokens),
    cache_write_tokens: of(({ usage }) => usage.cache_write_tokens),
    reasoning_tokens: of(({ usage }) => usage.reasoning_tokens),
    cost_usd: usdText(of(({ cost }) => (cost.usd === null ? 0 : Math.round(Number(cost.usd) * 1e9)))),
    unpriced: records.filter(({ usage, cost }) => usage.source !== 'none' && cost.usd === null).length,
  };
}
