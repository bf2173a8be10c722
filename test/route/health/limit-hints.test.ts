// What providers' heads say of their limits: as their documentation and recorded answers have them.
import { describe, expect, it } from 'vitest';
import { limitHints } from '../../../src/route/health/limit-hints.js';

const WALL = Date.UTC(2026, 10, 24, 12, 0, 0);
const of = (fields: Readonly<Record<string, string>>) =>
  limitHints(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
    WALL,
  );

describe('Retry-After', () => {
  it.each<[string, Record<string, string>, number | null]>([
    ['seconds', { 'Retry-After': '20' }, 20_000],
    ['parts of a second', { 'retry-after': '0.5' }, 500],
    ['a date', { 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }, 30_000],
    ['a date that is over', { 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 0],
    ['OpenAI’s own in ms, before the other', { 'retry-after': '2', 'retry-after-ms': '1500' }, 1500],
    ['whatever is later, at most a day', { 'retry-after': '999999999' }, 86_400_000],
    ['nonsense', { 'retry-after': 'soon' }, null],
    ['a negative number', { 'retry-after': '-5' }, null],
    ['nothing', {}, null],
  ])('is read as %s', (_, fields, ms) => expect(of(fields).retryAfterMs).toBe(ms));
});

describe('a limit that is nearly used up', () => {
  it.each<[string, Record<string, string>, number | null]>([
    [
      'OpenAI, plenty',
      {
        'x-ratelimit-limit-requests': '10000',
        'x-ratelimit-remaining-requests': '9999',
        'x-ratelimit-reset-requests': '8.64s',
      },
      null,
    ],
    [
      'OpenAI, tokens',
      {
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '900',
        'x-ratelimit-reset-tokens': '1m58.2s',
      },
      118_200,
    ],
    [
      'in ms',
      {
        'x-ratelimit-limit-requests': '100',
        'x-ratelimit-remaining-requests': '5',
        'x-ratelimit-reset-requests': '20ms',
      },
      20,
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-input-tokens-limit': '40000',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-24T12:00:45Z',
      },
      45_000,
    ],
    [
      'the longest of several',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '5s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '7s',
      },
      7000,
    ],
    [
      'Azure, without a reset',
      { 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '10' },
      10_000,
    ],
    [
      'draft 6 of the IETF',
      { 'RateLimit-Limit': '100', 'RateLimit-Remaining': '1', 'RateLimit-Reset': '30' },
      30_000,
    ],
    [
      'seconds since 1970 (OpenRouter)',
      {
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(WALL / 1000 + 12),
      },
      12_000,
    ],
    ['no limit, none left', { 'x-ratelimit-remaining': '0' }, 10_000],
    ['no limit, some left', { 'x-ratelimit-remaining': '1' }, null],
    ['nonsense', { 'x-ratelimit-remaining-requests': 'few', 'x-ratelimit-limit-requests': 'many' }, null],
    ['other fields', { 'x-request-id': 'abc', 'alt-svc': 'h3=":443"' }, null],
  ])('%s', (_, fields, ms) => expect(of(fields).scarceMs).toBe(ms));

  it('is not looked for in endless heads', () => {
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`x-ratelimit-remaining-u${'a'.repeat(i % 50)}`, '0']),
    );
    expect(of(many).scarceMs).toBe(10_000);
  });
});
