// Requests and answers pass as they are: method, path, query, headers, body, status; hop-by-hop fields do not (RFC 9110).
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type RunningGateway,
  type RunningProvider,
  send,
  sendRaw,
  startGateway,
  startProvider,
} from './harness.js';

let provider: RunningProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startProvider((request, response, body) => {
    const kind = request.headers['x-answer'];
    if (kind === '304') response.writeHead(304, { etag: '"a"' }).end();
    else if (kind === '204') response.writeHead(204).end();
    else if (kind === 'hop') {
      response.writeHead(200, {
        connection: 'x-private',
        'x-private': '1',
        'keep-alive': 'timeout=9',
        'x-public': '2',
      });
      response.end('x');
    } else if (kind === 'twice') {
      response.writeHead(200, { 'x-twice': ['1', '2'], 'content-type': 'text/plain' });
      response.end('twice');
    } else if (kind === 'cookie') {
      const account = {
        'set-cookie': 'a=b',
        'openai-organization': 'org',
        'x-ratelimit-remaining-requests': '9',
      };
      response.writeHead(200, { ...account, 'content-type': 'application/json' });
      response.end('{}');
    } else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '1234' }).end();
    else response.writeHead(Number(request.headers['x-status'] ?? 200)).end(body.length > 0 ? body : 'pong');
  });
  gateway = await startGateway(`
anonymous: allow
providers:
  plain: { kind: openai-compatible, base_url: "${provider.url}", auth: none }
  based: { kind: openai-compatible, base_url: "${provider.url}/v1", auth: none }
`);
});

const last = () => {
  const seen = provider.seen.at(-1);
  if (seen === undefined) throw new Error('the provider saw nothing');
  return seen;
};

describe('passing through', () => {
  it('sends path and query octet for octet', async () => {
    await send(`${gateway.url}/plain/a%2Fb//c%20d/%C3%A9/?x=1&y=%20&z`);
    expect(last().url).toBe('/a%2Fb//c%20d/%C3%A9/?x=1&y=%20&z');
  });

  it('keeps an empty query apart from none', async () => {
    await sendRaw(gateway.port, 'GET /plain/a? HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(last().url).toBe('/a?');
    await send(`${gateway.url}/plain/a`);
    expect(last().url).toBe('/a');
  });

  it('does not double the segments that the base URL ends in', async () => {
    await send(`${gateway.url}/based/v1/things`);
    expect(last().url).toBe('/v1/things');
    await send(`${gateway.url}/based/things`);
    expect(last().url).toBe('/v1/things');
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT'])(
    'passes %s',
    async method => {
      const answer = await send(`${gateway.url}/plain/x`, { method });
      expect([answer.status, last().method]).toEqual([200, method]);
    },
  );

  it.each([200, 201, 400, 401, 404, 418, 429, 500, 503])('passes status %i', async status => {
    const answer = await send(`${gateway.url}/plain/x`, { headers: { 'x-status': String(status) } });
    expect([answer.status, answer.body.toString()]).toEqual([status, 'pong']);
  });

  it.each([0, 1, 65_536, 3_000_000])('passes a body of %i bytes both ways', async size => {
    const body = randomBytes(size);
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await send(`${gateway.url}/plain/x`, { method: 'POST', headers, body });
    expect(last().body.equals(body)).toBe(true);
    if (size > 0) expect(answer.body.equals(body)).toBe(true);
  });

  it('passes a chunked upload', async () => {
    const { text } = await sendRaw(
      gateway.port,
      'POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    expect(last().body.toString()).toBe('abcde');
    expect(text).toContain('abcde');
  });

  it('passes duplicates one by one in both directions', async () => {
    const answer = await send(`${gateway.url}/plain/x`, {
      headers: { 'x-twice': ['a', 'b'], 'x-answer': 'twice' },
    });
    expect(last().headers['x-twice']).toBe('a, b');
    expect(last().rawHeaders.filter(name => name === 'x-twice')).toHaveLength(2);
    expect(answer.rawHeaders.filter(name => name === 'x-twice')).toHaveLength(2);
  });

  it('drops hop-by-hop fields and those that Connection names, both ways', async () => {
    const headers = { connection: 'x-mine', 'x-mine': '1', te: 'trailers', 'x-kept': '1', 'x-answer': 'hop' };
    const answer = await send(`${gateway.url}/plain/x`, { headers });
    expect(last().headers).not.toHaveProperty('x-mine');
    expect(last().headers).not.toHaveProperty('te');
    expect(last().headers['x-kept']).toBe('1');
    expect(answer.headers).not.toHaveProperty('x-private');
    expect(answer.headers['x-public']).toBe('2');
  });

  it('sets host to the provider and never sends x-weir headers on', async () => {
    await send(`${gateway.url}/plain/x`, { headers: { 'x-weir-tag-project': 'p', host: 'elsewhere' } });
    expect(last().headers.host).toBe(`127.0.0.1:${provider.port}`);
    expect(Object.keys(last().headers).filter(name => name.startsWith('x-weir'))).toEqual([]);
  });

  it('answers HEAD with the length and no body', async () => {
    const answer = await send(`${gateway.url}/plain/x`, { method: 'HEAD' });
    expect([answer.headers['content-length'], answer.body.length]).toEqual(['1234', 0]);
  });

  it('tells clients how long an idle connection may be used again', async () => {
    expect((await send(`${gateway.url}/plain/x`)).headers['keep-alive']).toBe('timeout=8');
  });

  it('goes on with the connection after HEAD', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await send(`${gateway.url}/plain/x`, { method: 'HEAD', agent });
    expect((await send(`${gateway.url}/plain/x`, { agent })).body.toString()).toBe('pong');
    agent.destroy();
  });

  it.each([204, 304])('answers %i without a body, and the connection goes on', async status => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [];
    for (const kind of [String(status), 'none']) {
      answers.push(await send(`${gateway.url}/plain/x`, { headers: { 'x-answer': kind }, agent }));
    }
    expect(answers.map(answer => [answer.status, answer.body.toString()])).toEqual([
      [status, ''],
      [200, 'pong'],
    ]);
    agent.destroy();
  });

  it('answers Expect: 100-continue', async () => {
    const { text } = await sendRaw(
      gateway.port,
      'POST /plain/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
    );
    expect(text).toContain('100 Continue');
    expect(text.endsWith('hi')).toBe(true);
    expect(last().headers).not.toHaveProperty('expect');
  });

  it("passes the provider's cookies and limits to a caller with his own credential", async () => {
    const answer = await send(`${gateway.url}/plain/x`, {
      headers: { 'x-answer': 'cookie', authorization: 'Bearer mine' },
    });
    expect(answer.headers['set-cookie']).toEqual(['a=b']);
    expect(answer.headers['x-ratelimit-remaining-requests']).toBe('9');
    expect(last().headers.authorization).toBe('Bearer mine');
  });

  it('gives every answer an id that sorts by time, and a record', async () => {
    const first = await send(`${gateway.url}/plain/x?key=secret`);
    const second = await send(`${gateway.url}/plain/x`);
    const ids = [first, second].map(answer => String(answer.headers['x-weir-request-id']));
    expect(ids[0]).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect([...ids].sort()).toEqual(ids);
    const record = await gateway.record(first);
    expect(record).toMatchObject({
      outcome: 'served',
      status: 200,
      request: { method: 'GET', path: '/plain/x' },
    });
    expect(JSON.stringify(record)).not.toContain('secret');
  });
});
