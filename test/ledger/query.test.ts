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
    const text = 'outcome=blocked&consumer=a&model=m&provider=p&api=openai.chat&limit=5&cursor=req_1';
    expect(read(text)).toEqual({
      outcome: 'blocked',
      consumer: 'a',
      model: 'm',
      provider: 'p',
      api: 'openai.chat',
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
  ])('reads %s', (text, sinceMs) => {
    expect(read(text)).toEqual({ limit: 100, sinceMs });
  });

  it.each([
    ['outcom=served', '"outcom" is not a filter; did you mean outcome?'],
    [
      'zzzzzzz=1',
      '"zzzzzzz" is not a filter; known are outcome, consumer, model, provider, api, since, until, limit, cursor',
    ],
    ['outcome=ok', 'outcome is "ok"; must be one of running, served, blocked, failed, aborted, interrupted'],
    ['limit=0', 'limit is "0"; must be a number from 1 to 1000'],
    ['limit=1001', 'limit is "1001"; must be a number from 1 to 1000'],
    ['limit=1e2', 'limit is "1e2"; must be a number from 1 to 1000'],
    [
      'until=yesterday',
      'until is "yesterday"; must be a span such as 30s, 10m, 24h, 7d or a time such as 2026-11-23T09:00:00Z',
    ],
    [
      'since=2026-11-23T11:00:00',
      'since is "2026-11-23T11:00:00"; must be a span such as 30s, 10m, 24h, 7d or a time such as 2026-11-23T09:00:00Z',
    ],
    ['cursor=a%20b', 'cursor is "a b"; must be the "next" of the page before'],
    ['model=', 'model has 0 characters; must be 1 to 256'],
    ['model=a&model=b', 'model is given more than once; give it once'],
  ])('refuses %s and says what is allowed', (text, problem) => {
    expect(read(text)).toEqual({ problem });
  });
});
