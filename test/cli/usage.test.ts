// `weir usage` against a real admin side: the table that finance reads, and what programs read.
import { describe, expect, it } from 'vitest';
import { type TestSource, withAdmin } from '../admin/source.js';
import { CHAT, entry, usage } from '../ledger/entries.js';
import { run } from './run.js';

interface Spent {
  readonly consumer: string | null;
  readonly model: string;
  readonly input: number;
  readonly nanos: number | null;
}

function settle({ ledger }: TestSource, spent: readonly Spent[]): void {
  ledger.settle(
    ...spent.map(({ consumer, model, input, nanos }, i) =>
      entry(i, {
        outcome: 'served',
        principal: consumer === null ? null : { name: consumer, key: null, tags: { env: 'prod' } },
        identification: { ...CHAT, model },
        usage: usage(input, 200, { cachedInputTokens: 0, reasoningTokens: i }),
        cost: { nanos, status: nanos === null ? 'unpriced' : 'computed', price: null, catalogue: null },
      }),
    ),
  );
}

const TIMES = ['--since', '2026-11-23', '--until', '2026-11-23T12:00:00Z'];

describe('weir usage', () => {
  it('prints a table with a total, what it covers and whether it adds up', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [
        { consumer: 'team-a', model: 'gpt-4o', input: 1_234_567, nanos: 1_234_567_891_234 },
        { consumer: 'team-b', model: 'gpt-4o-mini', input: 1000, nanos: 2_000_000 },
        { consumer: 'team-b', model: 'own', input: 5, nanos: null },
      ]);
      const { out, exitCode } = await run('usage', '--by', 'consumer,model', ...TIMES, '--admin', url);
      expect(exitCode).toBe(0);
      expect(out.split('\n')).toEqual([
        'Usage from 2026-11-23 00:00 to 2026-11-23 12:00 UTC (12 hours)',
        '',
        'CONSUMER  MODEL        REQUESTS      INPUT  OUTPUT  REASONING  UNPRICED       COST',
        'team-a    gpt-4o              1  1,234,567     200          0         0  $1,234.57',
        'team-b    gpt-4o-mini         1      1,000     200          1         0     <$0.01',
        'team-b    own                 1          5     200          2         1      $0.00',
        '──────────────────────────────────────────────────────────────────────────────────',
        'TOTAL                         3  1,235,572     600          3         1  $1,234.57',
        '',
        'The 3 lines add up to the total, in requests, tokens and nano-dollars.',
        'Dollars are rounded to 2 decimals here; --csv and --json give them exactly.',
        'Not in the cost: 1 request with usage but without a known price; its tokens are counted. Give prices under prices: in weir.yaml.',
        'REASONING is part of OUTPUT: not to be added to it.',
        '',
      ]);
    });
  });

  it('sums up by model over the last day, unless asked otherwise', async () => {
    await withAdmin(async ({ url }, source) => {
      const before = Date.now();
      expect((await run('usage', '--admin', url)).out).toMatch(/^Usage from .* UTC \(.*\)\nNo requests\.\n$/);
      const [query] = source.ledger.asked;
      expect(query).toMatchObject({ by: ['model'], only: {} });
      const sinceMs = query?.sinceMs ?? 0;
      expect(sinceMs).toBeGreaterThanOrEqual(before - 86_400_000);
      expect(sinceMs).toBeLessThanOrEqual(Date.now() - 86_400_000);
    });
  });

  it('says which filters it was asked with, and what has none', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: null, model: 'm', input: 1, nanos: 5 }]);
      const args = ['--by', 'consumer', '--consumer', '', '--model', 'm', '--admin', url];
      const { out } = await run('usage', ...args, ...TIMES);
      expect(out).toContain('(12 hours), only consumer=(none), model=m\n');
      expect(out).toContain('(none)           1      1     200  <$0.000001\n');
      expect(out).toContain('The one line is the total, in');
      await run('usage', '--tag', 'env=prod', '--tag', 'a=b=c', ...TIMES, '--admin', url);
      expect(source.ledger.asked.at(-1)?.only).toEqual({ 'tag.env': 'prod', 'tag.a': 'b=c' });
    });
  });

  it('shows so many lines, and the rest as one', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(
        source,
        Array.from({ length: 5 }, (_, i) => ({
          consumer: 'a',
          model: `m${i}`,
          input: 10,
          nanos: 5e9 - i * 1e9,
        })),
      );
      const { out } = await run('usage', '--top', '2', ...TIMES, '--admin', url);
      const lines = out
        .split('\n')
        .slice(3, 8)
        .map(line => line.trimEnd().split(/\s{2,}/));
      expect(lines.map(cells => [cells[0], cells[1], cells.at(-1)])).toEqual([
        ['m0', '1', '$5.0000'],
        ['m1', '1', '$4.0000'],
        ['(3 more)', '3', '$6.0000'],
        [expect.stringMatching(/^─+$/), undefined, expect.anything()],
        ['TOTAL', '5', '$15.0000'],
      ]);
      expect(out).toContain('The 5 lines add up to the total');
    });
  });

  it('tells loudly when lines and total disagree', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: 'a', model: 'm', input: 10, nanos: 5 }]);
      const honest = source.ledger.usage;
      source.ledger.usage = async query => {
        const report = await honest(query);
        return { ...report, total: { ...report.total, cost_usd: '0.000000006' } };
      };
      const { out } = await run('usage', ...TIMES, '--admin', url);
      expect(out).toContain('THE LINES DO NOT ADD UP TO THE TOTAL (nanos: 5 against 6). Please report this.');
    });
  });

  it('shows times as far as they go', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: 'a', model: 'm', input: 10, nanos: 5 }]);
      const { out } = await run('usage', '--by', 'month,day,hour', ...TIMES, '--admin', url);
      expect(out).toContain('\n2026-11  2026-11-23  2026-11-23 09:00  ');
    });
  });

  it('prints the total alone without dimensions', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: 'a', model: 'm', input: 10, nanos: 5 }]);
      const { out } = await run('usage', '--by', '', ...TIMES, '--admin', url);
      expect(out).toMatch(/\nTOTAL +1 +10 +200 /);
      expect(out).not.toContain('add up');
    });
  });

  it('prints CSV and JSON as the API gives them', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: 'a', model: '=m', input: 10, nanos: 5 }]);
      const csv = await run('usage', '--csv', ...TIMES, '--admin', url);
      expect(csv.out.split('\r\n').slice(0, 2)).toEqual([
        'model,requests,input_tokens,output_tokens,cached_input_tokens,cache_write_tokens,reasoning_tokens,cost_usd,unpriced',
        "'=m,1,10,200,0,0,0,0.000000005,0",
      ]);
      const { out } = await run('usage', '--json', ...TIMES, '--admin', url);
      expect(JSON.parse(out)).toMatchObject({ items: [{ by: { model: '=m' } }], total: { requests: 1 } });
    });
  });

  it('prints no escape sequence that a name carries', async () => {
    await withAdmin(async ({ url }, source) => {
      settle(source, [{ consumer: 'a', model: '\u001b[2J\u202e', input: 10, nanos: 5 }]);
      for (const form of [[], ['--csv'], ['--json']]) {
        const { out } = await run('usage', ...form, ...TIMES, '--admin', url);
        for (const character of ['\u001b', '\u202e']) expect(out).not.toContain(character);
      }
    });
  });

  it('ends with 2 where the question is wrong', async () => {
    await withAdmin(async ({ url }) => {
      expect(await run('usage', '--by', 'modell', '--admin', url)).toMatchObject({
        exitCode: 2,
        error: 'weir: by: "modell" is not a dimension; did you mean model?\n',
      });
    });
    await expect(run('usage', '--top', '0')).rejects.toThrow('It must be a number of at least 1.');
    await expect(run('usage', '--tag', 'env')).rejects.toThrow('It must be a name, "=" and a value.');
    await expect(run('usage', '--csv', '--json')).rejects.toThrow('cannot be used with');
  });
});
