// A configured key in the provider's own place, and what must not stand beside it.
import { describe, expect, it } from 'vitest';
import type { AuthScheme } from '../../src/provider/provider.js';
import { addOwnKey, dropCallersCredentials, type OwnKey, signAws } from '../../src/upstream/credential.js';

const key = (value: string): OwnKey => ({
  value,
  accessKeyId: null,
  secretAccessKey: null,
  sessionToken: null,
});
const AWS: OwnKey = { value: null, accessKeyId: 'AKID', secretAccessKey: 'SECRET', sessionToken: 'TOKEN' };

describe('a key', () => {
  it.each<[AuthScheme, string[]]>([
    ['bearer', ['authorization', 'Bearer K']],
    ['x-api-key', ['x-api-key', 'K']],
    ['api-key', ['api-key', 'K']],
    ['x-goog-api-key', ['x-goog-api-key', 'K']],
    ['sigv4', ['authorization', 'Bearer K']],
    ['none', []],
  ])('of scheme %s stands where it belongs', (scheme, wanted) => {
    const headers = ['x-first', '1'];
    addOwnKey(headers, scheme, key('K'));
    expect(headers).toEqual(['x-first', '1', ...wanted]);
  });

  it('pair of AWS is no header', () => {
    const headers: string[] = [];
    addOwnKey(headers, 'sigv4', AWS);
    expect(headers).toEqual([]);
  });
});

describe('what the caller brought', () => {
  it('of credentials goes, the rest stays in order', () => {
    const headers = ['a', '1', 'cookie', 'c', 'x-amz-date', 'd', 'x-amz-user-agent', 'u', 'b', '2'];
    headers.push('x-amz-security-token', 't', 'ocp-apim-subscription-key', 'k', 'x-amzn-bedrock-trace', 'on');
    dropCallersCredentials(headers);
    expect(headers).toEqual(['a', '1', 'x-amz-user-agent', 'u', 'b', '2', 'x-amzn-bedrock-trace', 'on']);
  });
});

describe('a signature', () => {
  const request = {
    method: 'POST',
    host: 'bedrock-runtime.eu-west-1.amazonaws.com',
    path: '/model/a.b-v1%3A0/converse',
    region: 'eu-west-1',
    contentType: 'application/json',
    body: Buffer.from('{}'),
  };
  const signed = (more: Partial<typeof request> = {}, by: OwnKey = AWS): Map<string, string> => {
    const headers: string[] = [];
    signAws(headers, { ...request, ...more }, by);
    const map = new Map<string, string>();
    for (let i = 0; i < headers.length; i += 2) map.set(headers[i] ?? '', headers[i + 1] ?? '');
    expect(map.size).toBe(headers.length / 2);
    return map;
  };
  const signature = (headers: Map<string, string>): string =>
    /Signature=([0-9a-f]{64})$/.exec(headers.get('authorization') ?? '')?.[1] ?? 'none';

  it('names key, day, region and service, and never the secret', () => {
    const headers = signed();
    expect(headers.get('authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    );
    expect(headers.get('x-amz-security-token')).toBe('TOKEN');
    expect(headers.get('x-amz-date')).toMatch(/^\d{8}T\d{6}Z$/);
    expect([...headers].join()).not.toContain('SECRET');
  });

  it('is another for another body, path, host, region, type, or secret', () => {
    const others = [
      signed({ body: Buffer.from('{ }') }),
      signed({ path: '/model/a.b-v1:0/converse' }),
      signed({ host: 'elsewhere' }),
      signed({ region: 'us-east-1' }),
      signed({ contentType: 'text/plain' }),
      signed({ method: 'PUT' }),
      signed({}, { ...AWS, secretAccessKey: 'OTHER' }),
    ].map(signature);
    expect(new Set([signature(signed()), ...others]).size).toBe(8);
    expect(others).not.toContain('none');
  });

  it('has no token where the key has none', () => {
    expect(signed({}, { ...AWS, sessionToken: null }).has('x-amz-security-token')).toBe(false);
  });
});
