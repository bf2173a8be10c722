// The plugin ABI as a gateway keeps it, where only the whole shows it: every field in every hook, decoded bodies, bounds over several plugins,
// and whose failures count (CONTRACT.md §5).
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { INTEGER_FIELDS, STRING_FIELDS } from '../../src/plugin/abi.js';
import {
  type Answer,
  CHAT,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from './harness.js';
import { GO_ON, guestFolder, type Hooks, SCRATCH } from './plugin-guests.js';

const KEY = newWeirKey();
const ROOM = `(i32.const ${SCRATCH}) (i32.const 1000)`;
/** Every field that is there becomes evidence: texts, then numbers. */
const texts = Object.entries(STRING_FIELDS)
  .map(
    ([name, id]) => `(local.set $n (call $field_str (i32.const ${id}) ${ROOM}))
    (if (i32.ge_s (local.get $n) (i32.const 0)) (then (call $evidence_str '${name}' (i32.const ${SCRATCH}) (local.get $n))))`,
  )
  .join('\n');
const numbers = Object.entries(INTEGER_FIELDS)
  .map(
    ([name, id]) => `(local.set $l (call $field_i64 (i32.const ${id})))
    (if (i64.ge_s (local.get $l) (i64.const 0)) (then (call $evidence_i64 '${name}' (local.get $l))))`,
  )
  .join('\n');

const grows = (bytes: number): Hooks => ({
  on_request:
    `(drop (memory.grow (i32.const 3))) (call $evidence_i64 'said' (i64.extend_i32_s (call $body_replace (i32.const 0) (i32.const BYTES)))) ${GO_ON}`.replace(
      'BYTES',
      String(bytes),
    ),
});
const CASES: Readonly<Record<string, readonly [hooks: Hooks, settings: string]>> = {
  said_first: [{ on_request: `${texts} ${GO_ON}` }, ''],
  said_late: [{ on_end: texts }, ''],
  counted_first: [{ on_request: `${numbers} ${GO_ON}` }, ''],
  pieces: [
    {
      on_event: `(local.set $n (call $field_str (i32.const 13) ${ROOM}))
        (if (i64.eq (call $field_i64 (i32.const 38)) (i64.const 1)) (then
          (call $evidence_i64 'choice' (call $field_i64 (i32.const 39)))
          (call $evidence_i64 'status' (call $field_i64 (i32.const 37)))
          (call $evidence_str 'kind' (i32.const ${SCRATCH}) (local.get $n))))
        (if (i64.eq (call $field_i64 (i32.const 38)) (i64.const 2)) (then
          (call $evidence_str 'last' (i32.const ${SCRATCH}) (local.get $n)))) ${GO_ON}`,
    },
    '',
  ],
  counted_late: [{ on_end: numbers }, ''],
  reads: [
    {
      on_request: `(call $evidence_str 'text' (i32.const ${SCRATCH}) (call $message_text (i32.const 0) ${ROOM}))
        (call $evidence_i64 'body' (i64.extend_i32_s (call $body_read (i32.const 0) (i32.const 0) (i32.const 0)))) ${GO_ON}`,
    },
    'grant: [body.read]',
  ],
  grows_a: [grows(60_000), 'grant: [body.write]'],
  grows_b: [grows(65_600), 'grant: [body.write]'],
  grows_c: [grows(100_000), 'grant: [body.write]'],
  shut: [{ on_request: 'unreachable' }, ''],
  ajar: [{ on_request: 'unreachable' }, 'on_failure: open'],
};

let provider: RunningProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  const write = guestFolder();
  provider = await startProvider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const usage = {
      prompt_tokens: 50,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    const choices = [
      { index: 0, finish_reason: 'length', message: { role: 'assistant', content: 'first' } },
      { index: 1, finish_reason: 'length', message: { role: 'assistant', content: 'second' } },
    ];
    response.end(JSON.stringify({ model: 'gpt-4o-2024', choices, usage }));
  });
  const policies = Object.entries(CASES).map(([name, [hooks, settings]]) => {
    const file = write(name, hooks);
    return `  - { name: ${name}, when: 'request.headers["x-case"].contains("${name}")', plugin: { file: "${file}", ${settings} } }\n`;
  });
  gateway = await startGateway(`
anonymous: allow
workers: 1
consumers:
  - { name: team-a, keys: [ { name: ci, sha256: ${weirKeySha256(KEY)} } ] }
providers:
  openai: { kind: openai, base_url: "${provider.url}", auth: none }
policies:
${policies.join('')}`);
});

const TOOL = { type: 'function', function: { name: 'f', parameters: {} } };
const IMAGE = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
const FULL = {
  model: 'gpt-4o',
  user: 'ada',
  max_tokens: 9,
  tools: [TOOL],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }, IMAGE] }],
};
const ask = (name: string, body: string | Buffer = JSON.stringify(FULL), headers = {}): Promise<Answer> =>
  send(`${gateway.url}/v1/chat/completions?q=secret`, {
    headers: { 'content-type': 'application/json', 'x-case': name, 'x-weir-key': KEY, ...headers },
    body,
  });
const stepOf = ({ steps }: RequestRecord, policy: string): RequestRecord['steps'][number] | undefined =>
  steps.find(step => step.policy === policy);
async function seen(name: string): Promise<Record<string, unknown>> {
  const answer = await ask(name);
  const { plugin, version, sha256, hook, fuel, events, changed, held, ...own } =
    stepOf(await gateway.record(answer), name)?.evidence ?? {};
  return {
    ...own,
    ...(own.request_id === undefined
      ? {}
      : { request_id: own.request_id === answer.headers['x-weir-request-id'] }),
  };
}

describe('fields', () => {
  const REQUEST = {
    provider: 'openai',
    api: 'openai.chat',
    model: 'gpt-4o',
    consumer: 'team-a',
    key: 'ci',
    end_user: 'ada',
    method: 'POST',
    path: '/v1/chat/completions',
    client_ip: '127.0.0.1',
    request_id: true,
  };

  it('that are texts are known of the request, and of the answer at its end', async () => {
    expect(await seen('said_first')).toEqual(REQUEST);
    expect(await seen('said_late')).toEqual({
      ...REQUEST,
      model_served: 'gpt-4o-2024',
      finish_reason: 'length',
    });
  });

  it('that are numbers are known of the request, the answer’s from its status to its usage', async () => {
    const first = await seen('counted_first');
    expect(first).toEqual({
      stream: 0,
      input_tokens: expect.any(Number),
      max_output_tokens: 9,
      tools: 1,
      opaque_parts: 1,
    });
    expect(await seen('counted_late')).toEqual({
      ...first,
      status: 200,
      input_tokens: 50,
      output_tokens: 7,
      cached_input_tokens: 20,
      reasoning_tokens: 3,
    });
  });

  it('of a piece are its place, kind and choice, and the last is the end', async () => {
    expect(await seen('pieces')).toEqual({ choice: 1, status: 200, kind: 'text', last: 'end' });
  });
});

describe('a body that came compressed', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('by %s is read decoded', async (encoding, compress) => {
    const body = JSON.stringify(FULL);
    const answer = await ask('reads', compress(Buffer.from(body)), { 'content-encoding': encoding });
    expect(stepOf(await gateway.record(answer), 'reads')?.evidence).toMatchObject({
      text: 'hello',
      body: body.length,
    });
  });
});

describe('a body that plugins make longer', () => {
  it('is bounded by the one that came, however many there are', async () => {
    const body = JSON.stringify(CHAT);
    expect((await ask('grows_a grows_b', body)).status).toBe(200);
    expect(provider.seen.at(-1)?.body.length).toBe(65_600);
    // Less than twice what the one before left, and more than what may come of the request.
    const over = await ask('grows_a grows_c', body);
    expect(over.headers['x-weir-code']).toBe('weir_plugin_failed');
    expect(stepOf(await gateway.record(over), 'grows_c')).toMatchObject({
      code: 'plugin_failed',
      evidence: { failure: 'bad_result' },
    });
  });
});

describe('failures', () => {
  it('are told as every 503, with the word that waiting is no cure', async () => {
    const { headers } = await ask('shut');
    expect([headers['retry-after'], headers['x-should-retry']]).toEqual(['1', 'false']);
  });

  it('close the way for every request, however often', async () => {
    for (let i = 0; i < 8; i++) expect((await ask('shut')).headers['x-weir-code']).toBe('weir_plugin_failed');
  });

  it('open it for the consumer who met them, and nobody else', async () => {
    const codeOf = async (headers = {}) => {
      const answer = await ask('ajar', undefined, headers);
      expect(answer.status).toBe(200);
      return stepOf(await gateway.record(answer), 'ajar')?.code;
    };
    for (let i = 0; i < 5; i++) expect(await codeOf()).toBe('plugin_failed');
    expect(await codeOf()).toBe('plugin_skipped');
    expect(await codeOf({ 'x-weir-key': [] })).toBe('plugin_failed');
  });
});
