// What Weir refuses by itself: shapes that two servers could read in two ways, path tricks, upgrades, too much of anything.
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
  provider = await startProvider((_, response) => response.end('{}'));
  gateway = await startGateway(`
anonymous: allow
limits: { body_bytes: 64KiB, buffered_bytes: 128KiB }
providers:
  plain: { kind: openai-compatible, base_url: "${provider.url}", auth: none }
`);
});

/** Sends a head (and body) and gives status and Weir's code. */
async function refused(head: string, body = ''): Promise<[number, string | undefined]> {
  const { text } = await sendRaw(gateway.port, `${head}\r\n\r\n${body}`);
  return [Number(text.slice(9, 12)), /x-weir-code: (\S+)/.exec(text)?.[1]];
}

describe('refusing', () => {
  it.each([
    [
      'POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5',
      'abcde',
      'weir_bad_framing',
    ],
    ['POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked', '0\r\n\r\n', 'weir_bad_framing'],
    [
      'POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity',
      '0\r\n\r\n',
      'weir_bad_framing',
    ],
    [
      'POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked',
      '0\r\n\r\n',
      'weir_bad_framing',
    ],
  ])('%s', async (head, body, code) => {
    expect(await refused(head, body)).toEqual([400, code]);
    expect(provider.seen.filter(({ url }) => url === '/x')).toEqual([]);
  });

  it.each([
    '/plain/../x',
    '/plain/%2e%2e/x',
    '/plain/./x',
    '/plain/%2E',
    '/plain/a%00b',
    '/plain/a\\b',
    '/plain/a%5cb',
    '/plain/a%2f..%2fb',
    '/plain/%ff',
  ])('the path %s', async path => {
    expect(await refused(`GET ${path} HTTP/1.1\r\nHost: a`)).toEqual([400, 'weir_bad_path']);
  });

  it('an upgrade, with a clear message', async () => {
    const { text } = await sendRaw(
      gateway.port,
      'GET /plain/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(text).toContain('501 Not Implemented');
    expect(text).toContain('x-weir-code: weir_upgrade_refused');
    expect(text).toContain('WebSockets are not supported');
  });

  it('a body that says it is too long, before it is sent', async () => {
    const head = 'POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10737418240';
    expect(await refused(head)).toEqual([413, 'weir_body_too_large']);
  });

  it('a chunked body that turns out too long', async () => {
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    const head =
      'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json';
    expect(await refused(head, chunk.repeat(3))).toEqual([413, 'weir_body_too_large']);
  });

  it('more buffered bytes than limits.buffered_bytes, and takes them again when they are free', async () => {
    const part = 'x'.repeat(60_000);
    const open = Array.from({ length: 2 }, () =>
      sendRaw(
        gateway.port,
        `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n${part}`,
        600,
      ),
    );
    await expect
      .poll(() => refused('POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 60000', part))
      .toEqual([503, 'weir_overloaded']);
    await Promise.all(open);
    await expect
      .poll(() => refused('POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 60000', part), {
        timeout: 8000,
      })
      .toEqual([200, undefined]);
  });

  it('a path that no provider answers, listing the candidates in the message', async () => {
    const answer = await send(`${gateway.url}/nowhere/at/all`);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([404, 'weir_no_route']);
    const { error } = JSON.parse(answer.body.toString()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'weir_no_route', param: null });
    expect(error.message).toContain('/plain');
    expect(answer.headers['x-should-retry']).toBe('false');
    const record = await gateway.record(answer);
    expect(record).toMatchObject({
      outcome: 'blocked',
      status: 404,
      error: { source: 'client', code: 'weir_no_route' },
    });
  });
});

describe('what uWebSockets.js ends by itself leaves the process unharmed', () => {
  it.concurrent.each([
    ['ten thousand headers', `GET / HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(10_000)}\r\n`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nx : y\r\n\r\n'],
    [
      'both framings',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
    ['a bad chunk size', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['an absolute form', 'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body that stalls', 'POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc'],
  ])('%s', async (_, bytes) => {
    // Some are answered at once, some closed without an answer when uWebSockets.js' idle time of some ten seconds is over.
    const { text, closed } = await sendRaw(gateway.port, bytes, 500, 18_000);
    expect(closed || /^HTTP\/1.1 (4|5)/.test(text)).toBe(true);
    expect((await send(`${gateway.url}/weir/healthz`)).status).toBe(200);
  });
});
