// Identity as the contract has it: every place and form of a key, and who is refused.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ConsumerConfig, ConsumerKey } from '../../src/config/config.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { type Authenticated, Authenticator, modelAllowed } from '../../src/route/authenticate.js';
import type { CredentialHeaders } from '../../src/route/credentials.js';

const NOW = Date.UTC(2026, 10, 23);
const EXPIRES = NOW + 1000;
const GOLD = newWeirKey();
const TEMP = newWeirKey();
const SILVER = newWeirKey();
const SECRET = Buffer.from('test hash secret');

function keyOf(name: string, text: string, expiresMs: number | null = null): ConsumerKey {
  return { name, sha256: weirKeySha256(text), expiresMs, models: [] };
}

const CONSUMERS: readonly ConsumerConfig[] = [
  { name: 'team-a', tags: { tier: 'gold' }, keys: [keyOf('ci', GOLD), keyOf('temp', TEMP, EXPIRES)] },
  { name: 'team-b', tags: {}, keys: [keyOf('main', SILVER)] },
];

function head(parts: Partial<CredentialHeaders>): CredentialHeaders {
  return { xWeirKey: '', authorization: '', xApiKey: '', apiKey: '', xGoogApiKey: '', query: '', ...parts };
}

function ask(
  parts: Partial<CredentialHeaders>,
  anonymous: 'allow' | 'deny' = 'deny',
  nowMs = NOW,
): Authenticated {
  return new Authenticator(CONSUMERS, anonymous, SECRET).authenticate(head(parts), nowMs);
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const aws = (id: string, signature = 'ab'): string =>
  `AWS4-HMAC-SHA256 Credential=${id}/20261123/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${signature}`;
/** `weir_` with its first letter percent-encoded. */
const encoded = (key: string): string => `%77${key.slice(1)}`;

describe('a Weir key', () => {
  it.each<[string, Partial<CredentialHeaders>, string]>([
    ['x-weir-key', { xWeirKey: GOLD }, 'x-weir-key'],
    ['authorization', { authorization: `Bearer ${GOLD}` }, 'authorization'],
    ['authorization in lower case', { authorization: `bearer  ${GOLD}` }, 'authorization'],
    ['authorization without a scheme', { authorization: GOLD }, 'authorization'],
    ['authorization as Basic user', { authorization: basic(`${GOLD}:`) }, 'authorization'],
    ['authorization as Basic user alone', { authorization: basic(GOLD) }, 'authorization'],
    ['authorization as Basic password', { authorization: basic(`me:${GOLD}`) }, 'authorization'],
    ['authorization as AWS access key id', { authorization: aws(GOLD) }, 'authorization'],
    ['x-api-key', { xApiKey: GOLD }, 'x-api-key'],
    ['api-key', { apiKey: GOLD }, 'api-key'],
    ['x-goog-api-key', { xGoogApiKey: GOLD }, 'x-goog-api-key'],
    ['?key=', { query: `key=${GOLD}` }, 'query'],
    ['?key= among others', { query: `alt=sse&key=${GOLD}&x=1` }, 'query'],
    ['?key= percent-encoded', { query: `alt=%zz&%6bey=${encoded(GOLD)}` }, 'query'],
    ['a second ?key=', { query: `key=AIza&key=${GOLD}` }, 'query'],
  ])('in %s tells who asks, and is no credential to forward', (_where, parts, place) => {
    const answer = ask(parts);
    expect(answer).toMatchObject({ ok: true, weirKeyIn: place, credential: null });
    expect(answer.ok && answer.principal).toEqual({
      name: 'team-a',
      key: `ci …${GOLD.slice(-4)}`,
      tags: { tier: 'gold' },
    });
  });

  it('that is unknown is told apart from one that is mistyped, whether or not anonymous callers are allowed', () => {
    const typo = GOLD.slice(0, 20) + (GOLD[20] === 'a' ? 'b' : 'a') + GOLD.slice(21);
    for (const anonymous of ['allow', 'deny'] as const) {
      const unknown = ask({ authorization: `Bearer ${newWeirKey()}` }, anonymous);
      expect(unknown).toMatchObject({ ok: false, code: 'weir_invalid_key' });
      expect(!unknown.ok && unknown.message).toMatch(/not known/);
      const mistyped = ask({ xApiKey: typo }, anonymous);
      expect(mistyped).toMatchObject({ ok: false, code: 'weir_invalid_key' });
      expect(!mistyped.ok && mistyped.message).toMatch(/x-api-key is mistyped/);
      expect(JSON.stringify(mistyped)).not.toContain(typo);
    }
  });

  it('expires at its time, also while it is cached', () => {
    const authenticator = new Authenticator(CONSUMERS, 'allow', SECRET);
    const parts = head({ xApiKey: TEMP });
    for (let i = 0; i < 3; i++) expect(authenticator.authenticate(parts, EXPIRES - 1).ok).toBe(true);
    const late = authenticator.authenticate(parts, EXPIRES);
    expect(late).toMatchObject({ ok: false, code: 'weir_expired_key' });
    expect(!late.ok && late.message).toMatch(/key "temp" of "team-a"\) expired at 2026-11-23T00:00:01\.000Z/);
  });

  it('in x-weir-key leaves the caller’s own credential to be passed on', () => {
    expect(ask({ xWeirKey: GOLD, authorization: 'Bearer sk-own' })).toMatchObject({
      ok: true,
      weirKeyIn: 'x-weir-key',
      credential: { place: 'authorization', value: 'Bearer sk-own' },
    });
    expect(ask({ xWeirKey: GOLD, query: 'alt=sse&key=AIza%2Fown' })).toMatchObject({
      credential: { place: 'query', value: 'AIza/own' },
    });
  });

  it('is never the credential to pass on, beside another Weir key', () => {
    const answer = ask({ xWeirKey: GOLD, authorization: `Bearer ${SILVER}`, xApiKey: 'sk-own' });
    expect(answer).toMatchObject({
      weirKeyIn: 'x-weir-key',
      principal: { name: 'team-a' },
      credential: { place: 'x-api-key', value: 'sk-own' },
    });
  });

  it('that is wrong is refused beside a right one', () => {
    expect(ask({ xWeirKey: GOLD, authorization: `Bearer ${newWeirKey()}` }).ok).toBe(false);
    expect(ask({ authorization: `Bearer ${GOLD}`, query: `key=${newWeirKey()}` }).ok).toBe(false);
  });

  it.each<[string, Partial<CredentialHeaders>]>([
    ['x-weir-key that is none', { xWeirKey: 'sk-own' }],
    ['two joined headers', { authorization: `Bearer sk-own, Bearer ${GOLD}` }],
    ['a cookie-like list', { xApiKey: `a;${GOLD}` }],
    ['the prefix alone', { apiKey: 'weir_' }],
    ['a key of 10,000 characters', { xGoogApiKey: `weir_${'a'.repeat(10_000)}` }],
    ['a key with more behind it', { authorization: `Bearer ${GOLD} x` }],
  ])('in a form of no meaning is refused, not forwarded: %s', (_what, parts) => {
    expect(ask(parts, 'allow')).toMatchObject({ ok: false, code: 'weir_invalid_key' });
  });

  it('is not any text that happens to hold its prefix', () => {
    expect(ask({ authorization: 'Bearer sk-abcweir_def' }, 'allow')).toMatchObject({
      ok: true,
      weirKeyIn: null,
    });
    expect(ask({ query: 'q=weir_dam&monkey=weir_x' }, 'allow')).toMatchObject({ ok: true, credential: null });
  });

  it('of any length is known by its SHA-256', () => {
    const consumers = [{ name: 'c', tags: {}, keys: [keyOf('k', 'weir_made-elsewhere')] }];
    const answer = new Authenticator(consumers, 'deny', SECRET).authenticate(
      head({ xApiKey: 'weir_made-elsewhere' }),
      NOW,
    );
    expect(answer).toMatchObject({ ok: true, principal: { name: 'c' } });
  });
});

describe('a caller without a Weir key', () => {
  it('is refused where anonymous callers are denied', () => {
    expect(ask({ authorization: 'Bearer sk-own' })).toMatchObject({ ok: false, code: 'weir_no_key' });
    expect(ask({})).toMatchObject({ ok: false, code: 'weir_no_key' });
  });

  it('is told apart by a keyed hash of the credential', () => {
    const answer = ask({ authorization: 'Bearer sk-own' }, 'allow');
    const hash = createHmac('sha256', SECRET).update('sk-own').digest('hex').slice(0, 16);
    expect(answer).toEqual({
      ok: true,
      principal: { name: 'anonymous', key: hash, tags: {} },
      key: null,
      weirKeyIn: null,
      credential: { place: 'authorization', value: 'Bearer sk-own' },
    });
    const other = new Authenticator([], 'allow', Buffer.from('other')).authenticate(
      head({ authorization: 'Bearer sk-own' }),
      NOW,
    );
    expect(other.ok && other.principal.key).not.toBe(hash);
  });

  it('is the same one wherever the credential stands', () => {
    const keys = [
      ask({ authorization: 'Bearer sk-own' }, 'allow'),
      ask({ xApiKey: 'sk-own' }, 'allow'),
      ask({ query: 'key=sk%2Down' }, 'allow'),
    ].map(answer => answer.ok && answer.principal.key);
    expect(new Set(keys).size).toBe(1);
  });

  it('is the same one whatever AWS signature the request has', () => {
    const keys = ['11', '22'].map(signature => ask({ authorization: aws('AKIA1', signature) }, 'allow'));
    expect(new Set(keys.map(answer => answer.ok && answer.principal.key)).size).toBe(1);
    const other = ask({ authorization: aws('AKIA2') }, 'allow');
    expect(other.ok && other.principal.key).not.toBe(keys[0]?.ok && keys[0].principal.key);
  });

  it('may bring nothing', () => {
    for (const parts of [
      {},
      { authorization: 'Bearer ' },
      { authorization: 'Bearer' },
      { query: 'alt=sse' },
    ]) {
      expect(ask(parts, 'allow')).toMatchObject({
        ok: true,
        principal: { name: 'anonymous', key: null },
        credential: null,
      });
    }
  });
});

describe('the memory of an authenticator', () => {
  it('stays bounded under a flood of credentials', () => {
    const authenticator = new Authenticator(CONSUMERS, 'allow', SECRET);
    const first = authenticator.authenticate(head({ xApiKey: 'sk-0' }), NOW);
    for (let i = 0; i < 10_000; i++) authenticator.authenticate(head({ xApiKey: `sk-${i}` }), NOW);
    expect(authenticator.authenticate(head({ xApiKey: 'sk-0' }), NOW)).toEqual(first);
    expect(authenticator.remembered).toBeLessThanOrEqual(4096);
  });

  it('keeps nothing of keys that are refused', () => {
    const authenticator = new Authenticator(CONSUMERS, 'deny', SECRET);
    for (let i = 0; i < 100; i++) authenticator.authenticate(head({ xApiKey: newWeirKey() }), NOW);
    expect(authenticator.remembered).toBe(0);
  });
});

describe('a key bound to models', () => {
  const key: ConsumerKey = { ...keyOf('k', GOLD), models: ['gpt-4o*', 'o3'] };
  it.each([
    ['gpt-4o-mini', true],
    ['o3', true],
    ['o3-pro', false],
    ['GPT-4o', false],
    [null, false],
  ])('may ask for %s: %s', (model, allowed) => expect(modelAllowed(key, model)).toBe(allowed));

  it('may ask for everything where it names no model', () => {
    expect(modelAllowed(keyOf('k', GOLD), null)).toBe(true);
  });
});
