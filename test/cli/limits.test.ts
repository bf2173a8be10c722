// `weir limits` against a real admin side: what a human reads, what a program reads, and what both are asked with.
import { describe, expect, it } from 'vitest';
import { spanText } from '../../src/cli/limits-text.js';
import type { LimitItem } from '../../src/policy/limits-view.js';
import { withAdmin } from '../admin/source.js';
import { run } from './run.js';

const TOKENS: LimitItem = {
  policy: 'team-tokens',
  kind: 'limit',
  mode: 'enforce',
  unit: 'tokens',
  allows: '1000 tokens per 1m',
  by: { consumer: 'team-a', model: 'gpt-4o' },
  limit: 1000,
  used: 600,
  held: 150,
  available: 250,
  reset_ms: 45_000,
  window: null,
  holds: ['req_1', 'req_2', 'req_3', 'req_4'],
};
const DOLLARS: LimitItem = {
  ...TOKENS,
  policy: 'monthly',
  kind: 'budget',
  mode: 'shadow',
  unit: 'usd',
  allows: '$5.000000 per month',
  by: {},
  limit: '5.000000',
  used: '5.250000',
  held: '0.000000',
  available: '-0.250000',
  reset_ms: 7 * 86_400_000 + 3_600_001,
  holds: [],
};

describe('weir limits', () => {
  it('draws each bucket under its policy, in words', async () => {
    await withAdmin(async ({ url }, source) => {
      source.limitsPage = {
        items: [
          TOKENS,
          { ...TOKENS, by: null, used: 0, held: 0, available: 1000, reset_ms: 0, holds: [] },
          DOLLARS,
        ],
        next: null,
      };
      const { out, exitCode } = await run('limits', '--admin', url);
      expect([exitCode, out.split('\n')]).toEqual([
        0,
        [
          'team-tokens: 1000 tokens per 1m',
          '  ████████░░   75 %  consumer=team-a, model=gpt-4o  600 used, 150 held, 250 left, full again in 45 seconds',
          '      held by req_1, req_2, req_3 and 1 more',
          '  ░░░░░░░░░░    0 %  (name not known)               0 used, 1000 left',
          '',
          'monthly: $5.000000 per month, shadow: refuses nothing',
          '  ██████████  105 %  all  $5.250000 used, $0.250000 over, starts anew in 7 days 1 hour',
          '',
        ],
      ]);
      expect(source.asked).toEqual([{ policy: null, top: 5, limit: 100, after: null }]);
    });
  });

  it('prints what the API answers with --json, and passes on what was asked', async () => {
    await withAdmin(async ({ url }, source) => {
      source.limitsPage = { items: [TOKENS], next: '0.75_0000000100000002' };
      const { out } = await run(
        'limits',
        '--admin',
        url,
        '--policy',
        'team-tokens',
        '--limit',
        '1',
        '--json',
      );
      expect(JSON.parse(out)).toEqual(source.limitsPage);
      await run('limits', '--admin', url, '--cursor', '0.75_0000000100000002');
      expect(source.asked).toEqual([
        { policy: 'team-tokens', top: null, limit: 1, after: null },
        { policy: null, top: null, limit: 100, after: { share: 0.75, a: 1, b: 2 } },
      ]);
    });
  });

  it('prints no escape sequence that a value carries', async () => {
    await withAdmin(async ({ url }, source) => {
      source.limitsPage = { items: [{ ...TOKENS, by: { end_user: '\u001b[2J\u202e' } }], next: null };
      for (const args of [[], ['--json']]) {
        const { out } = await run('limits', '--admin', url, ...args);
        for (const character of ['\u001b', '\u202e']) expect(out).not.toContain(character);
      }
    });
  });

  it.each([
    [['--top', '0'], 'must be a number from 1 to 100'],
    [['--limit', '2000'], 'must be a number from 1 to 1000'],
    [['--top', '3', '--limit', '3'], 'cannot be used with'],
  ])('refuses %j as wrong usage', async (args, message) => {
    await expect(run('limits', ...args)).rejects.toThrow(message);
  });

  it('ends with 2 where the server finds the question wrong', async () => {
    await withAdmin(async ({ url }) => {
      expect(await run('limits', '--admin', url, '--cursor', 'x')).toMatchObject({
        exitCode: 2,
        error: 'weir: cursor is "x"; must be the "next" of the page before\n',
      });
    });
  });

  it('says that nothing has been counted', async () => {
    await withAdmin(async ({ url }) => {
      expect((await run('limits', '--admin', url)).out).toBe(
        'No limit or budget has counted anything yet.\n',
      );
      const { out } = await run('limits', '--admin', url, '--policy', 'montly');
      expect(out).toBe('No limit or budget of the name montly has counted anything yet.\n');
    });
  });
});

describe('a span in words', () => {
  it.each([
    [1, '1 second'],
    [59_001, '1 minute'],
    [3_661_000, '1 hour 1 minute'],
    [86_400_000 + 60_000, '1 day'],
    [30 * 86_400_000 + 7_200_000, '30 days 2 hours'],
  ])('of %i ms', (ms, words) => {
    expect(spanText(ms)).toBe(words);
  });
});
