// Lists of models through a real gateway, read by official SDKs: what the caller may use, in its dialect, as the providers tell it; and where the list is not Weir's.

import net from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import {
  type Answer,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
  startRawProvider,
  until,
} from './harness.js';

const KEY = newWeirKey();
const BOUND = newWeirKey();

let provider: RunningProvider;
let server: RunningProvider;
let gateway: RunningGateway;

/** Lists of all dialects; chat answers with the model that was asked for. */
const LISTS: Record<string, unknown> = {
  '/v1/models': {
    object: 'list',
    data: [
      { id: 'gpt-4o', object: 'model', created: 7, owned_by: 'x', max_model_len: 8192 },
      { id: 'ft:own' },
      3,
    ],
  },
  '/v1/models?limit=1000': {
    data: [{ type: 'model', id: 'claude-opus-5', display_name: 'Opus', created_at: '2026-01-02T00:00:00Z' }],
    has_more: false,
  },
  '/v1beta/models?pageSize=1000': {
    models: [
      { name: 'models/gemini-x', supportedGenerationMethods: ['generateContent'], inputTokenLimit: 9 },
    ],
  },
  '/api/tags': {
    models: [
      {
        name: 'llama3:8b',
        model: 'llama3:8b',
        modified_at: '2026-01-02T00:00:00Z',
        size: 5,
        digest: 'd',
        details: { family: 'llama' },
      },
    ],
  },
};

beforeAll(async () => {
  const answer = (names: Record<string, unknown>) =>
    startProvider((request, response, body) => {
      const list = names[request.url ?? ''];
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET')
        response.writeHead(list === undefined ? 404 : 200).end(JSON.stringify(list ?? {}));
      else
        response.end(
          JSON.stringify({
            model: (JSON.parse(body.toString()) as { model: string }).model,
            choices: [],
            usage: { prompt_tokens: 1, completion_tokens: 1 },
          }),
        );
    });
  provider = await answer(LISTS);
  server = await answer({ '/v1/models': { data: [{ id: 'qwen' }, { id: 'gpt-4o' }] } });
  gateway = await startGateway(`workers: 2
anonymous: allow
consumers:
  - { name: team-a, keys: [ { name: all, sha256: ${weirKeySha256(KEY)} }, { name: bound, sha256: ${weirKeySha256(BOUND)}, models: ["gpt-*", "fast", "claude-*"] } ] }
  - { name: team-denied, keys: [ { name: k, sha256: ${'ab'.repeat(32)} } ] }
providers:
  openai: { base_url: "${provider.url}/v1", keys: [ { value: sk-openai-secret } ] }
  anthropic: { base_url: "${provider.url}", keys: [ { value: sk-anthropic-secret } ] }
  gemini: { base_url: "${provider.url}", keys: [ { value: sk-gemini-secret } ] }
  ollama: { base_url: "${provider.url}" }
  local: { kind: vllm, base_url: "${server.url}/v1", auth: none }
  gone: { kind: groq, base_url: "http://127.0.0.1:9", keys: [ { value: sk-gone-secret } ] }
  keyless: { kind: mistral, base_url: "${server.url}/v1" }
routes:
  - { match: { model: fast }, targets: [ { provider: local, model: qwen } ] }
  - { match: { api: openai.models, consumer: nobody }, targets: [ { provider: openai } ] }
policies:
  - { name: no-lists, when: 'ai.api == "openai.models" && "x-no-lists" in request.headers', deny: { status: 403, message: "lists are off" } }
`);
});

const openai = (key: string): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 });
const idsOf = async (client: OpenAI): Promise<string[]> =>
  (await client.models.list()).data.map(({ id }) => id);
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send(gateway.url + path, { headers });
const withKey = { authorization: `Bearer ${KEY}` };

describe('/v1/models at the root', () => {
  it('lists for openai what routes name and providers tell, each by the name that leads there', async () => {
    const { data } = await openai(KEY).models.list();
    const names = data.map(({ id }) => id);
    expect(names.slice(0, 7)).toEqual([
      'fast',
      ...['gpt-4o', 'ft:own', 'ollama/gpt-4o', 'ollama/ft:own', 'local/qwen', 'local/gpt-4o'],
    ]);
    expect(data[1]).toEqual({
      id: 'gpt-4o',
      object: 'model',
      created: 7,
      owned_by: 'openai',
      max_model_len: 8192,
    });
    expect(data[0]).toEqual({ id: 'fast', object: 'model', created: 0, owned_by: 'local' });
    // A provider that does not answer is told by the catalogue, one that Weir has no key for not at all.
    expect(names).toContain('gone/llama-3.3-70b-versatile');
    expect(names.filter(name => name.startsWith('keyless/') || name.includes('claude'))).toEqual([]);
  });

  it('names only models that are served', async () => {
    for (const name of ['fast', 'gpt-4o', 'ft:own', 'local/qwen', 'local/gpt-4o']) {
      const { response } = await openai(KEY)
        .chat.completions.create({ model: name, messages: [{ role: 'user', content: 'x' }] })
        .withResponse();
      const record = await gateway.record(response.headers.get('x-weir-request-id') ?? '');
      const local = name === 'fast' || name.startsWith('local/');
      expect([record.outcome, record.ai.provider]).toEqual(['served', local ? 'local' : 'openai']);
    }
  });

  it('is held to the key’s models, and gives single ones', async () => {
    const names = await idsOf(openai(BOUND));
    expect(names).toContain('fast');
    expect(names).toContain('gpt-4o');
    expect(names.every(name => /(^|\/)gpt-|^fast$/.test(name))).toBe(true);
    expect((await openai(BOUND).models.retrieve('local/gpt-4o')).id).toBe('local/gpt-4o');
    await expect(openai(BOUND).models.retrieve('ft:own')).rejects.toMatchObject({
      status: 404,
      code: 'weir_not_found',
    });
    expect((await openai(KEY).models.retrieve('ft:own')).id).toBe('ft:own');
  });

  it('is Anthropic’s for its SDK', async () => {
    const client = new Anthropic({ baseURL: gateway.url, apiKey: BOUND, maxRetries: 0 });
    const page = await client.models.list();
    expect(page.data).toEqual([
      { type: 'model', id: 'claude-opus-5', display_name: 'Opus', created_at: '2026-01-02T00:00:00Z' },
    ]);
    expect([page.has_more, page.first_id, page.last_id]).toEqual([false, 'claude-opus-5', 'claude-opus-5']);
    expect((await client.models.retrieve('claude-opus-5')).display_name).toBe('Opus');
    const byKey = JSON.parse((await get('/v1/models', { 'x-api-key': KEY })).body.toString()) as {
      data: { type: string }[];
    };
    expect(byKey.data[0]?.type).toBe('model');
  });

  it('is Gemini’s and Ollama’s for theirs', async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } });
    const models: (string | undefined)[] = [];
    for await (const { name } of await client.models.list()) models.push(name);
    expect(models).toEqual(['models/gemini-x']);
    const ollama = new Ollama({ host: gateway.url, headers: withKey });
    const tags = await ollama.list();
    expect(tags.models).toMatchObject([{ name: 'llama3:8b', size: 5, details: { family: 'llama' } }]);
  });

  it('asks each provider once in a while, with its own key and in its own place', async () => {
    provider.seen.length = 0;
    for (let i = 0; i < 5; i++) await idsOf(openai(KEY));
    expect(provider.seen).toEqual([]);
    const fresh = await startGateway(
      `providers: { openai: { base_url: "${provider.url}/v1", keys: [ { value: sk-openai-secret } ] } }\nconsumers: [ { name: a, keys: [ { sha256: ${weirKeySha256(KEY)} } ] } ]\nworkers: 1\n`,
    );
    await Promise.all(Array.from({ length: 6 }, () => send(`${fresh.url}/v1/models`, { headers: withKey })));
    expect(provider.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v1/models']);
    expect(provider.seen[0]?.headers.authorization).toBe('Bearer sk-openai-secret');
    expect(provider.seen[0]?.rawHeaders.join()).not.toContain(KEY);
  });

  it('tells callers without a key of no more than they may use', async () => {
    const names = (
      JSON.parse((await get('/v1/models')).body.toString()) as { data: { id: string }[] }
    ).data.map(({ id }) => id);
    expect(names).toContain('local/qwen');
    expect(names.filter(name => name === 'gpt-4o' || name.startsWith('gone/'))).toEqual([]);
    const brought = await idsOf(openai('sk-somebody'));
    expect(brought).toContain('gpt-4o');
    // What Weir's own key sees is not theirs.
    expect(brought).not.toContain('ft:own');
    expect((await get('/v1/models', { authorization: `Bearer ${newWeirKey()}` })).status).toBe(401);
  });

  it('goes through the policies and has a record that explains it', async () => {
    const denied = await get('/v1/models', { ...withKey, 'x-no-lists': '1' });
    expect([denied.status, denied.headers['x-weir-code']]).toEqual([403, 'weir_denied']);
    const listed = await get('/v1/models', withKey);
    const record = await gateway.record(listed);
    expect(record).toMatchObject({
      outcome: 'served',
      status: 200,
      attempts: [],
      ai: { api: 'openai.models' },
    });
    const { sentences } = (await gateway.admin(`/api/requests/${record.id}/why`)) as { sentences: string[] };
    expect(sentences.join('\n')).toMatch(/Weir itself told \d+ models that this caller may use/);
    const head = await send(`${gateway.url}/v1/models`, { method: 'HEAD', headers: withKey });
    expect([head.status, head.body.length, Number(head.headers['content-length'])]).toEqual([
      200,
      0,
      listed.body.length,
    ]);
  });

  it('goes to the provider where a prefix or a route says so', async () => {
    provider.seen.length = 0;
    const prefixed = await get('/openai/v1/models', withKey);
    expect(JSON.parse(prefixed.body.toString())).toEqual(LISTS['/v1/models']);
    const routed = await startGateway(
      `providers: { local: { kind: vllm, base_url: "${server.url}/v1", auth: none } }\nroutes: [ { match: { path: "/v1/models" }, targets: [ { provider: local } ] } ]\nanonymous: allow\nworkers: 1\n`,
    );
    const passed = await send(`${routed.url}/v1/models`);
    expect(JSON.parse(passed.body.toString())).toEqual({ data: [{ id: 'qwen' }, { id: 'gpt-4o' }] });
    expect((await routed.record(passed)).attempts).toHaveLength(1);
  });

  it('is limited as every request, and ends where its client leaves', async () => {
    const silent = await startRawProvider(() => undefined);
    const limited = await startGateway(`anonymous: allow
workers: 1
providers: { slow: { kind: vllm, base_url: "${silent.url}/v1", auth: none } }
policies: [ { name: few, limit: { requests: 2, per: 1h } } ]
`);
    const socket = net.connect(limited.port, '127.0.0.1');
    socket.write('GET /v1/models HTTP/1.1\r\nHost: w\r\n\r\n');
    await until(async () => {
      const { items } = (await limited.admin('/api/requests?outcome=running')) as { items: unknown[] };
      return items.length === 1;
    }, 'the running request');
    socket.destroy();
    expect((await limited.newest(() => true)).outcome).toBe('aborted');
    // The provider does not answer: the list has what is known without it.
    const listed = await send(`${limited.url}/v1/models`);
    expect([listed.status, JSON.parse(listed.body.toString())]).toEqual([200, { object: 'list', data: [] }]);
    expect(listed.headers.ratelimit).toContain('"few";r=0');
    expect((await send(`${limited.url}/v1/models`)).status).toBe(429);
    expect([await limited.stop(), limited.output()]).toEqual([0, expect.any(String)]);
  });
});
