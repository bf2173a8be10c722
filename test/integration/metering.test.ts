// What a record says of tokens, whatever the framing of the answer, how it is compressed and how it ends.
import net from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Answerer,
  chat,
  type RunningGateway,
  send,
  startGateway,
  startProvider,
} from './harness.js';

let answer: Answerer;
let gateway: RunningGateway;

beforeAll(async () => {
  const provider = await startProvider((...all) => answer(...all));
  const scripted = (kind: string) =>
    `{ kind: ${kind}, base_url: "${provider.url}", auth: none, usage_opt_in: never }`;
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  gemini: { base_url: "simulator:" }
  bedrock: { base_url: "simulator:", region: us-east-1 }
  cohere: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
  scripted: ${scripted('openai-compatible')}
  scripted-claude: ${scripted('anthropic')}
  scripted-bedrock: { kind: bedrock, base_url: "${provider.url}", auth: none, region: us-east-1 }
`);
});

const SIM = { 'content-type': 'application/json', 'x-weir-sim': 'tokens=12;seed=3' };
const post = (path: string, body: unknown, headers: Record<string, string> = SIM): Promise<Answer> =>
  send(gateway.url + path, { headers, body: JSON.stringify(body) });

const MESSAGES = [{ role: 'user', content: 'count me' }];
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'count me' }] }] };

describe('the simulator’s usage is in the record', () => {
  it.each<[string, string, unknown, RegExp]>([
    ['OpenAI, plain JSON', '/v1/chat/completions', { model: 'm', messages: MESSAGES }, /^application\/json/],
    ['OpenAI, SSE', '/v1/chat/completions', { model: 'm', messages: MESSAGES, stream: true }, /event-stream/],
    [
      'OpenAI Responses, SSE',
      '/v1/responses',
      { model: 'm', input: 'count me', stream: true },
      /event-stream/,
    ],
    [
      'Anthropic, plain JSON',
      '/v1/messages',
      { model: 'm', max_tokens: 99, messages: MESSAGES },
      /^application\/json/,
    ],
    [
      'Anthropic, SSE',
      '/v1/messages',
      { model: 'm', max_tokens: 99, messages: MESSAGES, stream: true },
      /event-stream/,
    ],
    ['Gemini, plain JSON', '/v1beta/models/m:generateContent', CONTENTS, /^application\/json/],
    ['Gemini, SSE', '/v1beta/models/m:streamGenerateContent?alt=sse', CONTENTS, /event-stream/],
    ['Gemini, a JSON array', '/v1beta/models/m:streamGenerateContent', CONTENTS, /^application\/json/],
    [
      'Bedrock, an event stream',
      '/model/m/converse-stream',
      { messages: [{ role: 'user', content: [{ text: 'count me' }] }] },
      /amazon\.eventstream/,
    ],
    ['Cohere, SSE', '/v2/chat', { model: 'm', messages: MESSAGES, stream: true }, /event-stream/],
    ['Ollama, NDJSON', '/api/chat', { model: 'm', messages: MESSAGES }, /ndjson/],
  ])('%s', async (_, path, body, type) => {
    const got = await post(path, body);
    expect([got.status, got.headers['content-type']]).toEqual([200, expect.stringMatching(type)]);
    const { usage, attempts, outcome } = await gateway.record(got);
    expect(outcome).toBe('served');
    expect(usage).toMatchObject({ output_tokens: 12, source: 'provider' });
    expect(usage.input_tokens).toBeGreaterThan(0);
    expect(usage.raw).not.toBeNull();
    expect(attempts).toMatchObject([{ status: 200, usage: { output_tokens: 12 } }]);
  });

  it('and counts the same for a stream and for a whole answer', async () => {
    const body = { model: 'm', messages: MESSAGES };
    const whole = (await gateway.record(await post('/v1/chat/completions', body))).usage;
    const stream = (await gateway.record(await post('/v1/chat/completions', { ...body, stream: true })))
      .usage;
    expect([stream.input_tokens, stream.output_tokens]).toEqual([whole.input_tokens, whole.output_tokens]);
  });

  it('unless the provider sends none: then it is Weir’s, and what Weir cannot count is null, never 0', async () => {
    for (const stream of [true, false]) {
      const got = await post(
        '/v1/chat/completions',
        { model: 'm', messages: MESSAGES, stream },
        { ...SIM, 'x-weir-sim': 'usage=none;tokens=5' },
      );
      expect((await gateway.record(got)).usage).toMatchObject({
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        cached_input_tokens: null,
        reasoning_tokens: null,
        source: 'estimated',
        raw: null,
      });
    }
  });
});

const USAGE = { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 0 } };
const JSON_BODY = JSON.stringify({ id: 'c', model: 'm-2026', choices: [], usage: USAGE });
const NUMBERS = { input_tokens: 10, output_tokens: 4, cached_input_tokens: 0, source: 'provider' };

const ask = (name = 'scripted', more: object = {}) => chat(gateway, { model: `${name}/m`, ...more });

describe('a compressed answer', () => {
  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s passes byte for byte and is read all the same', async (encoding, compress) => {
    const body = compress(JSON_BODY);
    answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body);
    const got = await ask();
    expect(got.body.equals(body)).toBe(true);
    expect(got.headers['content-encoding']).toBe(encoding);
    const record = await gateway.record(got);
    expect(record.usage).toMatchObject(NUMBERS);
    expect(record.ai.model_served).toBe('m-2026');
  });

  it.each<[string, Buffer]>([
    ['is no gzip at all', Buffer.from('plainly not gzip')],
    ['is cut short', gzipSync(JSON_BODY.repeat(50)).subarray(0, 60)],
    ['is broken inside', Buffer.concat([gzipSync(JSON_BODY).subarray(0, 40), Buffer.alloc(30, 7)])],
  ])('that %s passes too, and its usage is not known', async (_, body) => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
    const got = await ask();
    expect([got.status, got.body.equals(body)]).toEqual([200, true]);
    expect(await gateway.record(got)).toMatchObject({ outcome: 'served', usage: { output_tokens: null } });
  });

  it('in an encoding that Weir does not know passes, and its usage is not known', async () => {
    const body = Buffer.from(JSON_BODY).map(byte => byte ^ 0xff);
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'compress' }).end(body);
    const got = await ask();
    expect(got.body.equals(body)).toBe(true);
    expect((await gateway.record(got)).usage).toMatchObject({ source: 'none' });
  });
});

describe('an answer with a wrong label', () => {
  const sse = `data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: ${JSON_BODY}\n\ndata: [DONE]\n\n`;

  it.each<[string, string, string]>([
    ['an event stream as JSON', 'application/json', sse],
    ['JSON as an event stream', 'text/event-stream', JSON_BODY],
    ['JSON as text', 'text/plain', JSON_BODY],
    ['an event stream with a byte-order mark', 'text/event-stream', `\ufeff${sse}`],
    ['an event stream with CR line ends', 'text/event-stream', sse.replaceAll('\n', '\r')],
  ])('%s is read for what it is', async (_, type, body) => {
    answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(body);
    const got = await ask();
    expect(got.body.toString()).toBe(body);
    expect((await gateway.record(got)).usage).toMatchObject(NUMBERS);
  });

  it.each<[string, string]>([
    ['HTML', '<html><body>usage: 7</body></html>'],
    ['a number', '42'],
    ['nothing', ''],
    ['brackets nested 100,000 deep', '['.repeat(100_000)],
    ['bytes that are not UTF-8', '{"usage":{"prompt_tokens":"\xff\xfe"}}'],
    ['numbers that are none', '{"usage":{"prompt_tokens":-5,"completion_tokens":1e999}}'],
  ])('%s instead of an answer passes as it is and adds no tokens', async (_, text) => {
    const body = Buffer.from(text, 'latin1');
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    const got = await ask();
    expect([got.status, got.body.equals(body)]).toEqual([200, true]);
    const { usage, outcome } = await gateway.record(got);
    expect([outcome, usage.input_tokens, usage.output_tokens]).toEqual(['served', null, null]);
  });

  it('a model’s answer that is cut short adds its prompt alone', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON_BODY.slice(0, 40));
    const { usage } = await gateway.record(await ask());
    expect([usage.sources, usage.output_tokens]).toEqual([{ input: 'estimated', output: 'none' }, null]);
  });

  it('an event stream whose frames do not add up passes as it is and adds no tokens', async () => {
    const body = Buffer.alloc(200, 9);
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(body);
    const got = await send(`${gateway.url}/scripted-bedrock/model/m/converse-stream`, {
      body: '{"messages":[]}',
    });
    expect([got.status, got.body.equals(body)]).toEqual([200, true]);
    expect((await gateway.record(got)).usage).toMatchObject({ output_tokens: null });
  });
});

describe('an answer that is an error', () => {
  it.each([400, 401, 404, 429, 500, 529])('%i passes and its message is in the record', async status => {
    const body = JSON.stringify({ error: { type: 'x', message: 'the model is asleep' } });
    answer = (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    const got = await ask();
    expect([got.status, got.body.toString()]).toEqual([status, body]);
    expect(await gateway.record(got)).toMatchObject({
      outcome: 'served',
      status,
      error: { source: 'provider', code: 'weir_provider_error', message: 'the model is asleep' },
      attempts: [{ status, error: 'the model is asleep' }],
      usage: { source: 'none' },
    });
  });

  it('inside a stream of 200 is in the record beside the usage so far', async () => {
    const events =
      'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":9,"output_tokens":1}}}\n\n' +
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events);
    const got = await send(`${gateway.url}/scripted-claude/v1/messages`, {
      body: '{"model":"m","max_tokens":5,"messages":[],"stream":true}',
    });
    expect(got.body.toString()).toBe(events);
    expect(await gateway.record(got)).toMatchObject({
      outcome: 'served',
      error: { source: 'provider', message: 'Overloaded' },
      ai: { model_served: 'claude-x' },
      usage: { input_tokens: 9, output_tokens: 1 },
    });
  });
});

describe('a stream that does not end well', () => {
  const start =
    'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\n';
  const body = '{"model":"gone","max_tokens":5,"messages":[],"stream":true}';
  const path = '/scripted-claude/v1/messages';

  it('because the client left is aborted, with what was seen', async () => {
    let closed: () => void = () => undefined;
    const upstreamClosed = new Promise<void>(resolve => {
      closed = resolve;
    });
    answer = (_, response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(start);
    };
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await new Promise(resolve => socket.once('data', resolve));
    socket.destroy();
    await upstreamClosed;
    expect(await gateway.newest(({ ai }) => ai.model === 'gone')).toMatchObject({
      outcome: 'aborted',
      error: { source: 'client', code: 'weir_client_closed' },
      usage: { input_tokens: 9, output_tokens: 1 },
    });
  });

  it('because the provider broke is failed, with what was seen', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(start, () => setTimeout(() => request.socket.destroy(), 50));
    };
    const got = await send(gateway.url + path, { body });
    expect(got.broken).toBe(true);
    expect(got.body.toString()).toContain('event: error');
    expect(await gateway.record(got)).toMatchObject({
      outcome: 'failed',
      error: { source: 'provider', code: 'weir_upstream_broke' },
      usage: { input_tokens: 9, output_tokens: 1 },
    });
  });
});

describe('traffic that is not of an AI api', () => {
  it('is forwarded, recorded and not metered', async () => {
    answer = (_, response) => response.end(JSON_BODY);
    const got = await send(`${gateway.url}/scripted/v1/unknown/path`, { body: 'x' });
    expect(await gateway.record(got)).toMatchObject({ outcome: 'served', ai: { api: 'other' } });
  });
});
