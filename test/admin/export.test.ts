// `/api/export`: CloudEvents that billing systems take, each once along the cursor.
import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../src/admin/cloud-event.js';
import { CHAT, entry, idOf, usage } from '../ledger/entries.js';
import { ask } from './ask.js';
import { withAdmin } from './source.js';

const SERVED = entry(1, {
  outcome: 'served',
  status: 200,
  path: '/v1/secret-path',
  clientAddress: '10.1.2.3',
  userAgent: 'agent',
  principal: { name: 'team-a', key: 'ci …x7Qp', tags: { env: 'prod' } },
  endUser: 'u1',
  identification: { ...CHAT, modelServed: 'gpt-4o-2024-08-06' },
  usage: usage(1051, 200),
  cost: { nanos: 2_030_000, status: 'computed', price: 'openai/gpt-4o', catalogue: null },
  totalMs: 1900.5,
});
const settled = (count: number) =>
  Array.from({ length: count }, (_, i) => entry(i, { outcome: 'served', usage: usage(i, i) }));
const eventsOf = (body: string): UsageEvent[] =>
  body
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as UsageEvent);

describe('/api/export', () => {
  it('gives one CloudEvent a line', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(SERVED, entry(0, { outcome: 'blocked', status: 401 }));
      const told = await ask(port, '/api/export');
      expect(told.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
      const [event, blocked] = eventsOf(told.body);
      expect(event).toEqual({
        specversion: '1.0',
        type: 'com.weir.usage.v1',
        source: '/weir',
        id: idOf(1),
        time: '2026-11-23T09:00:01.000Z',
        subject: 'team-a',
        datacontenttype: 'application/json',
        sequence: 't1-000001',
        data: {
          consumer: 'team-a',
          end_user: 'u1',
          tags: { env: 'prod' },
          provider: 'openai',
          api: 'openai.chat',
          model: 'gpt-4o',
          model_served: 'gpt-4o-2024-08-06',
          outcome: 'served',
          status: 200,
          input_tokens: 1051,
          output_tokens: 200,
          cached_input_tokens: null,
          cache_write_tokens: null,
          reasoning_tokens: null,
          usage_source: 'provider',
          cost_usd: '0.002030',
          cost_status: 'computed',
          total_ms: 1900.5,
        },
      });
      expect(blocked).toMatchObject({ subject: '(none)', data: { consumer: null, input_tokens: null } });
    });
  });

  it('tells nothing of keys, paths, addresses and agents', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(SERVED);
      const { body } = await ask(port, '/api/export');
      for (const text of ['x7Qp', 'secret-path', '10.1.2.3', 'agent']) expect(body).not.toContain(text);
    });
  });

  it('names attributes as CloudEvents demands', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(SERVED);
      for (const name of Object.keys(eventsOf((await ask(port, '/api/export')).body)[0] ?? {}))
        expect(name).toMatch(/^[a-z0-9]{1,20}$/);
    });
  });

  it('is a CloudEvents batch for those who ask for it', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(SERVED);
      const accept = 'application/cloudevents-batch+json';
      for (const told of [
        await ask(port, '/api/export?format=batch'),
        await ask(port, '/api/export', { headers: { accept } }),
      ]) {
        expect(told.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
        expect(told.json()).toMatchObject([{ id: idOf(1) }]);
      }
    });
  });

  it('gives each request once, page by page, also those that settle meanwhile', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(...settled(5));
      const ids: string[] = [];
      let after = '';
      for (let page = 0; page < 6; page++) {
        const told = await ask(port, `/api/export?limit=2${after === '' ? '' : `&after=${after}`}`);
        ids.push(...eventsOf(told.body).map(({ id }) => id));
        after = String(told.headers['x-weir-next']);
        if (page === 1) expect(told.headers['x-weir-more']).toBe('true');
        if (page === 3) ledger.settle(entry(99, { outcome: 'served' }));
      }
      expect(ids).toEqual([0, 1, 2, 3, 4, 99].map(idOf));
    });
  });

  it('goes on after any event by its sequence, and refuses one of another ledger', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(...settled(4));
      const second = eventsOf((await ask(port, '/api/export')).body)[1];
      const rest = await ask(port, `/api/export?after=${second?.sequence}`);
      expect(eventsOf(rest.body).map(({ id }) => id)).toEqual([idOf(2), idOf(3)]);
      const told = await ask(port, '/api/export?after=other-1');
      expect(told.status).toBe(400);
      expect(told.body).toContain('is not of this ledger; begin without one');
    });
  });

  it('takes times of admission, since inclusive and until exclusive', async () => {
    await withAdmin(async ({ port }, { ledger }) => {
      ledger.settle(...settled(5));
      const path = '/api/export?since=2026-11-23T09:00:01Z&until=2026-11-23T09:00:03Z';
      const told = await ask(port, path);
      expect(eventsOf(told.body).map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
      expect(told.headers['x-weir-more']).toBe('false');
    });
  });
});
