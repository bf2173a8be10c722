// `/api/usage`, `/api/requests` as CSV and `/api/ledger` over a ledger without a disk.
import { describe, expect, it } from 'vitest';
import { UsageTooWideError } from '../../src/ledger/index/usage.js';
import { CHAT, entry, idOf, usage } from '../ledger/entries.js';
import { ask } from './ask.js';
import { type TestSource, withAdmin } from './source.js';

function spent(number: number, consumer: string, model: string, nanos: number | null) {
  return entry(number, {
    outcome: 'served',
    status: 200,
    principal: { name: consumer, key: 'ci …x7Qp', tags: { env: 'prod' } },
    identification: { ...CHAT, model },
    usage: usage(1000, 200, { cachedInputTokens: 10, reasoningTokens: 5 }),
    cost: { nanos, status: nanos === null ? 'unpriced' : 'computed', price: null, catalogue: null },
  });
}

function fill({ ledger }: TestSource): void {
  ledger.settle(
    spent(0, 'team-a', 'gpt-4o', 2_030_000),
    spent(1, 'team-a', '=cmd', 5),
    spent(2, 'team-b', 'gpt-4o', null),
    entry(3, { outcome: 'blocked', status: 401 }),
  );
}

describe('/api/usage', () => {
  it('sums by the dimensions asked for, with a total', async () => {
    await withAdmin(async ({ port }, source) => {
      fill(source);
      const report = (await ask(port, '/api/usage?by=consumer')).json();
      const counts = { cache_write_tokens: 0 };
      expect(report).toMatchObject({
        items: [
          {
            by: { consumer: 'team-a' },
            requests: 2,
            input_tokens: 2000,
            output_tokens: 400,
            cached_input_tokens: 20,
            reasoning_tokens: 10,
            cost_usd: '0.002030005',
            unpriced: 0,
            ...counts,
          },
          { by: { consumer: 'team-b' }, requests: 1, cost_usd: '0.000000', unpriced: 1 },
          { by: { consumer: null }, requests: 1, unpriced: 0 },
        ],
        total: { requests: 4, input_tokens: 3000, cost_usd: '0.002030005', unpriced: 1 },
        since: null,
      });
    });
  });

  it('passes filters and times on', async () => {
    await withAdmin(async ({ port }, source) => {
      fill(source);
      const path = '/api/usage?by=model,tag.env&consumer=team-a&tag.env=prod&since=2026-11&until=2026-12';
      expect((await ask(port, path)).json()).toMatchObject({
        total: { requests: 2 },
        since: '2026-11-01T00:00:00.000Z',
      });
      expect(source.ledger.asked).toEqual([
        {
          by: ['model', 'tag.env'],
          only: { consumer: 'team-a', 'tag.env': 'prod' },
          sinceMs: Date.UTC(2026, 10),
          untilMs: Date.UTC(2026, 11),
        },
      ]);
      expect((await ask(port, '/api/usage?consumer=')).json()).toMatchObject({ total: { requests: 1 } });
    });
  });

  it('is CSV for those who ask for it, by parameter or Accept', async () => {
    await withAdmin(async ({ port }, source) => {
      fill(source);
      const told = await ask(port, '/api/usage?by=consumer,model&format=csv');
      expect(told.headers['content-type']).toBe('text/csv; charset=utf-8');
      expect(told.body.split('\r\n')).toEqual([
        'consumer,model,requests,input_tokens,output_tokens,cached_input_tokens,cache_write_tokens,reasoning_tokens,cost_usd,unpriced',
        'team-a,gpt-4o,1,1000,200,10,0,5,0.002030,0',
        "team-a,'=cmd,1,1000,200,10,0,5,0.000000005,0",
        'team-b,gpt-4o,1,1000,200,10,0,5,0.000000,1',
        ',gpt-4o,1,0,0,0,0,0,0.000000,0',
        '',
      ]);
      const accept = 'text/csv, */*;q=0.1';
      expect((await ask(port, '/api/usage', { headers: { accept } })).body.split('\r\n')[1]).toBe(
        '4,3000,600,30,0,15,0.002030005,1',
      );
    });
  });

  it('refuses what it does not know, and names what is near', async () => {
    await withAdmin(async ({ port }) => {
      for (const [path, message] of [
        ['/api/usage?by=modell', 'by: "modell" is not a dimension; did you mean model?'],
        ['/api/usage?consumr=x', '"consumr" is not a filter; did you mean consumer?'],
        ['/api/usage?format=xls', 'format is "xls"; must be one of json, csv'],
      ] as const) {
        const told = await ask(port, path);
        expect([told.status, told.json()]).toEqual([400, { error: { code: 'weir_bad_request', message } }]);
      }
    });
  });

  it('says that a question is too wide where it is', async () => {
    await withAdmin(async ({ port }, source) => {
      source.ledger.usage = async () => {
        throw new UsageTooWideError();
      };
      const told = await ask(port, '/api/usage?by=minute,key');
      expect(told.status).toBe(400);
      expect(told.body).toContain('ask for a shorter time, fewer dimensions or larger units of time');
    });
  });
});

describe('/api/requests as CSV', () => {
  it('has one line a request and says where to go on', async () => {
    await withAdmin(async ({ port }, source) => {
      source.add(spent(0, 'team-a', 'gpt-4o', 2_030_000));
      source.add(spent(1, 'team-b', 'a,b', null));
      const told = await ask(port, '/api/requests?format=csv&limit=1');
      expect(told.headers['x-weir-next']).toBe(idOf(1));
      expect(told.body.split('\r\n')).toEqual([
        'id,time,outcome,status,code,consumer,key,end_user,tags,provider,api,model,model_served,input_tokens,output_tokens,cached_input_tokens,cache_write_tokens,reasoning_tokens,usage_source,cost_usd,cost_status,total_ms,first_byte_ms,gateway_ms',
        `${idOf(1)},2026-11-23T09:00:01.000Z,served,200,,team-b,ci …x7Qp,,env=prod,openai,openai.chat,"a,b",,1000,200,10,,5,provider,,unpriced,,,`,
        '',
      ]);
      const last = await ask(port, `/api/requests?limit=1&cursor=${idOf(1)}`, {
        headers: { accept: 'text/csv' },
      });
      expect(last.headers['x-weir-next']).toBeUndefined();
      expect(last.body).toContain('team-a');
    });
  });

  it('takes filters by tag, policy, code, status and cost', async () => {
    await withAdmin(async ({ port }, source) => {
      source.add(spent(0, 'team-a', 'gpt-4o', 2_030_000));
      source.add(entry(1, { outcome: 'blocked', status: 401 }));
      const found = async (query: string) =>
        ((await ask(port, `/api/requests?${query}`)).json() as { items: { id: string }[] }).items.map(
          ({ id }) => id,
        );
      expect(await found('tag.env=prod&min_cost=0.002&key=ci')).toEqual([idOf(0)]);
      expect(await found('status=401')).toEqual([idOf(1)]);
      expect(await found('policy=rpm')).toEqual([]);
    });
  });
});

describe('/api/ledger', () => {
  it('tells how the ledger is', async () => {
    await withAdmin(async ({ port }, source) => {
      fill(source);
      expect((await ask(port, '/api/ledger')).json()).toMatchObject({
        durability: 'os',
        full: false,
        records: 4,
      });
      expect((await ask(port, '/metrics')).body).toContain('weir_ledger_records 4');
    });
  });

  it('does not take the other metrics along when it breaks', async () => {
    await withAdmin(async ({ port }, source) => {
      source.ledger.state = async () => {
        throw new Error('the ledger is closed');
      };
      const { status, body } = await ask(port, '/metrics');
      expect([status, body.includes('weir_ledger_up 0'), body.includes('weir_workers 1')]).toEqual([
        200,
        true,
        true,
      ]);
    });
  });
});
