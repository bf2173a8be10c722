// One request by its id: its record, why it ended so, or what the id alone tells where there is none.
import { requestIdMs } from '../core/request-id-time.js';
import { explain } from '../explain/explain.js';
import { type Answer, json, problem } from './answer.js';
import type { AdminSource } from './source.js';

type RequestSource = Pick<AdminSource, 'get' | 'ledger'>;

/** A source that knows less than there is tells of the rest as of what never was. */
export async function oneRequest(source: RequestSource, id: string, why: boolean): Promise<Answer> {
  const record = /^[\w-]{1,64}$/.test(id) ? await source.get(id) : null;
  if (record === null) {
    return problem(404, 'weir_not_found', await unknownId(source, id));
  }
  return json(200, why ? { id: record.id, sentences: explain(record) } : record);
}

async function unknownId({ ledger }: RequestSource, id: string): Promise<string> {
  const admittedMs = requestIdMs(id);
  if (admittedMs === null)
    return 'this is no request id: they are req_ and 26 characters, as in the header x-weir-request-id';
  const { retention_days: days } = await ledger.state();
  if (admittedMs > Date.now() - days * 86_400_000)
    return 'no request of this id is known: it may be mistyped, or of another Weir';
  const day = new Date(admittedMs).toISOString().slice(0, 10);
  return `no request of this id is known any longer: by its id it is of ${day}, and records are kept for ${days} days (ledger.retention)`;
}
