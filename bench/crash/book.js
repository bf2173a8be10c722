// The harness' own book of what the ledger has said so far, and the checks on it: every whole answer once and right, nothing counted twice, nothing
// left running, sums that agree. It is asked while nothing runs.
import { createHash } from 'node:crypto';
import { agrees } from './clients.js';
import { CONSUMERS, LONG_REFILL } from './scene.js';

const PAGE = 1000;
/** A slow stream notes its progress once a second or per 256 tokens; half a second more for a machine that is busy. */
const PROGRESS_MS = 1500;
/** Clocks of two processes on one machine are one; a page is asked for from a little earlier all the same. */
const OVERLAP_MS = 2000;
/** Of 2 KiB each. */
const NEWEST_MAX = 5000;
const NANOS = 1_000_000_000n;

/** `0.002030` → nano-dollars. */
export function nanos(usd) {
  const [whole, part = ''] = usd.split('.');
  return BigInt(whole) * NANOS + BigInt(part.padEnd(9, '0'));
}

/** `steps.3.micros was 2, is 3`, deep. */
function differences(was, is, path) {
  if (typeof was !== 'object' || typeof is !== 'object' || was === null || is === null)
    return was === is ? [] : [`${path.slice(1)} was ${JSON.stringify(was)}, is ${JSON.stringify(is)}`];
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].flatMap(name => differences(was[name], is[name], `${path}.${name}`));
}

/** The order of an object's fields means nothing. */
const ordered = (_name, value) =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort());

const digest = record => createHash('sha1').update(JSON.stringify(record, ordered)).digest('base64');

export class Book {
  /** id → what matters of its record. */
  records = new Map();
  interrupted = 0;
  /** Whole answers that were looked for. */
  looked = 0;
  #names = new Map();
  /** Whole records, the last few: to tell what has changed in one. */
  #newest = new Map();
  #whole = [];
  #gateway;
  #faults;
  #from = Date.now() - OVERLAP_MS;
  #firstMs = Date.now();

  constructor(gateway, faults) {
    this.#gateway = gateway;
    this.#faults = faults;
  }

  /** After a restart: what came in since the last look, and all sums. @param {import('./clients.js').Clients[]} clients those since the last look */
  async look(clients, { killedMs }) {
    const from = Date.now();
    await this.#read(`&since=${new Date(this.#from).toISOString()}`, false);
    this.#from = from - OVERLAP_MS;
    for (const { whole, cut, wrong } of clients) {
      for (const answer of whole) this.#find(answer);
      for (const stream of cut) this.#findCut(stream, killedMs);
      for (const what of wrong) this.#faults.add('answers with wrong usage', what);
      this.#whole.push(...whole);
    }
    await this.#sums();
  }

  /** At the end: everything again from the first record to the last, and single records by id. */
  async lookAtAll() {
    const seen = await this.#read('', true);
    for (const id of this.records.keys()) if (!seen.has(id)) this.#faults.add('records that went away', id);
    await this.#sums();
    const step = Math.max(1, Math.floor(this.#whole.length / 200));
    for (let i = 0; i < this.#whole.length; i += step) {
      const { id } = this.#whole[i];
      const record = await this.#gateway.admin(`/api/requests/${id}`).catch(() => null);
      if (record === null || digest(record) !== this.records.get(id)?.digest)
        this.#faults.add('records that are another one by id than in the list', id);
    }
  }

  async #read(filter, all) {
    const seen = new Set();
    for (let cursor = ''; ; ) {
      const page = await this.#gateway.admin(`/api/requests?limit=${PAGE}${filter}${cursor}`);
      for (const record of page.items) {
        if (seen.has(record.id)) this.#faults.add('ids that are listed twice', record.id);
        seen.add(record.id);
        this.#enter(record, all);
      }
      if (page.next === null) return seen;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  #enter(record, all) {
    const { id, outcome, consumer, usage, cost } = record;
    if (outcome === 'running') this.#faults.add('requests that stay running', id);
    const known = this.records.get(id);
    const sum = digest(record);
    if (known !== undefined) {
      if (known.digest !== sum)
        this.#faults.add('records that changed', `${id}, ${outcome}: ${this.#difference(record)}`);
      return;
    }
    if (all) this.#faults.add('records that came late', `${id}, ${outcome}, ${record.time}`);
    const name = consumer?.end_user ?? null;
    if (name !== null && this.#names.has(name))
      this.#faults.add('requests with two records', `${name}: ${this.#names.get(name)} and ${id}`);
    this.#names.set(name, id);
    if (outcome === 'interrupted') this.interrupted++;
    this.#newest.set(id, record);
    if (this.#newest.size > NEWEST_MAX) this.#newest.delete(this.#newest.keys().next().value);
    this.records.set(id, {
      digest: sum,
      outcome,
      status: record.status,
      name,
      consumer: consumer?.name ?? null,
      model: record.ai.model,
      timeMs: Date.parse(record.time),
      input: usage.input_tokens,
      output: usage.output_tokens,
      cached: usage.cached_input_tokens,
      nanos: cost.usd === null ? 0n : nanos(cost.usd),
    });
  }

  /** In which of its fields a record is another one than it was, where that is still known. */
  #difference(record) {
    const was = this.#newest.get(record.id);
    if (was === undefined) return 'what it was is not known any more';
    return differences(was, record, '').slice(0, 5).join('; ');
  }

  #find({ id, name, status, usage, streamed }) {
    this.looked++;
    const record = this.records.get(id);
    const what = `${id} (${name}, ${status}, ${streamed ? 'streamed' : 'whole'})`;
    if (record === undefined) {
      this.#faults.add('whole answers that are LOST', what);
      return;
    }
    if (record.status !== status || record.name !== name)
      this.#faults.add('records of another answer', `${what}: ${record.status}, ${record.name}`);
    if (usage === null) return;
    const told = { input: record.input, output: record.output, cached: record.cached ?? 0 };
    if (!agrees(told, usage))
      this.#faults.add(
        'whole answers with other token counts',
        `${what}: ${JSON.stringify(told)}, true is ${JSON.stringify(usage)}; ${record.outcome}`,
      );
  }

  /** A stream that was cut off settles at least to what the client had received a progress entry ago: a word is a token or more. */
  #findCut({ id, name, times }, killedMs) {
    const least = times.filter(ms => ms < killedMs - PROGRESS_MS).length;
    if (least === 0) return;
    const record = this.records.get(id);
    if (record === undefined) this.#faults.add('streams without a record', `${id} (${name})`);
    else if ((record.output ?? 0) < least)
      this.#faults.add(
        'streams settled below their progress',
        `${id}: ${record.output}, ${record.outcome}; the client had ${least} in time, ${times.length} in all`,
      );
  }

  async #sums() {
    await this.#usage();
    await this.#limits();
  }

  #sumBy(keyOf, fits = () => true) {
    const sums = new Map();
    for (const record of this.records.values()) {
      if (!fits(record)) continue;
      const key = keyOf(record);
      const sum = sums.get(key) ?? { requests: 0, input: 0, output: 0, cached: 0, nanos: 0n };
      sum.requests++;
      sum.input += record.input ?? 0;
      sum.output += record.output ?? 0;
      sum.cached += record.cached ?? 0;
      sum.nanos += record.nanos;
      sums.set(key, sum);
    }
    return sums;
  }

  /** Rollups against the records, by consumer, model and outcome. */
  async #usage() {
    const report = await this.#gateway.admin('/api/usage?by=consumer,model,outcome').catch(error => {
      this.#faults.add('no usage', error.message);
      return null;
    });
    if (report === null) return;
    const own = this.#sumBy(({ consumer, model, outcome }) => JSON.stringify([consumer, model, outcome]));
    for (const { by, ...counts } of report.items) {
      const key = JSON.stringify([by.consumer, by.model, by.outcome]);
      this.#compare(`rollup of ${key}`, counts, own.get(key));
      own.delete(key);
    }
    for (const [key, { requests }] of own)
      this.#faults.add('rollups that differ', `${key} is missing; ${requests} records`);
    this.#compare('total', report.total, this.#sumBy(() => '').get(''));
  }

  #compare(what, counts, own) {
    const {
      requests,
      input,
      output,
      cached,
      nanos: cost,
    } = own ?? {
      requests: 0,
      input: 0,
      output: 0,
      cached: 0,
      nanos: 0n,
    };
    const says = [
      counts.requests,
      counts.input_tokens,
      counts.output_tokens,
      counts.cached_input_tokens,
      nanos(counts.cost_usd),
    ].join(' ');
    const are = [requests, input, output, cached, cost].join(' ');
    if (says !== are) this.#faults.add('rollups that differ', `${what}: says ${says}, records sum to ${are}`);
  }

  /** What budgets and the long limit have used, against the records of their window. */
  async #limits() {
    const { items } = await this.#gateway.admin('/api/limits?limit=1000');
    const now = Date.now();
    let found = 0;
    for (const item of items) {
      const { policy, by, window } = item;
      if (by === null) {
        this.#faults.add('buckets without a name', policy);
        continue;
      }
      found++;
      if (Number(item.held) !== 0)
        this.#faults.add('holds that stay', `${policy} ${by.consumer}: ${item.held}`);
      const since = window === null ? 0 : Date.parse(window);
      const only = policy === 'small' ? 'poor' : by.consumer;
      const sum = this.#sumBy(
        () => '',
        ({ consumer, model, timeMs }) =>
          consumer === only && timeMs >= since && (by.model === undefined || model === by.model),
      ).get('');
      this.#compareBucket(item, sum ?? { input: 0, output: 0, nanos: 0n }, now);
    }
    if (this.records.size > 0 && found < CONSUMERS.length)
      this.#faults.add('budgets that differ', `only ${found} buckets`);
  }

  #compareBucket({ policy, by, unit, used }, sum, now) {
    const what = `${policy} of ${by.consumer ?? 'poor'} ${by.model ?? ''}`;
    const [says, own] =
      unit === 'usd' ? [nanos(used), sum.nanos] : [BigInt(used), BigInt(sum.input + sum.output)];
    if (policy !== 'long') {
      if (says !== own)
        this.#faults.add('budgets that differ', `${what}: used ${says}, records sum to ${own}`);
      return;
    }
    const refilled = (now - this.#firstMs) * LONG_REFILL + 2;
    if (says > own + 1n || Number(says) < Number(own) - refilled)
      this.#faults.add(
        'long limits that differ',
        `${what}: used ${says}, records sum to ${own}, refilled at most ${refilled.toFixed(0)}`,
      );
  }
}
