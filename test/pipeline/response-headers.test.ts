// A provider's head on its way to the client.
import { describe, expect, it } from 'vitest';
import { readResponseHeaders } from '../../src/pipeline/response-headers.js';

const list = (fields: readonly (readonly [string, string])[]): Buffer[] =>
  fields.flat().map(text => Buffer.from(text, 'latin1'));

const read = (
  fields: readonly (readonly [string, string])[],
  { hideAccount = false, hideLimits = false, cors = false } = {},
) => readResponseHeaders(list(fields), 'req_1', hideAccount, hideLimits, cors);

/** Without the two fields that Weir adds. */
const names = (...all: Parameters<typeof read>): string[] =>
  read(...all)
    .forward.slice(4)
    .filter((_, i) => i % 2 === 0);

describe('a response head', () => {
  it('begins with the request’s id and keeps order, values and duplicates', () => {
    const fields = [
      ['X-B', '1'],
      ['x-a', ''],
      ['X-B', ' 2 '],
    ] as const;
    expect(read(fields).forward).toEqual([
      'x-weir-request-id',
      'req_1',
      'keep-alive',
      'timeout=8',
      'x-b',
      '1',
      'x-a',
      '',
      'x-b',
      ' 2 ',
    ]);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Content-Length',
    'Date',
    'uWebSockets',
    'X-Weir-Code',
    'x-weir-request-id',
  ])('loses %s', name => {
    expect(
      names([
        [name, '5'],
        ['x-kept', '1'],
      ]),
    ).toEqual(['x-kept']);
  });

  it('loses what Connection names, but never its content type', () => {
    const fields = [
      ['X-Private', '1'],
      ['content-type', 'text/plain'],
      ['connection', 'close, X-Private,Content-Type'],
      ['x-public', '2'],
    ] as const;
    expect(names(fields)).toEqual(['content-type', 'x-public']);
  });

  it.each<[string, string, number]>([
    ['content-length', '17', 17],
    ['content-length', '0', 0],
    ['content-length', 'many', -1],
    ['content-length', '1e30', -1],
    ['x-other', '17', -1],
  ])('tells the length: %s: %s is %i', (name, value, length) => {
    expect(read([[name, value]]).contentLength).toBe(length);
  });

  it('tells type, encoding and Bedrock’s counts', () => {
    const head = read([
      ['Content-Type', 'Text/Event-Stream; charset=UTF-8'],
      ['Content-Encoding', 'GZIP'],
      ['x-amzn-bedrock-input-token-count', '12'],
      ['x-amzn-bedrock-output-token-count', '-3'],
    ]);
    expect(head).toMatchObject({
      contentType: 'Text/Event-Stream; charset=UTF-8',
      contentEncoding: 'gzip',
      bedrockInputTokens: 12,
      bedrockOutputTokens: null,
    });
    expect(head.forward).toContain('x-amzn-bedrock-input-token-count');
    expect(read([])).toMatchObject({ contentType: '', contentEncoding: '', bedrockInputTokens: null });
  });

  const account = ['Set-Cookie', 'OpenAI-Organization', 'openai-project', 'anthropic-organization-id'];
  const limits = [
    'x-ratelimit-limit-requests',
    'anthropic-ratelimit-tokens-reset',
    'RateLimit',
    'ratelimit-policy',
  ];
  const fields = [...account, ...limits, 'retry-after', 'x-request-id'].map(name => [name, '1'] as const);

  it('shows account and limits to a caller with his own credential', () => {
    expect(names(fields)).toHaveLength(10);
  });

  it('hides Weir’s account', () => {
    expect(names(fields, { hideAccount: true })).toEqual([
      ...limits.map(name => name.toLowerCase()),
      'retry-after',
      'x-request-id',
    ]);
  });

  it('hides the limits of Weir’s account, and still says when to come again', () => {
    expect(names(fields, { hideAccount: true, hideLimits: true })).toEqual(['retry-after', 'x-request-id']);
  });

  it('leaves the word on origins to Weir where Weir speaks for the origin', () => {
    const cors = [
      ['access-control-allow-origin', '*'],
      ['Access-Control-Max-Age', '1'],
      ['vary', 'x'],
    ] as const;
    expect(names(cors, { cors: true })).toEqual(['vary']);
    expect(names(cors)).toHaveLength(3);
  });

  it('reads what is not ASCII as UTF-8, as it is written again', () => {
    const raw = [Buffer.from('x-name'), Buffer.from('café')];
    expect(readResponseHeaders(raw, 'r', false, false, false).forward.at(-1)).toBe('café');
  });

  it('takes a list with an odd end', () => {
    expect(readResponseHeaders([Buffer.from('x')], 'r', false, false, false).forward).toHaveLength(4);
  });
});
