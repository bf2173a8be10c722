// usage_opt_in: Weir asks for the usage chunk where the caller left it open and the provider takes the question, and takes
// the chunk out again; what the provider refuses is asked once more without, and not offered again.
import type http from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  chat,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from './harness.js';

const TEXT =
  'data: {"id":"c","model":"m-1","choices":[{"index":0,"delta":{"content":"hé"}}],"usage":null}\n\n';
const EMPTY = 'data: {"id":"c","model":"m-1","choices":[],"prompt_filter_results":[],"usage":null}\n\n';
const STOP = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n';
const USAGE =
  'data: {"id":"c","model":"m-1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}\n\n';
const DONE = 'data: [DONE]\n\n';
const SSE = { 'content-type': 'text/event-stream' };

let answer: (response: http.ServerResponse, body: Record<string, unknown>) => void;
let provider: RunningProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startProvider((_, response, body) => {
    answer(response, JSON.parse(body.toString() || '{}') as Record<string, unknown>);
  });
  const entry = (kind: string, more = '') =>
    `{ kind: ${kind}, base_url: "${provider.url}", auth: none${more} }`;
  const names = Array.from({ length: 9 }, (_, i) => `  fresh-${i}: ${entry('openai-compatible')}`);
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: ${entry('openai')}
  groq: ${entry('groq')}
  groq-always: ${entry('groq', ', usage_opt_in: always')}
  openai-never: ${entry('openai', ', usage_opt_in: never')}
${names.join('\n')}
routes:
  - { match: { model: two }, targets: [ { provider: fresh-7, model: first }, { provider: fresh-8, model: second } ] }
`);
});

beforeEach(() => {
  provider.seen.length = 0;
  answer = (response, body) => {
    const { include_usage: asked } = (body.stream_options ?? {}) as { include_usage?: boolean };
    response.writeHead(200, SSE).end(TEXT + EMPTY + STOP + (asked === true ? USAGE : '') + DONE);
  };
});

const at = (name: string, more: object = {}): Promise<Answer> =>
  chat(gateway, { model: `${name}/m`, ...more });
const streamed = { stream: true };
const sent = (i = 0) => JSON.parse(provider.seen[i]?.body.toString() ?? '{}') as Record<string, unknown>;

async function optInSteps(of: Answer): Promise<string[]> {
  const { steps } = await gateway.record(of);
  return steps.filter(step => step.kind === 'usage_opt_in').map(step => step.code);
}

describe('the option is', () => {
  it.each([
    ['openai', 'auto'],
    ['fresh-0', 'auto, any server of the same kind'],
    ['groq-always', 'always'],
  ])('added for %s (%s): the record knows the usage, the caller sees no extra chunk', async name => {
    const got = await at(name, streamed);
    expect(sent()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(got.body.toString()).toBe(TEXT + EMPTY + STOP + DONE);
    expect(await optInSteps(got)).toEqual(['usage_opt_in_added']);
    expect((await gateway.record(got)).usage).toMatchObject({
      input_tokens: 7,
      output_tokens: 5,
      source: 'provider',
    });
  });

  it.each<[string, string, object]>([
    ['where the table says it comes unasked', 'groq', streamed],
    ['where it is switched off', 'openai-never', streamed],
    ['for an answer that is no stream', 'openai', {}],
    ['for `stream: false`', 'openai', { stream: false }],
    ['where the caller said no', 'openai', { stream: true, stream_options: { include_usage: false } }],
  ])('not added %s', async (_, name, more) => {
    const got = await at(name, more);
    expect(sent()).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hello' }], ...more });
    expect(got.body.toString()).toBe(TEXT + EMPTY + STOP + DONE);
    expect(await optInSteps(got)).toEqual([]);
  });

  it('not added on other apis', async () => {
    for (const path of ['/openai/v1/responses', '/openai/v1/embeddings', '/openai/v1/x']) {
      await send(gateway.url + path, { body: '{"model":"m","stream":true}' });
    }
    expect(provider.seen.map(({ body }) => body.toString())).toEqual(
      Array(3).fill('{"model":"m","stream":true}'),
    );
  });

  it('added to legacy completions too', async () => {
    await send(`${gateway.url}/openai/v1/completions`, { body: '{"model":"m","stream":true}' });
    expect(sent()).toMatchObject({ stream_options: { include_usage: true } });
  });

  it('left to the caller who asked himself, who keeps his chunk', async () => {
    const got = await at('openai', { stream: true, stream_options: { include_usage: true } });
    expect(got.body.toString()).toBe(TEXT + EMPTY + STOP + USAGE + DONE);
    expect(await optInSteps(got)).toEqual([]);
    expect((await gateway.record(got)).usage).toMatchObject({ input_tokens: 7, output_tokens: 5 });
  });

  it.each([
    [
      '{"stream":true,"model":"openai/m"  }',
      '{"stream":true,"model":"m"  ,"stream_options":{"include_usage":true}}',
    ],
    [
      '{"stream_options":{},"model":"openai/m","stream":true}\n',
      '{"stream_options":{"include_usage":true},"model":"m","stream":true}\n',
    ],
    [
      '{"model":"openai/m","stream":true,"stream_options": { "x":[{}] } }',
      '{"model":"m","stream":true,"stream_options": {"include_usage":true, "x":[{}] } }',
    ],
    [
      '{"stream":true,"messages":[{"content":"}\\"stream_options\\":{"}],"model":"openai/m"}',
      '{"stream":true,"messages":[{"content":"}\\"stream_options\\":{"}],"model":"m","stream_options":{"include_usage":true}}',
    ],
  ])('spliced into %s, beside a new model', async (body, wanted) => {
    await send(`${gateway.url}/v1/chat/completions`, { body });
    expect(provider.seen[0]?.body.toString()).toBe(wanted);
  });

  it('spliced into a compressed body, which then goes on as it reads', async () => {
    const body = gzipSync('{"model":"m","stream":true}');
    await send(`${gateway.url}/openai/v1/chat/completions`, {
      headers: { 'content-encoding': 'gzip' },
      body,
    });
    expect(provider.seen[0]?.headers).not.toHaveProperty('content-encoding');
    expect(sent()).toEqual({ model: 'm', stream: true, stream_options: { include_usage: true } });
  });
});

describe('the extra chunk is taken out', () => {
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
  const inPieces = (pieces: readonly (string | Buffer)[]) => {
    answer = response => {
      response.writeHead(200, SSE);
      response.socket?.setNoDelay(true);
      let next = 0;
      const more = (): void => {
        const piece = pieces[next++];
        if (piece === undefined) response.end();
        else response.write(piece, () => setImmediate(more));
      };
      more();
    };
  };
  const whole = TEXT + EMPTY + STOP + USAGE + DONE;

  it.each<[string, readonly (string | Buffer)[]]>([
    ['byte by byte', [...Buffer.from(whole)].map(byte => Buffer.from([byte]))],
    [
      'split inside its "choices"',
      [whole.slice(0, whole.indexOf(USAGE) + 50), whole.slice(whole.indexOf(USAGE) + 50)],
    ],
    [
      'split inside its blank line',
      [whole.slice(0, whole.indexOf(DONE) - 1), whole.slice(whole.indexOf(DONE) - 1)],
    ],
    ['in one piece', [whole]],
  ])('%s', async (_, pieces) => {
    inPieces(pieces);
    const got = await at('openai', streamed);
    expect(got.body.toString()).toBe(TEXT + EMPTY + STOP + DONE);
    expect((await gateway.record(got)).usage).toMatchObject({ input_tokens: 7, output_tokens: 5 });
  });

  it('with CRLF, between a CR and its LF', async () => {
    const text = crlf(whole);
    const split = text.indexOf(crlf(DONE)) - 1;
    inPieces([text.slice(0, split), text.slice(split)]);
    const got = await at('openai', streamed);
    expect(got.body.toString()).toBe(crlf(TEXT + EMPTY + STOP + DONE));
  });

  it('as the last event, without a blank line or [DONE]', async () => {
    inPieces([TEXT + USAGE.trimEnd()]);
    const got = await at('openai', streamed);
    expect(got.body.toString()).toBe(TEXT);
    expect((await gateway.record(got)).usage).toMatchObject({ input_tokens: 7 });
  });

  it('and nothing else: a usage beside choices, an empty choices without usage, comments, text that quotes it', async () => {
    const odd =
      ': keep-alive\n\n' +
      'data: {"choices":[{"delta":{"content":"\\"choices\\":[],\\"usage\\":{}"}}],"usage":{"prompt_tokens":7}}\n\n' +
      'data: {"choices":[],"usage":null}\n\n' +
      'data: {"error":{"message":"m"},"choices":[]}\n\n' +
      'event: x\ndata: not json "choices":[] "usage":{}\n\n';
    inPieces([odd + USAGE + DONE]);
    expect((await at('openai', streamed)).body.toString()).toBe(odd + DONE);
  });

  it('not from an answer that is plain JSON all the same', async () => {
    const json = '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}';
    answer = response => response.writeHead(200, { 'content-type': 'application/json' }).end(json);
    const got = await at('openai', streamed);
    expect(got.body.toString()).toBe(json);
    expect((await gateway.record(got)).usage).toMatchObject({ input_tokens: 7, output_tokens: 5 });
  });

  it('not from a compressed answer, which passes byte for byte and is read all the same', async () => {
    const zipped = gzipSync(whole);
    answer = response => response.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end(zipped);
    const got = await at('openai', streamed);
    expect(gunzipSync(got.body).toString()).toBe(whole);
    expect(got.body.equals(zipped)).toBe(true);
    expect((await gateway.record(got)).usage).toMatchObject({ input_tokens: 7, output_tokens: 5 });
  });

  it('from a stream that declared its length, whose length is told no longer', async () => {
    answer = response =>
      response.writeHead(200, { ...SSE, 'content-length': Buffer.byteLength(whole) }).end(whole);
    const got = await at('openai', streamed);
    expect([got.body.toString(), got.broken]).toEqual([TEXT + EMPTY + STOP + DONE, false]);
    expect([undefined, String(got.body.length)]).toContain(got.headers['content-length']);
  });
});

describe('a provider that refuses the option', () => {
  const strict =
    (
      status: number,
      encode: (text: string) => Buffer = Buffer.from,
      headers: http.OutgoingHttpHeaders = {},
    ) =>
    (response: http.ServerResponse, body: Record<string, unknown>): void => {
      if (body.stream_options === undefined) {
        response.writeHead(200, SSE).end(TEXT + STOP + DONE);
        return;
      }
      const text = '{"error":{"message":"Unrecognized request argument supplied: stream_options"}}';
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(encode(text));
    };

  it.each<[string, number, string, ReturnType<typeof strict>]>([
    ['with 400', 400, 'fresh-1', strict(400)],
    ['with 422', 422, 'fresh-2', strict(422)],
    ['in a compressed answer', 400, 'fresh-3', strict(400, gzipSync, { 'content-encoding': 'gzip' })],
  ])('%s is asked once more without it, and never offered it again', async (_, status, name, refusing) => {
    answer = refusing;
    const got = await at(name, streamed);
    expect([got.status, got.body.toString()]).toEqual([200, TEXT + STOP + DONE]);
    expect(provider.seen).toHaveLength(2);
    expect([sent(0).stream_options, sent(1).stream_options]).toEqual([{ include_usage: true }, undefined]);
    expect(await optInSteps(got)).toEqual(['usage_opt_in_added', 'usage_opt_in_refused']);
    const record = await gateway.record(got);
    expect(record.attempts).toMatchObject([
      { status, error: 'usage_opt_in_refused', total_ms: expect.any(Number) },
      { status: 200, error: null },
    ]);
    expect(record).toMatchObject({ outcome: 'served', error: null, usage: { source: 'estimated' } });
    const again = await at(name, streamed);
    expect([again.status, provider.seen.length, sent(2).stream_options]).toEqual([200, 3, undefined]);
    expect(await optInSteps(again)).toEqual([]);
  });

  it.each([400, 422])('another %i passes untouched and changes nothing', async status => {
    const text = '{"error":{"message":"messages: too long"}}';
    answer = response =>
      response.writeHead(status, { 'content-type': 'application/json', 'x-theirs': '1' }).end(text);
    const got = await at('fresh-4', streamed);
    expect([got.status, got.body.toString(), got.headers['x-theirs']]).toEqual([status, text, '1']);
    expect(provider.seen).toHaveLength(1);
    await at('fresh-4', streamed);
    expect(sent(1)).toHaveProperty('stream_options');
  });

  it('a long 400 is no refusal of an option and passes whole', async () => {
    const text = `{"error":{"message":"stream_options${'x'.repeat(300_000)}"}}`;
    answer = response => response.writeHead(400, { 'content-type': 'application/json' }).end(text);
    const got = await at('fresh-5', streamed);
    expect([got.status, got.body.length, provider.seen.length]).toEqual([400, text.length, 1]);
  });

  it('a 400 that names the option where Weir added nothing is the caller’s own', async () => {
    answer = strict(400);
    const got = await at('fresh-6', { stream: true, stream_options: { include_usage: true } });
    expect([got.status, provider.seen.length]).toEqual([400, 1]);
    expect((await gateway.record(got)).attempts).toHaveLength(1);
  });

  it('and then fails is followed by the next target, which is offered it anew', async () => {
    let calls = 0;
    answer = (response, body) => {
      calls++;
      if (body.model === 'first' && body.stream_options !== undefined) strict(400)(response, body);
      else if (body.model === 'first') response.writeHead(503).end();
      else response.writeHead(200, SSE).end(TEXT + USAGE + DONE);
    };
    const got = await chat(gateway, { model: 'two', stream: true });
    expect([got.body.toString(), calls]).toEqual([TEXT + DONE, 3]);
    const record = await gateway.record(got);
    expect(record.attempts.map(({ error }) => error)).toEqual(['usage_opt_in_refused', 'status_503', null]);
    expect(await optInSteps(got)).toEqual([
      'usage_opt_in_added',
      'usage_opt_in_refused',
      'usage_opt_in_added',
    ]);
    expect(record.usage).toMatchObject({ input_tokens: 7, output_tokens: 5 });
  });
});
