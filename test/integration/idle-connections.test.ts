// Connections to a provider that lie idle, and a provider that closes them: a request that crosses the close is sent once more, nothing else is.
import type net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  CHAT,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
  startSocketProvider,
} from './harness.js';

const BODY = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

/** What a provider does with request number n of connection number c, both from 1. */
type Script = (socket: net.Socket, n: number, c: number) => void;

/** Of the provider whose turn it is: a gateway is started once, and each test has a provider of its own behind it. */
const scripts: Script[] = [];
const requests: number[][] = [];
let gateway: RunningGateway;
beforeAll(async () => {
  const providers = await Promise.all(
    Array.from({ length: 7 }, async (_, i) => {
      let connections = 0;
      const { url } = await startSocketProvider(socket => {
        const c = ++connections;
        let n = 0;
        socket.on('data', () => {
          requests[i]?.push(c);
          scripts[i]?.(socket, ++n, c);
        });
      });
      return `p${i}: { kind: openai, base_url: "${url}", auth: none }`;
    }),
  );
  closing = await startProvider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length });
    response.end(BODY);
  });
  providers.push(`closing: { kind: openai, base_url: "${closing.url}", auth: none }`);
  gateway = await startGateway(`anonymous: allow\nworkers: 1\nproviders: { ${providers.join(', ')} }\n`);
});
let closing: RunningProvider;

/** Sends a chat to the next provider, which does as `script` says; on which of its connections requests came. */
function scene(script: Script) {
  const i = scripts.push(script) - 1;
  const seen: number[] = [];
  requests.push(seen);
  return { requests: seen, ask: (path = 'chat/completions') => ask(`p${i}`, path), target: `p${i}` };
}

function ask(provider: string, path = 'chat/completions'): Promise<Answer> {
  return send(`${gateway.url}/${provider}/v1/${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CHAT),
  });
}

const attempts = async (answer: Answer) =>
  (await gateway.record(answer)).attempts.map(({ target, status, error }) => ({ target, status, error }));

const broke = (target: string) => ({ target, status: null, error: 'weir_upstream_broke' });
const served = (target: string) => ({ target, status: 200, error: null });

describe('a request on an idle connection that the provider closes as it comes', () => {
  it.each<[string, (socket: net.Socket) => void]>([
    ['in order', socket => socket.end()],
    ['by a reset', socket => socket.resetAndDestroy()],
  ])('%s is sent once more on another, and both tries are on record', async (_, close) => {
    const { requests, ask, target } = scene((socket, n, c) => {
      if (c === 1 && n === 2) close(socket);
      else socket.write(ANSWER);
    });
    await ask();
    const answer = await ask();
    expect([answer.status, answer.body.toString()]).toEqual([200, BODY]);
    expect(requests).toEqual([1, 1, 2]);
    expect(await attempts(answer)).toEqual([broke(target), served(target)]);
    expect((await gateway.record(answer)).usage).toMatchObject({ input_tokens: 3, output_tokens: 2 });
  });

  it('is sent no third time', async () => {
    const { requests, ask, target } = scene((socket, n, c) => {
      if (c === 1 && n === 1) socket.write(ANSWER);
      else socket.end();
    });
    await ask();
    const answer = await ask();
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([502, 'weir_upstream_broke']);
    expect(requests).toEqual([1, 1, 2]);
    expect(await attempts(answer)).toEqual([broke(target), broke(target)]);
  });

  it('is not sent again where it may change something', async () => {
    const { requests, ask } = scene((socket, n) => {
      if (n === 1) socket.write(ANSWER);
      else socket.end();
    });
    await ask();
    const answer = await ask('batches');
    expect(answer.status).toBe(502);
    expect(requests).toEqual([1, 1]);
  });

  it.each<[string, (socket: net.Socket) => void]>([
    ['a byte of its answer came', socket => socket.end('H')],
    ['the provider has worked on it', socket => void setTimeout(() => socket.end(), 1300)],
  ])('is not sent again where %s', async (_, close) => {
    const { requests, ask } = scene((socket, n) => {
      if (n === 1) socket.write(ANSWER);
      else close(socket);
    });
    await ask();
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(requests).toEqual([1, 1]);
    expect(await attempts(answer)).toHaveLength(1);
  });

  it('is not sent again on a connection that has served nothing before', async () => {
    const { requests, ask, target } = scene(socket => socket.end());
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(requests).toEqual([1]);
    expect(await attempts(answer)).toEqual([broke(target)]);
  });
});

describe('a provider that closes idle connections after a while', () => {
  it('serves every request of those that come just then', { timeout: 120_000 }, async () => {
    const IDLE_MS = 1000;
    closing.server.keepAliveTimeout = 0; // and so does not say when
    closing.server.on('connection', (socket: net.Socket) => {
      socket.setTimeout(IDLE_MS, () => socket.destroy());
    });
    const statuses: number[] = [];
    for (let round = 0; round < 6; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask('closing')));
      statuses.push(...answers.map(({ status }) => status));
      // Around the moment of the close, a little before it in one round and a little behind it in another.
      await new Promise(resolve => setTimeout(resolve, IDLE_MS - 3 + round));
    }
    expect(statuses.filter(status => status !== 200)).toEqual([]);
  });
});
