// Records as CSV: one line a request, the fields that people filter and add up; the rest of a record is in its JSON.
import type { RequestRecord } from '../core/record.js';
import type { RecordPage } from '../ledger/ring.js';
import type { Answer } from './answer.js';
import { type Cell, csv } from './csv.js';

const COLUMNS: readonly (readonly [string, (record: RequestRecord) => Cell])[] = [
  ['id', ({ id }) => id],
  ['time', ({ time }) => time],
  ['outcome', ({ outcome }) => outcome],
  ['status', ({ status }) => status],
  ['code', ({ error }) => error?.code ?? null],
  ['consumer', ({ consumer }) => consumer?.name ?? null],
  ['key', ({ consumer }) => consumer?.key ?? null],
  ['end_user', ({ consumer }) => consumer?.end_user ?? null],
  ['tags', ({ consumer }) => tagsText(consumer?.tags ?? {})],
  ['provider', ({ ai }) => ai.provider],
  ['api', ({ ai }) => ai.api],
  ['model', ({ ai }) => ai.model],
  ['model_served', ({ ai }) => ai.model_served],
  ['input_tokens', ({ usage }) => usage.input_tokens],
  ['output_tokens', ({ usage }) => usage.output_tokens],
  ['cached_input_tokens', ({ usage }) => usage.cached_input_tokens],
  ['cache_write_tokens', ({ usage }) => usage.cache_write_tokens],
  ['reasoning_tokens', ({ usage }) => usage.reasoning_tokens],
  ['usage_source', ({ usage }) => usage.source],
  ['cost_usd', ({ cost }) => cost.usd],
  ['cost_status', ({ cost }) => cost.status],
  ['total_ms', ({ timing }) => timing.total_ms],
  ['first_byte_ms', ({ timing }) => timing.first_byte_ms],
  ['gateway_ms', ({ timing }) => timing.gateway_ms],
];

export function requestsCsv({ items, next }: RecordPage): Answer {
  return csv(
    COLUMNS.map(([name]) => name),
    items.map(record => COLUMNS.map(([, cell]) => cell(record))),
    next,
  );
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  const names = Object.keys(tags).sort();
  return names.map(name => `${name}=${tags[name] ?? ''}`).join('; ');
}
