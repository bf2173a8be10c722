// The two fields against the grammar of structured fields and the draft’s examples.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimitHeaders } from '../../src/policy/rate-limit-headers.js';
import { budget, forecastOf, limit, Scene } from './scene.js';

type Parameters = Record<string, number | string>;

/** Lists of strings with integers and strings for parameters: as much of RFC 9651 §4.2 as the two fields use. Throws at anything else. */
function parseList(field: string): Map<string, Parameters> {
  let at = 0;
  const items = new Map<string, Parameters>();
  const take = (pattern: RegExp): string => {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = at;
    const [found] = sticky.exec(field) ?? [];
    if (found === undefined) throw new Error(`${field}: no ${pattern} at ${at}`);
    at += found.length;
    return found;
  };
  const text = (): string =>
    take(/"(?:[ !#-[\]-~]|\\["\\])*"/)
      .slice(1, -1)
      .replace(/\\(.)/g, '$1');
  for (;;) {
    const name = text();
    const parameters: Parameters = {};
    while (field[at] === ';') {
      const key = take(/; *[a-z*][a-z0-9_.*-]*/)
        .slice(1)
        .trim();
      take(/=/);
      parameters[key] = field[at] === '"' ? text() : Number(take(/-?\d{1,15}(?![\d.])/));
    }
    items.set(name, parameters);
    if (at === field.length) return items;
    take(/[ \t]*,[ \t]*/);
  }
}

function headersOf(scene: Scene): [Record<string, Parameters>, Record<string, Parameters>] {
  const visit = scene.visit();
  expect(visit.enter()).toBeNull();
  const [policy, state] = rateLimitHeaders(visit.run.held) ?? ['', ''];
  return [Object.fromEntries(parseList(policy)), Object.fromEntries(parseList(state))];
}

describe('a limited request is told', () => {
  test('of every policy that counts it, in its unit, with what is left after it', () => {
    const scene = new Scene([
      limit({ name: 'rpm', unit: 'requests', amount: 600, burst: 100 }),
      limit({ name: 'streams', unit: 'concurrent', amount: 50 }),
      limit({ name: 'tpm', unit: 'tokens', amount: 6000 }),
      budget({ name: 'usd', unit: 'usd', amount: 5_000_000_000 }),
      budget({ name: 'out', unit: 'output_tokens', amount: 1000, per: { unit: 'hour' } }),
      limit({ name: 'shadow', unit: 'requests', amount: 1, mode: 'shadow' }),
    ]);
    const [policy, state] = headersOf(scene);
    expect(policy).toEqual({
      rpm: { q: 600, w: 60 },
      streams: { q: 50, qu: 'concurrent-requests' },
      tpm: { q: 6000, qu: 'tokens', w: 60 },
      usd: { q: 5_000_000, qu: 'micro-dollars', w: 86_400 },
      out: { q: 1000, qu: 'output-tokens', w: 3600 },
    });
    // 100 tokens of the prompt and the 50 that it may get; refilled at 10 requests and 100 tokens a second.
    expect(state).toEqual({
      rpm: { r: 99, t: 1 },
      streams: { r: 49 },
      tpm: { r: 5850, t: 2 },
      usd: { r: 4_999_800, t: 43_200 },
      out: { r: 950, t: 3600 },
    });
  });

  test('as the draft writes it', () => {
    const scene = new Scene([
      limit({ name: 'rpm', unit: 'requests', amount: 600 }),
      budget({ name: 'day', unit: 'tokens', amount: 2 ** 53 - 1 }),
    ]);
    const visit = scene.visit();
    visit.enter();
    expect(rateLimitHeaders(visit.run.held)).toEqual([
      '"rpm";q=600;w=60, "day";q=999999999999999;qu="tokens";w=86400',
      '"rpm";r=599;t=1, "day";r=999999999999999;t=43200',
    ]);
  });

  test('nothing where no enforced policy counts it', () => {
    const scene = new Scene([limit({ unit: 'requests', amount: 1, mode: 'shadow' })]);
    const visit = scene.visit();
    visit.enter();
    expect(rateLimitHeaders(visit.run.held)).toBeNull();
    expect(rateLimitHeaders([])).toBeNull();
  });
});

test('a refused request is told of the bucket that refused it, until when it is to wait', () => {
  const scene = new Scene([
    limit({ name: 'rpm', unit: 'requests', amount: 600 }),
    limit({ name: 'tpm', unit: 'tokens', amount: 6000, burst: 200 }),
  ]);
  scene.visit().enter();
  const visit = scene.visit();
  const refusal = visit.run.gate() ?? visit.run.hold(forecastOf());
  expect(refusal?.code).toBe('weir_limit_reached');
  expect(refusal?.retryAfterMs).toBe(1000);
  expect(rateLimitHeaders(visit.run.held, visit.run.refusing)).toEqual([
    '"tpm";q=6000;qu="tokens";w=60',
    '"tpm";r=50;t=1',
  ]);
});

test('any name of a policy and any number comes through the grammar', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 1e9 }), (name, amount) => {
      const scene = new Scene([limit({ name, unit: 'requests', amount })], { slots: 16 });
      const [policy, state] = headersOf(scene);
      const shown = [...name].map(char => (char >= ' ' && char <= '~' ? char : '?')).join('');
      expect(policy).toEqual({ [shown]: { q: amount, w: 60 } });
      expect(state[shown]).toMatchObject({ r: amount - 1 });
    }),
    { numRuns: 50 },
  );
});
