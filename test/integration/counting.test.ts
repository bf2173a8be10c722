// What a record says of tokens where the provider says nothing, or is cut off before it does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { get_encoding } from 'tiktoken';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import {
  chat,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from './harness.js';

const o200k = get_encoding('o200k_base');
const tokens = (text: string): number => o200k.encode(text, [], []).length;

/** What the next answer sends; `hang` leaves it open, `cut` breaks its connection. */
let script: { pieces: readonly string[]; type: string; end: 'whole' | 'hang' | 'cut'; status?: number };
let gateway: RunningGateway;
let provider: RunningProvider;

beforeAll(async () => {
  provider = await startProvider((_request, response) => {
    const { pieces, type, end, status = 200 } = script;
    response.writeHead(status, { 'content-type': type });
    for (const piece of pieces) response.write(piece);
    if (end === 'whole') response.end();
    if (end === 'cut') setImmediate(() => response.destroy());
  });
  const at = `base_url: "${provider.url}", auth: none, usage_opt_in: never`;
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { kind: openai, ${at} }
  groq: { kind: groq, ${at} }
`);
});

const WORDS = ['Counting', ' tokens', ' isn’t', ' adding', ' up', ' pieces', ': 计数', ' 🎉', '\n\n', 'done'];
const TEXT = WORDS.join('');

const delta = (content: string, index = 0, finish: string | null = null): string =>
  `data: ${JSON.stringify({ model: 'gpt-4o', choices: [{ index, delta: { content }, finish_reason: finish }] })}\n\n`;
const STREAM = [...WORDS.map(word => delta(word)), delta('', 0, 'stop'), 'data: [DONE]\n\n'];
const sse = (pieces: readonly string[], end: typeof script.end = 'whole'): void => {
  script = { pieces, type: 'text/event-stream', end };
};
const json = (body: object): void => {
  script = { pieces: [JSON.stringify(body)], type: 'application/json', end: 'whole' };
};

const streamed = (more: object = {}) => chat(gateway, { stream: true, ...more });
const code = (record: RequestRecord, name: string) => record.steps.find(step => step.code === name);
/** One message of the role user, as OpenAI documents it: 3 a message, the role, 3 for the answer's beginning. */
const promptOf = (text: string): number => tokens(text) + 3 + 1 + 3;

describe('a whole answer that reports no usage', () => {
  it('is counted as it streams, exactly for models whose tokenizer is public', async () => {
    sse(STREAM);
    const record = await gateway.record(await streamed());
    expect(record.usage).toMatchObject({
      input_tokens: promptOf('hello'),
      output_tokens: tokens(TEXT),
      source: 'counted',
      sources: { input: 'counted', output: 'counted' },
      raw: null,
    });
    expect(code(record, 'output_counted')?.evidence).toEqual({
      tokens: tokens(TEXT),
      counted: tokens(TEXT),
      encoding: 'o200k_base',
    });
    expect(code(record, 'input_counted')?.evidence).toMatchObject({ encoding: 'o200k_base' });
  });

  it.each([1, 40, 30_000])('is counted when it is plain JSON, with %i times the text', async times => {
    const content = TEXT.repeat(times);
    json({ model: 'gpt-4o', choices: [{ index: 0, message: { content }, finish_reason: 'stop' }] });
    const { usage } = await gateway.record(await chat(gateway));
    expect(usage).toMatchObject({ output_tokens: tokens(content), source: 'counted' });
  });

  it('is the sum over its choices', async () => {
    sse([
      ...WORDS.flatMap(word => [delta(word, 0), delta(word, 1)]),
      delta('', 0, 'stop'),
      delta('', 1, 'stop'),
      'data: [DONE]\n\n',
    ]);
    const { usage } = await gateway.record(await streamed({ n: 2 }));
    expect(usage).toMatchObject({ output_tokens: 2 * tokens(TEXT), source: 'counted' });
  });

  it('holds the names and arguments of tool calls', async () => {
    const call = (more: object, id = {}) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...id, function: more }] } }] })}\n\n`;
    const parts = ['{"city":', '"Paris","un', 'it":"celsius"}'];
    sse([
      call({ name: 'get_weather', arguments: '' }, { id: 'call_1', type: 'function' }),
      ...parts.map(part => call({ arguments: part })),
      delta('', 0, 'tool_calls'),
      'data: [DONE]\n\n',
    ]);
    const { usage } = await gateway.record(await streamed());
    expect(usage.output_tokens).toBeGreaterThanOrEqual(tokens(parts.join('')));
    expect(usage.source).toBe('counted');
  });

  it('keeps each side’s own source', async () => {
    sse([
      ...STREAM.slice(0, -1),
      'data: {"choices":[],"usage":{"prompt_tokens":99}}\n\n',
      'data: [DONE]\n\n',
    ]);
    const { usage } = await gateway.record(await streamed());
    expect(usage).toMatchObject({
      input_tokens: 99,
      output_tokens: tokens(TEXT),
      source: 'counted',
      sources: { input: 'provider', output: 'counted' },
    });
  });

  it('says nothing of a refusal', async () => {
    script = { pieces: ['{"error":{"message":"no"}}'], type: 'application/json', end: 'whole', status: 400 };
    expect((await gateway.record(await chat(gateway))).usage).toMatchObject({
      input_tokens: null,
      source: 'none',
    });
  });
});

describe('a model without a public tokenizer', () => {
  it('is estimated, with the factor and how far it varies', async () => {
    sse(STREAM);
    const record = await gateway.record(await streamed({ model: 'unheard-of-1' }));
    const { evidence } = code(record, 'output_estimated') ?? {};
    expect(evidence).toMatchObject({ counted: tokens(TEXT), encoding: 'o200k_base' });
    expect(record.usage.output_tokens).toBe(Math.round(tokens(TEXT) * Number(evidence?.factor)));
    expect(evidence?.spread).toBeGreaterThan(0);
    expect(record.usage).toMatchObject({ source: 'estimated', sources: { input: 'estimated' } });
  });
});

describe('what is learned of a model', () => {
  const reply = {
    model: 'unheard-of-2',
    choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }],
  };
  const content = 'Learning needs some text to learn from, and this is it. '.repeat(20);
  const ask = (at: RunningGateway) =>
    chat(at, { model: 'unheard-of-2', messages: [{ role: 'user', content }] });

  it('is used from then on, and after a restart; a broken file is no hindrance', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-learned-'));
    const yaml = `anonymous: allow\nworkers: 1\nproviders:\n  openai: { kind: openai, base_url: "${provider.url}", auth: none }\n`;
    const factorOf = async (at: RunningGateway): Promise<number> => {
      json(reply);
      const record = await at.record(await ask(at));
      return Number(code(record, 'input_estimated')?.evidence.factor);
    };
    const first = await startGateway(yaml, [], folder);
    const before = await factorOf(first);
    json({ ...reply, usage: { prompt_tokens: Math.round(tokens(content) * 2), completion_tokens: 1 } });
    for (let i = 0; i < 40; i++) await ask(first);
    const learned = await factorOf(first);
    expect(learned).toBeGreaterThan(before + 0.4);
    expect(await first.stop()).toBe(0);

    const second = await startGateway(yaml, [], folder);
    expect(await factorOf(second)).toBeCloseTo(learned, 2);
    expect(await second.stop()).toBe(0);

    writeFileSync(join(folder, 'token-factors.json'), '{"version":1,"mod');
    const third = await startGateway(yaml, [], folder);
    expect(await factorOf(third)).toBeCloseTo(before, 2);
    expect(third.output()).toContain('learning begins anew');
    expect(await third.stop()).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

/** Leaves when the last piece has come. */
async function leave(more: object, last: string): Promise<RequestRecord> {
  const body = JSON.stringify({
    model: 'gpt-4o',
    stream: true,
    messages: [{ role: 'user', content: 'hello' }],
    ...more,
  });
  const id = await new Promise<string>((resolve, reject) => {
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    let seen = '';
    request.on('error', reject);
    request.on('response', response => {
      response.on('error', () => undefined);
      response.on('data', chunk => {
        seen += String(chunk);
        if (!seen.includes(last)) return;
        resolve(String(response.headers['x-weir-request-id']));
        request.destroy();
      });
    });
    request.end(body);
  });
  return await gateway.record(id);
}

describe('a stream that ends early', () => {
  const some = WORDS.slice(0, 6);
  const seen = tokens(some.join(''));

  it('is counted up to where its client left, if leaving stops the billing', async () => {
    sse(
      some.map(word => delta(word)),
      'hang',
    );
    const record = await leave({}, some.at(-1) ?? '');
    expect(record).toMatchObject({
      outcome: 'aborted',
      usage: { input_tokens: promptOf('hello'), output_tokens: seen, source: 'counted' },
      attempts: [{ usage: { output_tokens: seen } }],
    });
  });

  it('is an estimate where the provider goes on', async () => {
    sse(
      some.map(word => delta(word)),
      'hang',
    );
    const record = await leave({ model: 'groq/gpt-oss-20b' }, some.at(-1) ?? '');
    // Four tokens of harmony frame one message (src/tokens/answer-overhead.ts).
    expect(record.usage).toMatchObject({ output_tokens: seen + 4, source: 'estimated' });
    expect(code(record, 'output_estimated')?.evidence).toMatchObject({ cut: true, billing_stops: false });
  });

  it('keeps the larger of what was reported and what was counted', async () => {
    for (const [reported, expected] of [
      [1, seen],
      [1000, 1000],
    ] as const) {
      const usage = `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":${reported}}}\n\n`;
      sse([usage, ...some.map(word => delta(word))], 'hang');
      const record = await leave({}, some.at(-1) ?? '');
      expect(record.usage).toMatchObject({ input_tokens: 7, output_tokens: expected });
      expect(record.usage.sources).toEqual({
        input: 'provider',
        output: reported === 1 ? 'counted' : 'estimated',
      });
    }
  });

  it('is counted up to where its provider broke', async () => {
    sse(
      some.map(word => delta(word)),
      'cut',
    );
    const record = await gateway.record(await streamed());
    expect(record).toMatchObject({
      outcome: 'failed',
      usage: { output_tokens: seen, sources: { input: 'counted', output: 'counted' } },
    });
  });

  it('has its prompt counted where nothing came at all', async () => {
    script = { pieces: [], type: 'text/event-stream', end: 'hang' };
    const before = provider.seen.length;
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'leaver' },
    });
    request.on('error', () => undefined);
    request.end(
      JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'hello' }] }),
    );
    while (provider.seen.length === before) await new Promise(resolve => setImmediate(resolve));
    request.destroy();
    const { usage } = await gateway.newest(({ request: { user_agent } }) => user_agent === 'leaver');
    expect(usage).toMatchObject({ input_tokens: promptOf('hello'), output_tokens: null });
  });
});

describe('a large prompt', () => {
  const large = 'The quick brown fox — 敏捷的狐狸 — jumps over 12 lazy dogs. '.repeat(16_000);
  const messages = [{ role: 'user', content: large }];

  it('is counted in the compute pool as it would be here', async () => {
    expect(Buffer.byteLength(large)).toBeGreaterThan(1_000_000);
    sse(STREAM);
    const record = await gateway.record(await streamed({ messages }));
    expect(record.usage).toMatchObject({ input_tokens: promptOf(large), sources: { input: 'counted' } });
  });

  it('is counted in its decoded form when it comes compressed', async () => {
    sse(STREAM);
    for (const content of ['small', large]) {
      const body = gzipSync(
        JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content }] }),
      );
      const got = await send(`${gateway.url}/v1/chat/completions`, {
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body,
      });
      expect((await gateway.record(got)).usage.input_tokens).toBe(promptOf(content));
    }
  });

  it('is not sent when its client leaves meanwhile, and others are served', async () => {
    sse(STREAM);
    const before = provider.seen.length;
    const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: large.repeat(12) }] });
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'impatient',
      },
    });
    request.on('error', () => undefined);
    request.end(body, () => request.destroy());
    const record = await gateway.newest(({ request: { user_agent } }) => user_agent === 'impatient');
    expect(record).toMatchObject({ outcome: 'aborted', attempts: [] });
    expect((await gateway.record(await streamed())).usage.output_tokens).toBe(tokens(TEXT));
    expect(provider.seen.length).toBe(before + 1);
  });
});
