// Input that is wrong in every way that is not about framing (refusals.test.ts): the answer is clear and in the caller's
// dialect, or the request passes as it is where nothing asks for what it holds. Either way there is a record.
import { deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  freePort,
  type RunningGateway,
  type RunningProvider,
  send,
  sendRaw,
  startGateway,
  startProvider,
  startSocketProvider,
} from './harness.js';

/** Serves anything: nothing asks what is in a body. */
let plain: RunningGateway;
/** Has a route that asks for the model. */
let strict: RunningGateway;
let provider: RunningProvider;
/** Sends `garbage` for whatever it is asked. */
let garbage: string | Buffer = '';

beforeAll(async () => {
  provider = await startProvider((_, response) => response.writeHead(400).end('theirs'));
  const broken = await startSocketProvider(socket => socket.once('data', () => socket.end(garbage)));
  const entry = (kind: string, url = provider.url) => `{ kind: ${kind}, base_url: "${url}", auth: none }`;
  const common = `
anonymous: allow
workers: 1
limits: { body_bytes: 1MiB, buffered_bytes: 4MiB, header_bytes: 8KiB }
providers:
  openai: ${entry('openai')}
  anthropic: ${entry('anthropic')}
  gemini: ${entry('gemini')}
  bedrock: ${entry('bedrock')}
  cohere: ${entry('cohere')}
  ollama: ${entry('ollama')}
  broken: ${entry('openai-compatible', broken.url)}
  unknown-host: ${entry('openai-compatible', 'http://nowhere.invalid')}
  closed-port: ${entry('openai-compatible', `http://127.0.0.1:${await freePort()}`)}
`;
  plain = await startGateway(common);
  strict = await startGateway(
    `${common}\nroutes:\n  - { match: { model: "a*" }, targets: [ { provider: openai } ] }\n`,
  );
});

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (
  gateway: RunningGateway,
  body: string | Buffer,
  headers: Record<string, string> = JSON_TYPE,
  path = '/v1/chat/completions',
) => send(gateway.url + path, { headers, body });

const deep = (n: number): string => `${'{"a":['.repeat(n)}${']}'.repeat(n)}`;

/** Bodies that no parser of the dialect reads. */
const UNREADABLE: [string, string | Buffer, Record<string, string>][] = [
  ['no JSON', 'hello', JSON_TYPE],
  ['JSON that is cut short', '{"model":"a","messages":[', JSON_TYPE],
  ['JSON with more behind it', '{"model":"a"}x', JSON_TYPE],
  ['an array', '[{"model":"a"}]', JSON_TYPE],
  ['a string', '"model"', JSON_TYPE],
  ['a number', '1', JSON_TYPE],
  ['white space', ' \r\n\t ', JSON_TYPE],
  [
    'a form under its own label',
    'model=a&messages=x',
    { 'content-type': 'application/x-www-form-urlencoded' },
  ],
  ['UTF-16', Buffer.from('{"model":"a"}', 'utf16le'), JSON_TYPE],
  ['NUL bytes', Buffer.alloc(1000), JSON_TYPE],
  ['a single quote style', "{'model':'a'}", JSON_TYPE],
  ['a trailing comma', '{"model":"a",}', JSON_TYPE],
  ['a comment', '{"model":"a"/* x */}', JSON_TYPE],
  ['gzip by label only', '{"model":"a"}', { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  [
    'gzip that is cut short',
    gzipSync('{"model":"a"}').subarray(0, 15),
    { ...JSON_TYPE, 'content-encoding': 'gzip' },
  ],
  ['gzip that is not JSON', gzipSync('hello'), { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ['deflate labelled as gzip', deflateSync('{"model":"a"}'), { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ['in an unknown encoding', '{"model":"a"}', { ...JSON_TYPE, 'content-encoding': 'lzma' }],
  [
    'gzip of more than limits.body_bytes',
    gzipSync(`{"x":"${'a'.repeat(2_000_000)}"}`),
    { ...JSON_TYPE, 'content-encoding': 'gzip' },
  ],
];

describe.each(UNREADABLE)('a body that is %s', (_, body, headers) => {
  it('passes as it is where nothing asks what it says, and the record says that it was not read', async () => {
    const answer = await post(plain, body, headers);
    expect([answer.status, answer.body.toString()]).toEqual([400, 'theirs']);
    expect(provider.seen.at(-1)?.body.equals(Buffer.from(body))).toBe(true);
    const record = await plain.record(answer);
    expect(record).toMatchObject({ outcome: 'served', ai: { api: 'openai.chat', model: null } });
    expect(record.steps.find(step => step.phase === 'identify')?.code).toBe('body_opaque');
  });

  it('is refused where a route asks for its model', async () => {
    const before = provider.seen.length;
    const answer = await post(strict, body, headers);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
    expect(provider.seen.length).toBe(before);
    expect(await strict.record(answer)).toMatchObject({
      outcome: 'blocked',
      status: 422,
      error: { source: 'client', code: 'weir_opaque_request' },
      attempts: [],
    });
  });
});

/** Odd, but readable: the model is known, the bytes stay. */
const ODD: [string, string | Buffer, Record<string, string>][] = [
  ['without a content type', '{"model":"abc"}', {}],
  ['as text/plain', '{"model":"abc"}', { 'content-type': 'text/plain' }],
  ['under a content type that is none', '{"model":"abc"}', { 'content-type': ';;;=' }],
  [
    'with bytes that are not UTF-8 in a string',
    Buffer.from('{"x":"\xff\xfe\xc3(","model":"abc"}', 'latin1'),
    JSON_TYPE,
  ],
  ['with lone surrogates', '{"x":"\\ud800","model":"abc"}', JSON_TYPE],
  ['nested 1,000 deep', `{"x":${deep(1000)},"model":"abc"}`, JSON_TYPE],
  ['with a number of 100,000 digits', `{"x":${'9'.repeat(100_000)},"model":"abc"}`, JSON_TYPE],
  [
    'with 20,000 keys',
    `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`).join()},"model":"abc"}`,
    JSON_TYPE,
  ],
  [
    'with keys of objects’ prototypes',
    '{"__proto__":{"model":"x"},"constructor":1,"model":"abc"}',
    JSON_TYPE,
  ],
  ['with empty keys', '{"":"","model":"abc","":{}}', JSON_TYPE],
  ['with white space of half a megabyte', `${' '.repeat(500_000)}{"model":"abc"}`, JSON_TYPE],
  ['gzip', gzipSync('{"model":"abc"}'), { ...JSON_TYPE, 'content-encoding': 'GZIP' }],
];

describe.each(ODD)('a body %s', (_, body, headers) => {
  it('is read, and passes byte for byte', async () => {
    const answer = await post(strict, body, headers);
    expect(answer.body.toString()).toBe('theirs');
    expect(provider.seen.at(-1)?.body.equals(Buffer.from(body))).toBe(true);
    expect((await strict.record(answer)).ai.model).toBe('abc');
  });
});

describe('a body', () => {
  it.each([100_000, 170_000])('nested %i deep does no harm, read or not', async depth => {
    const body = `{"x":${'['.repeat(depth)}${']'.repeat(depth)},"model":"abc"}`;
    const answer = await post(plain, body);
    expect(answer.body.toString()).toBe('theirs');
    expect((await plain.record(answer)).outcome).toBe('served');
  });

  it.each<[string, string]>([
    ['a model that is a number', '{"model":7}'],
    ['a model that is an object', '{"model":{"a":"b"}}'],
    ['a model that is null', '{"model":null}'],
    ['no model', '{}'],
  ])('with %s has no model', async (_, body) => {
    const answer = await post(strict, body);
    expect(answer.body.toString()).toBe('theirs');
    expect((await strict.record(answer)).ai.model).toBeNull();
  });

  it('that is empty passes as it is', async () => {
    const answer = await post(strict, '');
    expect([answer.body.toString(), provider.seen.at(-1)?.body.length]).toEqual(['theirs', 0]);
  });

  it('with a model of 100,000 characters neither breaks the record nor the page', async () => {
    const answer = await post(plain, JSON.stringify({ model: `<script>${'m'.repeat(100_000)}` }));
    expect(answer.body.toString()).toBe('theirs');
    expect(JSON.stringify(await plain.record(answer)).length).toBeLessThan(20_000);
    expect((await fetch(`${plain.adminUrl}/metrics`)).status).toBe(200);
  });

  it('with a model full of control characters is told in an answer that is still JSON', async () => {
    const answer = await post(
      strict,
      '{"model":"b\\u0000\\r\\n\\"x-evil: 1/","messages":[]}',
      JSON_TYPE,
      '/unknown/v1/x',
    );
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body.toString())).toHaveProperty('error');
    expect(answer.headers).not.toHaveProperty('x-evil');
  });

  it('that says it has 10 GB is refused before it comes', async () => {
    const { text } = await sendRaw(
      plain.port,
      'POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n{"model"',
    );
    expect(text).toContain('HTTP/1.1 413');
    expect(text).toContain('x-weir-code: weir_body_too_large');
    expect(text).toContain('10737418240');
    const record = await plain.record(/x-weir-request-id: (\S+)/.exec(text)?.[1] ?? '');
    expect(record).toMatchObject({ outcome: 'blocked', status: 413, error: { code: 'weir_body_too_large' } });
  });
});

describe('an unknown', () => {
  it.each(['/nobody/v1/chat/completions', '/openaii/v1/messages/x/y', '/v1', '/', '/x'])(
    'path %s is told what there is',
    async path => {
      const answer = await post(plain, '{"model":"a"}', JSON_TYPE, path);
      const known = answer.body.toString() === 'theirs';
      if (!known) {
        expect([answer.status, answer.headers['x-weir-code']]).toEqual([404, 'weir_no_route']);
        expect(answer.body.toString()).toContain('/openai');
      }
      expect((await plain.record(answer)).status).toBe(answer.status);
    },
  );

  it('model goes to the provider, whose answer is the caller’s', async () => {
    const answer = await post(plain, '{"model":"no-such-model"}');
    expect([answer.status, answer.body.toString()]).toEqual([400, 'theirs']);
  });

  it('method is passed on', async () => {
    const answer = await send(`${plain.url}/openai/v1/x`, { method: 'PURGE' });
    expect([answer.body.toString(), provider.seen.at(-1)?.method]).toEqual(['theirs', 'PURGE']);
  });
});

describe('an error is told in the dialect of', () => {
  const opaque = (path: string): Promise<Answer> => post(strict, 'no JSON', JSON_TYPE, path);

  it.each<[string, string, object]>([
    [
      'OpenAI',
      '/v1/chat/completions',
      {
        error: {
          type: 'invalid_request_error',
          code: 'weir_opaque_request',
          param: null,
          request_id: expect.any(String),
        },
      },
    ],
    [
      'Anthropic',
      '/v1/messages',
      { type: 'error', error: { type: 'invalid_request_error' }, request_id: expect.any(String) },
    ],
    ['Cohere', '/v2/chat', { message: expect.stringContaining('weir_opaque_request') }],
    ['Ollama', '/api/chat', { error: expect.stringContaining('weir_opaque_request') }],
  ])('%s', async (_, path, shape) => {
    const answer = await opaque(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([422, 'application/json']);
    expect(JSON.parse(answer.body.toString())).toMatchObject(shape);
    expect(answer.headers['x-should-retry']).toBe('false');
  });

  // Their paths tell the model, so that a body that is no JSON hides none; an unknown key is refused all the same.
  it.each<[string, string, object, string | undefined]>([
    [
      'Gemini',
      '/v1beta/models/m:embedContent',
      { error: { code: 401, status: 'UNAUTHENTICATED', details: [{ reason: 'weir_invalid_key' }] } },
      undefined,
    ],
    [
      'Bedrock',
      '/model/m/converse',
      { message: expect.stringContaining('weir_invalid_key') },
      'UnrecognizedClientException',
    ],
  ])('%s', async (_, path, shape, type) => {
    const answer = await post(strict, '{}', { ...JSON_TYPE, 'x-weir-key': 'weir_unknown' }, path);
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/json']);
    expect(JSON.parse(answer.body.toString())).toMatchObject(shape);
    expect(answer.headers['x-amzn-errortype']).toBe(type);
    expect(answer.headers['x-should-retry']).toBe('false');
  });
});

describe('a provider that answers', () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
  it.each<[string, string | Buffer]>([
    ['something else than HTTP', 'SSH-2.0-OpenSSH_9\r\n'],
    ['random bytes', Buffer.alloc(500, 0xa5)],
    ['HTTP/0.9', '<html>hello</html>'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a header without a colon', `${head}nonsense\r\n\r\n`],
    ['both framings', `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${head}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`],
    ['a negative length', `${head}content-length: -2\r\n\r\n`],
    ['a head of 100 KB', `${head}x-long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['a NUL in a header', `${head}x-nul: a\0b\r\n\r\n`],
  ])('%s is 502 weir_upstream_garbage', async (_, bytes) => {
    garbage = bytes;
    const answer = await post(plain, '{"model":"m"}', JSON_TYPE, '/broken/v1/chat/completions');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([502, 'weir_upstream_garbage']);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { type: 'server_error' } });
    expect(await plain.record(answer)).toMatchObject({
      outcome: 'failed',
      error: { source: 'provider', code: 'weir_upstream_garbage' },
      attempts: [{ target: 'broken', error: 'weir_upstream_garbage' }],
    });
  });

  it.each<[string, string]>([
    ['nothing at all', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-'],
  ])('%s is 502 weir_upstream_broke', async (_, bytes) => {
    garbage = bytes;
    const answer = await post(plain, '{"model":"m"}', JSON_TYPE, '/broken/v1/chat/completions');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([502, 'weir_upstream_broke']);
  });

  it.each<[string, string]>([
    ['less than it promised', `${head}content-length: 100\r\n\r\n{"a":1`],
    ['a chunked body without its end', `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`],
    ['a chunk size that is none', `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\nzz\r\n`],
  ])('%s gives an answer that does not look whole', async (_, bytes) => {
    garbage = bytes;
    const answer = await post(plain, '{"model":"m"}', JSON_TYPE, '/broken/v1/chat/completions');
    // What came first may have gone out already, or the whole of it came too late to say so.
    if (answer.status === 200) expect(answer.broken).toBe(true);
    else expect(answer.status).toBe(502);
    expect(await plain.record(answer)).toMatchObject({ outcome: 'failed', error: { source: 'provider' } });
  });

  it.each<[string, string]>([
    ['headers that split the answer', `${head}x-a: b\rx-evil: 1\r\ncontent-length: 2\r\n\r\n{}`],
    ['a status of 999', 'HTTP/1.1 999 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['a reason of control characters', 'HTTP/1.1 200 \x01\x02\r\ncontent-length: 2\r\n\r\n{}'],
    ['early hints first', `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${head}content-length: 2\r\n\r\n{}`],
    [
      'a switch of protocols nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    [
      'Latin-1 in a header',
      Buffer.from(`${head}x-l: caf\xe9\r\ncontent-length: 2\r\n\r\n{}`, 'latin1').toString('latin1'),
    ],
  ])('%s gives one whole answer and harms nobody', async (_, bytes) => {
    garbage = Buffer.from(bytes, 'latin1');
    const { text } = await sendRaw(plain.port, 'GET /broken/v1/x HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(text).not.toMatch(/^x-evil/m);
    expect((await send(`${plain.url}/weir/healthz`)).status).toBe(200);
  });
});

describe('a provider that is not there', () => {
  it.each(['unknown-host', 'closed-port'])('(%s) is 502 weir_connect_failed, naming it', async name => {
    const answer = await post(plain, '{"model":"m"}', JSON_TYPE, `/${name}/v1/chat/completions`);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([502, 'weir_connect_failed']);
    expect(answer.body.toString()).toContain(name);
  });
});

it('nothing of all this was Weir’s own fault', () => {
  for (const gateway of [plain, strict]) {
    expect(gateway.output()).not.toContain('internal error');
    expect(gateway.process.exitCode).toBeNull();
  }
});
