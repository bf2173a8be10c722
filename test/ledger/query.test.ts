// Query strings of lists as tables: what is read, and what is refused with which words.
import { describe, expect, it } from 'vitest';
import { queryFromParams } from '../../src/ledger/query.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const read = (query: string) => queryFromParams(new URLSearchParams(query), NOW_MS);

describe('the query of a list', () => {
  it('asks for a hundred of everything when it is empty', () => {
    expect(read('')).toEqual({ limit: 100 });
  });

  it('takes every filter', () => {
    const text =
      'outcome=blocked&consumer=a&key=ci&end_user=u&model=m&provider=p&api=openai.chat&code=weir_denied&policy=rpm&status=429&min_cost=0.5&tag.env=prod&tag.x.y=%20&limit=5&cursor=req_1&format=csv';
    expect(read(text)).toEqual({
      outcome: 'blocked',
      consumer: 'a',
      model: 'm',
      provider: 'p',
      api: 'openai.chat',
      key: 'ci',
      endUser: 'u',
      code: 'weir_denied',
      policy: 'rpm',
      status: 429,
      minCostNanos: 500_000_000,
      tags: { env: 'prod', 'x.y': ' ' },
      limit: 5,
      before: 'req_1',
    });
  });

  it.each([
    ['since=10m', NOW_MS - 600_000],
    ['since=1h30m', NOW_MS - 5_400_000],
    ['since=2026-11-23T11:00:00Z', NOW_MS - 3_600_000],
    ['since=2026-11-23T12:30:00.250%2B01:00', NOW_MS - 1_799_750],
    ['since=2026-11-23T12:30:00+01:00', NOW_MS - 1_800_000],
    ['since=2026-11-23', Date.UTC(2026, 10, 23)],
    ['since=2026-11', Date.UTC(2026, 10, 1)],
  ])('reads %s', (text, sinceMs) => {
    expect(read(text)).toEqual({ limit: 100, sinceMs });
  });

  it.each([
    ['outcom=served', '"outcom" is not a filter; did you mean outcome?'],
    [
      'zzzzzzz=1',
      '"zzzzzzz" is not a filter; known are outcome, consumer, key, end_user, model, provider, api, code, policy, cursor, status, min_cost, since, until, limit, format, tag.<name>',
    ],
    ['outcome=ok', 'outcome is "ok"; must be one of running, served, blocked, failed, aborted, interrupted'],
    ['limit=0', 'limit is "0"; must be a number from 1 to 1000'],
    ['limit=1001', 'limit is "1001"; must be a number from 1 to 1000'],
    ['limit=1e2', 'limit is "1e2"; must be a number from 1 to 1000'],
    [
      'until=yesterday',
      'until is "yesterday"; must be a span back from now such as 30s, 10m, 24h, 30d, a time such as 2026-11-23T09:00:00Z, or a day or month of UTC such as 2026-11-23 or 2026-11',
    ],
    [
      'since=2026-11-23T11:00:00',
      'since is "2026-11-23T11:00:00"; must be a span back from now such as 30s, 10m, 24h, 30d, a time such as 2026-11-23T09:00:00Z, or a day or month of UTC such as 2026-11-23 or 2026-11',
    ],
    ['since=10m&until=20m', 'since (2026-11-23T11:50:00.000Z) is after until (2026-11-23T11:40:00.000Z)'],
    ...['2026-02-30', '2026-13', '2026-1', '26-11-23'].map((day): [string, string] => [
      `until=${day}`,
      `until is "${day}"; must be a span back from now such as 30s, 10m, 24h, 30d, a time such as 2026-11-23T09:00:00Z, or a day or month of UTC such as 2026-11-23 or 2026-11`,
    ]),
    ['status=99', 'status is "99"; must be a number from 100 to 599'],
    [
      'min_cost=-1',
      'min_cost is wrong: "-1" is no amount; it must be dollars: 0 to 9007199.254740991, at most 9 decimals, such as "0.50"',
    ],
    ['tag.=x', '"tag." names no tag; tag. is followed by 1 to 64 characters'],
    ['tag.a=', 'tag.a has 0 characters; must be 1 to 256'],
    ['cursor=a%20b', 'cursor is "a b"; must be the "next" of the page before'],
    ['model=', 'model has 0 characters; must be 1 to 256'],
    ['model=a&model=b', 'model is given more than once; give it once'],
  ])('refuses %s and says what is allowed', (text, problem) => {
    expect(read(text)).toEqual({ problem });
  });
});
