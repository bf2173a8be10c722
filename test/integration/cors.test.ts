// Browsers: preflights of listed origins are answered before anybody is asked who he is; every answer to a listed origin
// says that it may be read, whether it is the provider's or Weir's own; other origins get nothing of the kind.
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import {
  chat,
  type RunningGateway,
  type RunningProvider,
  send,
  sendRaw,
  startGateway,
  startProvider,
} from './harness.js';

const KEY = newWeirKey();
const LISTED = 'https://app.example.com';
let provider: RunningProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startProvider((request, response) => {
    const stream = request.headers['x-stream'] !== undefined;
    response.writeHead(request.method === 'OPTIONS' ? 405 : 200, {
      'content-type': stream ? 'text/event-stream' : 'application/json',
      'access-control-allow-origin': 'https://theirs.example',
      'access-control-allow-credentials': 'true',
      vary: 'accept',
    });
    response.end(stream ? 'data: {"choices":[]}\n\ndata: [DONE]\n\n' : '{}');
  });
  gateway = await startGateway(`
cors: { origins: ["${LISTED}", "http://localhost:3000"] }
consumers: [ { name: team, keys: [ { name: ci, sha256: ${weirKeySha256(KEY)} } ] } ]
providers:
  openai: { base_url: "${provider.url}", keys: [ { value: sk-own } ] }
`);
});

const preflight = (origin: string, more: Record<string, string> = {}, path = '/v1/chat/completions') =>
  send(gateway.url + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', ...more },
  });

describe('a preflight', () => {
  it.each([LISTED, 'http://localhost:3000'])(
    'of %s is granted without a key, and goes nowhere',
    async origin => {
      const answer = await preflight(origin, {
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      });
      expect([answer.status, answer.body.length, provider.seen.length]).toEqual([204, 0, 0]);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': expect.stringContaining('POST'),
        'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
        'access-control-max-age': expect.stringMatching(/^\d+$/),
        'x-weir-request-id': expect.stringMatching(/^req_/),
      });
      expect(answer.headers.vary).toContain('origin');
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  it.each([
    'https://evil.example',
    `${LISTED}.evil.example`,
    'http://app.example.com',
    `${LISTED}:8443`,
    'https://APP.example.com',
    'null',
  ])('of %s is a request like any other: it needs a key', async origin => {
    const answer = await preflight(origin);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([401, 'weir_no_key']);
    expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
    expect(provider.seen).toEqual([]);
  });

  it('that two servers could read in two ways is refused like any other request', async () => {
    const lengths = 'Content-Length: 0\r\nContent-Length: 5';
    const asks = `Origin: ${LISTED}\r\nAccess-Control-Request-Method: POST`;
    for (const head of [
      `OPTIONS /v1/x HTTP/1.1\r\nHost: a\r\n${asks}`,
      'GET /weir/healthz HTTP/1.1\r\nHost: a',
    ]) {
      const { text } = await sendRaw(gateway.port, `${head}\r\n${lengths}\r\n\r\n`);
      expect(text).toContain('HTTP/1.1 400');
      expect(text).toContain('x-weir-code: weir_bad_framing');
    }
  });

  it('is one only where it asks for a method: another OPTIONS goes to the provider', async () => {
    const answer = await send(`${gateway.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: { origin: LISTED, authorization: `Bearer ${KEY}` },
    });
    expect([answer.status, provider.seen.at(-1)?.method]).toEqual([405, 'OPTIONS']);
  });
});

describe('an answer', () => {
  const auth = { authorization: `Bearer ${KEY}` };

  it.each<[string, Record<string, string>]>([
    ['whole', {}],
    ['streamed', { 'x-stream': '1' }],
  ])(
    'that is %s may be read by a listed origin, and the provider’s own words on it are gone',
    async (_, more) => {
      const answer = await chat(gateway, {}, { ...auth, ...more, origin: LISTED });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': LISTED,
        'access-control-expose-headers': expect.stringContaining('x-weir-request-id'),
      });
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
      expect(answer.headers.vary).toMatch(/accept.*origin/);
    },
  );

  it.each<[string, string, Record<string, string>, number]>([
    ['no key', '/v1/chat/completions', {}, 401],
    ['no route', '/nowhere', auth, 404],
    ['a bad path', '/openai/a%00b', auth, 400],
  ])('that is an error of Weir’s (%s) may be read too', async (_, path, headers, status) => {
    const answer = await send(gateway.url + path, { headers: { ...headers, origin: LISTED }, body: '{}' });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, LISTED]);
    expect(answer.headers.vary).toContain('origin');
  });

  it('to an origin that is not listed says nothing of Weir’s', async () => {
    for (const path of ['/nowhere', '/openai/a%00b']) {
      const answer = await send(gateway.url + path, {
        headers: { ...auth, origin: 'https://evil.example' },
        body: '{}',
      });
      expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});
