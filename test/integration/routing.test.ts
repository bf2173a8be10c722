// Where requests go: prefixes, native paths, models with a provider's name, routes; what is tried next, and what never is.
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import {
  type Answer,
  type Answerer,
  CHAT,
  chat,
  type RunningGateway,
  type RunningProvider,
  type SeenRequest,
  send,
  sendRaw,
  startGateway,
  startProvider,
  startSocketProvider,
  until,
} from './harness.js';

/** What the first target does; the second always answers. */
let first: Answerer;
let one: RunningProvider;
let two: RunningProvider;
let gateway: RunningGateway;

const OK: Answerer = (_, response) => response.end('{"ok":1}');

beforeAll(async () => {
  one = await startProvider((...all) => first(...all));
  two = await startProvider((_, response) => response.end('{"two":2}'));
  const silent = await startSocketProvider(() => undefined);
  const target = (url: string, kind = 'openai-compatible') =>
    `{ kind: ${kind}, base_url: "${url}", auth: none }`;
  gateway = await startGateway(`
anonymous: allow
breaker: { failures: 0 }
timeouts: { connect: 500ms, first_byte: 500ms, idle: 500ms, total: 10s }
providers:
  one: ${target(`${one.url}/v1`)}
  two: ${target(two.url)}
  refused: ${target('http://127.0.0.1:1')}
  silent: ${target(silent.url)}
  gemini: ${target(one.url, 'gemini')}
  gemini-b: ${target(two.url, 'gemini')}
  bedrock: ${target(one.url, 'bedrock')}
  claude: ${target(one.url, 'anthropic')}
  coral: ${target(one.url, 'cohere')}
  azure: ${target(one.url, 'azure-openai')}
  vertex-ai: ${target(one.url, 'vertex-ai')}
  ollama: ${target(one.url, 'ollama')}
routes:
  - { match: { api: openai.audio }, targets: [ { provider: one }, { provider: two } ] }
  - { match: { api: openai.files, path: "/v1/files*" }, targets: [ { provider: refused }, { provider: two } ] }
  - { match: { model: fast }, targets: [ { provider: one, model: "real-\\"1\\"" }, { provider: two, model: real-2 } ] }
  - { match: { model: "g-fast" }, targets: [ { provider: gemini, model: "gemini/2.0 flash" } ] }
  - { match: { model: "b-fast" }, targets: [ { provider: bedrock, model: "arn:aws:bedrock/x" } ] }
  - { match: { model: "try-*" }, targets: [ { provider: one }, { provider: two } ] }
  - { match: { model: no-connect }, targets: [ { provider: refused }, { provider: two } ] }
  - { match: { model: no-answer }, targets: [ { provider: silent }, { provider: two } ] }
  - { match: { model: all-bad }, targets: [ { provider: refused }, { provider: one } ] }
  - { match: { model: three }, targets: [ { provider: refused }, { provider: one }, { provider: two } ] }
  - { match: { api: openai.embeddings, consumer: somebody }, targets: [ { provider: one } ] }
  - { match: { api: openai.embeddings, consumer: anonymous }, targets: [ { provider: two } ] }
`);
});

beforeEach(() => {
  first = OK;
  one.seen.length = 0;
  two.seen.length = 0;
});

const post = (path: string, body: unknown = CHAT, headers: Record<string, string> = {}): Promise<Answer> =>
  send(gateway.url + path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });

const only = (provider: RunningProvider): SeenRequest => {
  const [seen, more] = provider.seen;
  if (seen === undefined || more !== undefined) throw new Error(`${provider.seen.length} requests came`);
  return seen;
};

/** Name of the provider that the record says was asked first, with the code of its route step. */
async function routed(answer: Answer): Promise<[string | undefined, string | undefined]> {
  const record = await gateway.record(answer);
  return [record.attempts[0]?.target, record.steps.find(step => step.phase === 'route')?.code];
}

describe('a request without a route goes', () => {
  it.each<[string, string, unknown, string, string, string]>([
    ['by prefix', '/one/v1/chat/completions', CHAT, '/v1/chat/completions', 'one', 'route_prefix'],
    ['by prefix on any path', '/one/anything/else?x=1', CHAT, '/v1/anything/else?x=1', 'one', 'route_prefix'],
    [
      'by an encoded prefix',
      '/%6f%6Ee/v1/chat/completions',
      CHAT,
      '/v1/chat/completions',
      'one',
      'route_prefix',
    ],
    [
      'by prefix after slashes',
      '//one//v1/chat/completions',
      CHAT,
      '/v1/chat/completions',
      'one',
      'route_prefix',
    ],
    [
      'by dialect to the provider named after it',
      '/v1beta/models/m:generateContent',
      {},
      '/v1beta/models/m:generateContent',
      'gemini',
      'route_dialect',
    ],
    ['by dialect to Bedrock', '/model/m/converse', {}, '/model/m/converse', 'bedrock', 'route_dialect'],
    ['by dialect to Ollama', '/api/chat', { model: 'l' }, '/api/chat', 'ollama', 'route_dialect'],
    [
      'to the only one of a dialect',
      '/v2/chat',
      { model: 'c', messages: [] },
      '/v2/chat',
      'coral',
      'route_only',
    ],
    [
      "by Azure's native path",
      '/openai/deployments/d/chat/completions?api-version=1',
      CHAT,
      '/openai/deployments/d/chat/completions?api-version=1',
      'azure',
      'route_dialect',
    ],
    [
      "by Vertex' native path",
      '/v1/projects/p/locations/l/publishers/google/models/m:generateContent',
      {},
      '/v1/projects/p/locations/l/publishers/google/models/m:generateContent',
      'vertex-ai',
      'route_dialect',
    ],
  ])('%s', async (_, path, body, upstream, name, code) => {
    const answer = await post(path, body);
    expect([answer.status, ...(await routed(answer))]).toEqual([200, name, code]);
    expect(only(one).url.replace(/^\/+/, '/').replaceAll('//', '/')).toBe(upstream);
  });

  it('by `<provider>/` in front of the model, with the rest as model', async () => {
    const body = '{ "messages" : [],  "model":"two\\/org\\/m-1", "x":"two/org/m-1" }';
    const answer = await post('/v1/chat/completions', body);
    expect(await routed(answer)).toEqual(['two/org/m-1', 'route_model']);
    expect(only(two).body.toString()).toBe('{ "messages" : [],  "model":"org/m-1", "x":"two/org/m-1" }');
    expect(only(two).headers['content-length']).toBe(String(only(two).body.length));
    expect((await gateway.record(answer)).ai).toMatchObject({ model: 'two/org/m-1', provider: 'two' });
  });

  it('by `<provider>/` in a model that the path carries', async () => {
    await post('/v1beta/models/gemini-b%2Fflash:generateContent', '{"contents":[]}');
    expect(only(two).url).toBe('/v1beta/models/flash:generateContent');
  });

  it('nowhere where several speak the dialect: 404 names the candidates', async () => {
    const answer = await chat(gateway, { model: 'plain' });
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([404, 'weir_no_route']);
    const { error } = JSON.parse(answer.body.toString()) as {
      error: { message: string; candidates: string[] };
    };
    expect(error.candidates).toEqual(expect.arrayContaining(['one', 'two', 'refused']));
    expect(error.candidates).not.toContain('claude');
    expect(error.message).toMatch(/one, two, refused/);
    expect((await gateway.record(answer)).attempts).toEqual([]);
  });

  it('nowhere where the model names a provider that is not configured', async () => {
    expect((await chat(gateway, { model: 'three/m' })).status).toBe(404);
    expect([...one.seen, ...two.seen]).toEqual([]);
  });

  it('nowhere where the path is of no AI api', async () => {
    const answer = await post('/some/app/path');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([404, 'weir_no_route']);
    expect(answer.body.toString()).toContain('/one');
  });

  it('nowhere from a HEAD, which is told without a body, and the connection goes on', async () => {
    const head = 'HEAD /some/app/path HTTP/1.1\r\nHost: a\r\n\r\n';
    const text = await oneAfterAnother(gateway.port, [head, head]);
    expect(text.match(/HTTP\/1\.1 404/g)).toHaveLength(2);
    expect(text).not.toContain('weir_no_route"');
  });
});

describe('a route', () => {
  it('puts its model in the body’s place and leaves every other byte', async () => {
    const body =
      '\n{"messages":[{"role":"user","content":"fast \\u00e9 é"}] ,\t"model" : "fa\\u0073t"\r\n, "n":1.0e0}  ';
    const answer = await post('/v1/chat/completions', body);
    expect(only(one).body.toString()).toBe(body.replace('"fa\\u0073t"', '"real-\\"1\\""'));
    expect((await gateway.record(answer)).ai.model).toBe('fast');
  });

  it('replaces the last of duplicate models, which is the one that counts', async () => {
    await post('/v1/chat/completions', '{"model":"other","messages":[],"model":"fast"}');
    expect(JSON.parse(only(one).body.toString())).toMatchObject({ model: 'real-"1"' });
  });

  it('puts its model in Gemini’s path, escaped', async () => {
    await post('/v1beta/models/g-fast:streamGenerateContent?alt=sse', '{"contents":[]}');
    expect(only(one).url).toBe('/v1beta/models/gemini%2F2.0%20flash:streamGenerateContent?alt=sse');
    expect(only(one).body.toString()).toBe('{"contents":[]}');
  });

  it('puts its model in Bedrock’s path, escaped', async () => {
    await post('/model/b-fast/converse-stream', '{"messages":[]}');
    expect(only(one).url).toBe('/model/arn%3Aaws%3Abedrock%2Fx/converse-stream');
    expect(only(one).body.toString()).toBe('{"messages":[]}');
  });

  it('puts its model in a compressed body, which then goes on uncompressed', async () => {
    const answer = await post('/v1/chat/completions', gzipSync('{"model":"fast","messages":[]}'), {
      'content-encoding': 'gzip',
    });
    expect(answer.status).toBe(200);
    expect(only(one).headers).not.toHaveProperty('content-encoding');
    expect(only(one).body.toString()).toBe('{"model":"real-\\"1\\"","messages":[]}');
  });

  it('without a model of its own leaves a compressed body as it is', async () => {
    const body = gzipSync('{"model":"try-1","messages":[]}');
    await post('/v1/chat/completions', body, { 'content-encoding': 'gzip' });
    expect(only(one).body.equals(body)).toBe(true);
    expect(only(one).headers['content-encoding']).toBe('gzip');
  });

  it('by consumer matches that consumer alone', async () => {
    await post('/v1/embeddings', { model: 'e', input: 'x' });
    expect([one.seen.length, two.seen.length]).toEqual([0, 1]);
  });

  it('that asks for the model refuses a body that cannot be read', async () => {
    const answer = await post('/v1/chat/completions', '{"model":"fast",');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
    expect([...one.seen, ...two.seen]).toEqual([]);
  });

  it('that asks for the model does not concern the upload of a file, which has none', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const form = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b--\r\n';
    const answer = await post('/v1/files', form, headers);
    expect(answer.headers['x-weir-code']).not.toBe('weir_opaque_request');
  });

  it('does not concern a request whose path names a provider', async () => {
    await post('/two/v1/chat/completions', { ...CHAT, model: 'fast' });
    expect(JSON.parse(only(two).body.toString())).toMatchObject({ model: 'fast' });
  });
});

const status =
  (code: number): Answerer =>
  (_, response) =>
    response
      // At once again: one test's limit is not the next one's.
      .writeHead(code, { 'content-type': 'application/json', 'retry-after': '0' })
      .end(`{"error":{"message":"no ${code}"}}`);

describe('the next target is asked', () => {
  it.each<[string, string, Answerer, string, number | null]>([
    ['429', 'try-1', status(429), 'status_429', 429],
    ['500', 'try-1', status(500), 'status_500', 500],
    ['503', 'try-1', status(503), 'status_503', 503],
    ['529', 'try-1', status(529), 'status_529', 529],
    ['a refused connection', 'no-connect', OK, 'weir_connect_failed', null],
    ['no answer in time', 'no-answer', OK, 'weir_first_byte_timeout', null],
    [
      'a connection that breaks before its answer',
      'try-1',
      request => request.socket.destroy(),
      'weir_upstream_broke',
      null,
    ],
    [
      'a large error that is still coming',
      'try-1',
      (_, response) => {
        response.writeHead(502).write('x'.repeat(100_000));
      },
      'status_502',
      502,
    ],
  ])('after %s, and the record says why', async (_, model, answerer, error, code) => {
    first = answerer;
    const answer = await chat(gateway, { model });
    expect([answer.status, answer.body.toString()]).toEqual([200, '{"two":2}']);
    const record = await gateway.record(answer);
    expect(record).toMatchObject({ outcome: 'served', status: 200, error: null });
    // On a connection that has served before, a close at once may have crossed the request: that is asked once more.
    const again = record.attempts.length === 3 && error === 'weir_upstream_broke';
    const tried = { error, status: code, total_ms: expect.any(Number) };
    expect(record.attempts).toMatchObject([
      tried,
      ...(again ? [tried] : []),
      { target: 'two', error: null, status: 200 },
    ]);
    expect(record.steps.filter(step => step.code === 'next_target')).toMatchObject([
      { phase: 'forward', kind: 'route', evidence: { why: error, target: 'two' } },
    ]);
    expect(record.ai.provider).toBe('two');
  });

  it('with its own model', async () => {
    first = status(500);
    const answer = await chat(gateway, { model: 'fast' });
    expect(JSON.parse(only(one).body.toString())).toMatchObject({ model: 'real-"1"' });
    expect(JSON.parse(only(two).body.toString())).toEqual({ ...CHAT, model: 'real-2' });
    expect((await gateway.record(answer)).attempts.map(({ target }) => target)).toEqual([
      'one/real-"1"',
      'two/real-2',
    ]);
  });

  it('in order, until one answers', async () => {
    first = status(503);
    const answer = await chat(gateway, { model: 'three' });
    expect(answer.body.toString()).toBe('{"two":2}');
    const { attempts } = await gateway.record(answer);
    expect(attempts.map(({ target, error }) => [target, error])).toEqual([
      ['refused', 'weir_connect_failed'],
      ['one', 'status_503'],
      ['two', null],
    ]);
    const starts = attempts.map(attempt => attempt.started_ms);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  });

  it('and the last one’s answer passes whatever it is', async () => {
    first = status(503);
    const answer = await chat(gateway, { model: 'all-bad' });
    expect([answer.status, answer.body.toString()]).toEqual([503, '{"error":{"message":"no 503"}}']);
    expect(answer.headers).not.toHaveProperty('x-weir-code');
    expect(await gateway.record(answer)).toMatchObject({ outcome: 'served', status: 503 });
  });

  it('where a streamed upload has not begun to come', async () => {
    const head =
      'POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 4\r\n\r\n';
    const socket = net.connect(gateway.port, '127.0.0.1');
    let text = '';
    socket.on('data', chunk => {
      text += String(chunk);
    });
    socket.write(head);
    const attempts = async (): Promise<number> => {
      const page = (await gateway.admin('/api/requests?limit=1')) as { items: RequestRecord[] };
      return page.items[0]?.request.path === '/v1/files' ? page.items[0].attempts.length : 0;
    };
    await until(async () => (await attempts()) === 2, 'the second attempt');
    socket.write('abcd');
    await until(() => text.includes('{"two":2}'), 'the answer');
    socket.destroy();
    expect(only(two).body.toString()).toBe('abcd');
  });
});

describe('the next target is never asked', () => {
  it.each([400, 401, 403, 404, 408, 409, 413, 422])('after %i, which is the caller’s own', async code => {
    first = status(code);
    const answer = await chat(gateway, { model: 'try-1' });
    expect([answer.status, two.seen.length]).toEqual([code, 0]);
    expect((await gateway.record(answer)).attempts).toHaveLength(1);
  });

  it('after a byte went out', async () => {
    first = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\n', () => setTimeout(() => request.socket.destroy(), 50));
    };
    const answer = await chat(gateway, { model: 'try-1', stream: true });
    expect([answer.status, answer.broken, two.seen.length]).toEqual([200, true, 0]);
    expect(await gateway.record(answer)).toMatchObject({
      outcome: 'failed',
      error: { code: 'weir_upstream_broke', source: 'provider' },
      attempts: [{ target: 'one', error: 'weir_upstream_broke' }],
    });
  });

  it('for an upload that was streamed on', async () => {
    first = status(503);
    const answer = await send(`${gateway.url}/v1/audio/transcriptions`, {
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--\r\n',
    });
    expect([answer.status, only(one).body.length > 0, two.seen.length]).toEqual([503, true, 0]);
    expect((await gateway.record(answer)).ai).toMatchObject({ api: 'openai.audio', model: 'whisper-1' });
  });

  it('for a client that is gone', async () => {
    let fail: () => void = () => undefined;
    const came = new Promise<void>(resolve => {
      first = (_, response) => {
        fail = () => response.writeHead(503).end();
        resolve();
      };
    });
    const body = JSON.stringify({ ...CHAT, model: 'try-gone' });
    const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const left = sendRaw(gateway.port, request, 50, 200);
    await came;
    await left;
    const record = await gateway.newest(({ ai }) => ai.model === 'try-gone');
    fail();
    expect(record).toMatchObject({ outcome: 'aborted', error: { code: 'weir_client_closed' } });
    expect((await chat(gateway, { model: 'no-connect' })).status).toBe(200);
    expect(two.seen).toHaveLength(1);
  });
});

/** All answers to requests on one connection, each sent when the head of the answer before has come. */
function oneAfterAnother(port: number, requests: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const waiting = [...requests];
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const next = (): void => {
      const request = waiting.shift();
      if (request === undefined) {
        socket.destroy();
        resolve(text);
      } else socket.write(request);
    };
    socket.on('connect', next);
    socket.on('data', chunk => {
      text += chunk.toString('latin1');
      if (text.endsWith('\r\n\r\n')) next();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
