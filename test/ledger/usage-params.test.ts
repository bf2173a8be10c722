// Query strings of usage and export as tables.
import { describe, expect, it } from 'vitest';
import { exportQueryFromParams } from '../../src/ledger/export-params.js';
import { usageQueryFromParams } from '../../src/ledger/usage-params.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const usage = (text: string) => usageQueryFromParams(new URLSearchParams(text), NOW_MS);
const exported = (text: string) => exportQueryFromParams(new URLSearchParams(text), NOW_MS);

describe('the query of usage', () => {
  it.each([
    ['', { by: [], only: {} }],
    ['by=', { by: [], only: {} }],
    ['by=consumer,%20model,tag.project', { by: ['consumer', 'model', 'tag.project'], only: {} }],
    ['since=30d', { by: [], only: {}, sinceMs: NOW_MS - 30 * 86_400_000 }],
    [
      'since=2026-10&until=2026-11&format=csv',
      { by: [], only: {}, sinceMs: Date.UTC(2026, 9), untilMs: Date.UTC(2026, 10) },
    ],
    [
      'consumer=&model=m&tag.env=prod&outcome=served&key=ci',
      { by: [], only: { consumer: null, model: 'm', 'tag.env': 'prod', outcome: 'served', key: 'ci' } },
    ],
  ])('reads %j', (text, query) => {
    expect(usage(text)).toEqual(query);
  });

  it.each([
    ['by=consumr', 'by: "consumr" is not a dimension; did you mean consumer?'],
    ['by=model,model', 'by: "model" stands there twice'],
    [
      'by=zzzzzzz',
      'by: "zzzzzzz" is not a dimension; known are consumer, key, end_user, provider, model, model_served, api, outcome, minute, hour, day, month, tag.<name>',
    ],
    [
      'by=tag.',
      'by: "tag." is not a dimension; known are consumer, key, end_user, provider, model, model_served, api, outcome, minute, hour, day, month, tag.<name>',
    ],
    ['by=consumer,key,provider,model,model_served,api,outcome,day,month', 'by has 9 dimensions; at most 8'],
    ['sinse=1d', '"sinse" is not a filter; did you mean since?'],
    ['day=2026-11-23', 'day is a dimension for by; a time is asked for by since and until'],
    ['outcome=', 'outcome has 0 characters; must be 1 to 256'],
    ['outcome=running', 'outcome is "running"; must be one of served, blocked, failed, aborted, interrupted'],
    ['consumer=a&consumer=b', 'consumer is given more than once; give it once'],
    [
      'since=2026-11&until=2026-10',
      'since (2026-11-01T00:00:00.000Z) is after until (2026-10-01T00:00:00.000Z)',
    ],
  ])('refuses %j and says what is allowed', (text, problem) => {
    expect(usage(text)).toEqual({ problem });
  });
});

describe('the query of an export', () => {
  it('begins with the oldest, a thousand at a time', () => {
    expect(exported('')).toEqual({ limit: 1000 });
  });

  it('takes times, a cursor, a limit', () => {
    expect(exported('since=1h&until=2026-11-23T12:00:00Z&after=a-1.2_3&limit=5000&format=batch')).toEqual({
      sinceMs: NOW_MS - 3_600_000,
      untilMs: NOW_MS,
      after: 'a-1.2_3',
      limit: 5000,
    });
  });

  it.each([
    ['limit=5001', 'limit is "5001"; must be a number from 1 to 5000'],
    ['after=%22', 'after is "\\""; must be the "next" of the page before'],
    ['cursor=a', '"cursor" is not a filter; known are since, until, after, limit, format'],
    ['tag.a=b', '"tag.a" is not a filter; known are since, until, after, limit, format'],
  ])('refuses %j', (text, problem) => {
    expect(exported(text)).toEqual({ problem });
  });
});
