// Streams: bytes go on as they come, a slow side slows the other, memory stays bounded, an end that is none is seen.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CHAT,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startRawProvider,
  until,
} from './harness.js';

let provider: RunningProvider;
let gateway: RunningGateway;
/** What the provider's side observes. */
const observed = { sentBytes: 0, receivedBytes: 0, closed: 0, stalledUploads: [] as http.IncomingMessage[] };

const EVENT = 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n';

beforeAll(async () => {
  provider = await startRawProvider((request, response) => {
    request.on('close', () => observed.closed++);
    response.on('close', () => observed.closed++);
    switch (request.headers['x-play']) {
      case 'flood':
        flood(response);
        break;
      case 'no-read':
        observed.stalledUploads.push(request);
        request.on('data', chunk => {
          observed.receivedBytes += (chunk as Buffer).length;
        });
        request.pause();
        request.on('end', () => response.end('read all'));
        break;
      case 'early':
        response.writeHead(413, { 'content-type': 'application/json' }).end('{"error":"too early"}');
        break;
      case 'break':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(EVENT);
        setTimeout(() => request.socket.destroy(), 50);
        break;
      case 'break-inside':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(EVENT + EVENT.slice(0, 20));
        setTimeout(() => request.socket.destroy(), 50);
        break;
      case 'short':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"a":');
        setTimeout(() => request.socket.destroy(), 50);
        break;
      default:
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(EVENT);
        setTimeout(
          () => {
            response.write(
              'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\n',
            );
            response.end('data: [DONE]\n\n');
          },
          Number(request.headers['x-wait'] ?? 100),
        );
    }
  });
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { kind: openai-compatible, base_url: "${provider.url}", auth: none, usage_opt_in: never }
  drained: { kind: openai-compatible, base_url: "${provider.url}", auth: none, on_abort: drain }
`);
});

/** 256 MiB as fast as the reader takes it. */
function flood(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  const block = Buffer.alloc(256 * 1024, 'x');
  let left = 1024;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left--;
      observed.sentBytes += block.length;
      if (!response.write(block)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

const play = (name: string, path = '/v1/chat/completions') =>
  send(gateway.url + path, {
    headers: { 'content-type': 'application/json', 'x-play': name },
    body: JSON.stringify({ ...CHAT, stream: true }),
  });

/** One that is not bounded takes tens of MiB. Between two looks the process itself moves by 26 to 35 MB: 0.4 to 0.9 MB for each of the forty were seen. */
const STALLED_STREAM_BYTES_MAX = 2 * 1024 * 1024;

/** Clients that read one chunk of 256 MiB and then no more. */
async function stalledFloods(count: number): Promise<net.Socket[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = net.connect(gateway.port, '127.0.0.1');
      socket.write('GET /openai/files HTTP/1.1\r\nHost: a\r\nx-play: flood\r\nConnection: close\r\n\r\n');
      await once(socket, 'data');
      socket.pause();
      return socket;
    }),
  );
}

/** Resident memory once the providers are slowed. */
async function quietRss(): Promise<number> {
  let seen = -1;
  await until(async () => {
    await new Promise(resolve => setTimeout(resolve, 300));
    const still = observed.sentBytes === seen;
    seen = observed.sentBytes;
    return still;
  }, 'the provider to be slowed');
  return rss();
}

/** Resident memory of the gateway process, bytes. */
const rss = () => Number(readFileSync(`/proc/${gateway.process.pid}/statm`, 'utf8').split(' ')[1]) * 4096;

describe('streaming', () => {
  it('hands an event on before the next one comes', async () => {
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-wait': '60000' },
    });
    request.end(JSON.stringify({ ...CHAT, stream: true }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toBe(EVENT);
    request.destroy();
  });

  it('slows the provider to a slow client, with bounded memory a stream, and loses nothing', async () => {
    observed.sentBytes = 0;
    // The first ones warm the process up; what forty more add is their own.
    const sockets = await stalledFloods(10);
    const before = await quietRss();
    sockets.push(...(await stalledFloods(40)));
    const perStream = ((await quietRss()) - before) / 40;
    expect(perStream).toBeLessThan(STALLED_STREAM_BYTES_MAX);
    expect(observed.sentBytes).toBeLessThan(50 * 32 * 1024 * 1024);
    const [first, ...others] = sockets;
    for (const socket of others) socket.destroy();
    if (first === undefined) throw new Error('no stream');
    let received = 0;
    first.on('data', chunk => {
      received += (chunk as Buffer).length;
    });
    first.resume();
    await once(first, 'close');
    expect(received).toBeGreaterThan(255 * 1024 * 1024);
  });

  it('slows a streamed upload to a slow provider, with bounded memory', async () => {
    observed.receivedBytes = 0;
    const before = rss();
    const size = 30 * 1024 * 1024;
    const request = http.request(`${gateway.url}/openai/v1/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-play': 'no-read', 'content-length': size },
    });
    request.write(Buffer.alloc(size));
    await until(() => observed.stalledUploads.length === 1, 'the upload to begin');
    let sent = -1;
    await until(async () => {
      await new Promise(resolve => setTimeout(resolve, 300));
      const now = request.socket?.bytesWritten ?? 0;
      const still = now === sent;
      sent = now;
      return still;
    }, 'the upload to be slowed');
    expect(rss() - before).toBeLessThan(16 * 1024 * 1024);
    observed.stalledUploads[0]?.resume();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(observed.receivedBytes).toBe(size);
    response.resume();
  });

  it('cancels the provider at once when the client goes', async () => {
    observed.closed = 0;
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-wait': '60000' },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ ...CHAT, stream: true }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    const closedBefore = observed.closed;
    request.destroy();
    await until(() => observed.closed > closedBefore, 'the provider to see the end');
    const record = await gateway.record(response);
    expect(record).toMatchObject({
      outcome: 'aborted',
      status: 200,
      error: { source: 'client', code: 'weir_client_closed' },
    });
  });

  it('reads on for the usage when the client goes, where on_abort is drain', async () => {
    const request = http.request(`${gateway.url}/drained/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-wait': '400' },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ ...CHAT, stream: true }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    request.destroy();
    expect(await gateway.record(response)).toMatchObject({
      outcome: 'aborted',
      status: 200,
      usage: { input_tokens: 3, output_tokens: 9, source: 'provider' },
    });
  });

  it('cancels the provider when the client goes before the answer begins', async () => {
    const seen = observed.stalledUploads.length;
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.write(
      'POST /openai/v1/wait HTTP/1.1\r\nHost: a\r\nx-play: no-read\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nabc',
    );
    await until(() => observed.stalledUploads.length > seen, 'the request at the provider');
    const before = observed.closed;
    socket.destroy();
    await until(() => observed.closed > before, 'the provider to see the end');
  });

  it('passes an early answer to an upload that is still running', async () => {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request(`${gateway.url}/openai/v1/files`, {
        method: 'POST',
        headers: {
          'content-type': 'application/octet-stream',
          'x-play': 'early',
          'content-length': 1_000_000,
        },
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.write('begin');
    });
    expect(answer.statusCode).toBe(413);
    answer.destroy();
  });

  it('ends a stream that broke between events with an error event and a cut connection', async () => {
    const answer = await play('break');
    expect(answer.broken).toBe(true);
    const [first, second] = answer.body.toString().split('\n\n');
    expect(`${first}\n\n`).toBe(EVENT);
    expect(JSON.parse(String(second).slice('data: '.length))).toMatchObject({
      error: { code: 'weir_upstream_broke', type: 'server_error' },
    });
    const record = await gateway.record(answer);
    expect(record).toMatchObject({
      outcome: 'failed',
      status: 200,
      error: { source: 'provider', code: 'weir_upstream_broke' },
    });
  });

  it('cuts a stream that broke inside an event without adding anything', async () => {
    const answer = await play('break-inside');
    expect(answer.broken).toBe(true);
    expect(answer.body.toString()).toBe(EVENT + EVENT.slice(0, 20));
  });

  it('cuts an answer that is shorter than it said', async () => {
    const answer = await play('short');
    expect([answer.broken, answer.body.toString()]).toEqual([true, '{"a":']);
  });
});
