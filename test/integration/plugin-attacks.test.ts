// What a hostile plugin, or a caller who knows of one, tries through a whole gateway: other models than the policy's, others' credentials, answers and
// requests that say something else than their texts, a thread of its own.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
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

const SECRET = 'the-providers-own-secret';
const BOUND_KEY = newWeirKey();
const TIERED_KEY = newWeirKey();
const ROOM = `(i32.const ${SCRATCH}) (i32.const 1000)`;
/** Runs once the module is tried out no more: that scene has no headers. */
const SERVED = `(if (i32.lt_s (call $header_get 'x-case' ${ROOM}) (i32.const 0)) (then (return (i32.const 0))))`;
const told = (key: string, call: string): string =>
  `(call $evidence_i64 '${key}' (i64.extend_i32_s ${call}))`;
const sees = (name: string): string =>
  `(local.set $n (call $header_get 'x-${name}' ${ROOM}))
  (if (i32.ge_s (local.get $n) (i32.const 0)) (then (call $evidence_str '${name}' (i32.const ${SCRATCH}) (local.get $n))))`;

let one: RunningProvider;
let two: RunningProvider;
let gateway: RunningGateway;
/** Pieces of the provider's streams. */
let pieces: readonly string[] = [];

const INJECTED = '"}}]}\r\n\r\ndata: [DONE]\n\nevent: x\u2028\\';
const injected = `"}}]}\r\n\r\ndata: [DONE]\n\nevent: x\u2028\\`;

const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Transfer-Encoding', 'chunked'],
  ['CONTENT-LENGTH', '1'],
  ['X-Weir-Code', 'weir_ok'],
  ['Set-Cookie', 'a=b'],
  ['Cookie', 'a=b'],
  ['Host', 'evil.example'],
  ['Connection', 'x-kept'],
  ['x-split', 'a\r\nset-cookie: a=b'],
  ['x-split\r\nset-cookie', 'a=b'],
  ['x-secret', `Bearer ${SECRET}`],
  ['authorization', 'Bearer mine'],
];
const smuggled = HEADERS.map(([name, value]) => `(call $header_set '${name}' '${value}')`);
/** How many of them are set, and how many of the names can be removed. */
const smuggles = `
  ${smuggled.map(call => `(local.set $n (i32.add (local.get $n) (i32.eqz ${call})))`).join('')}
  ${HEADERS.slice(0, 7)
    .map(([name]) => `(local.set $n (i32.add (local.get $n) (i32.eqz (call $header_remove '${name}'))))`)
    .join('')}
  ${told('taken', '(local.get $n)')} ${GO_ON}`;

const CASES: Readonly<Record<string, readonly [hooks: Hooks, settings: string, more?: string]>> = {
  other: [{ on_request: `(drop (call $set_model 'm-2')) ${GO_ON}` }, 'grant: [route]'],
  smuggled: [
    { on_request: `(drop (call $set_model 'm-9')) (drop (call $set_target 'two')) ${GO_ON}` },
    'grant: [route]',
  ],
  rewritten: [
    {
      on_request: `(drop (call $body_replace '{"model":"m-9","messages":[]}')) (drop (call $set_target 'two')) ${GO_ON}`,
    },
    'grant: [body.write]',
  ],
  blurred: [
    { on_request: `(drop (call $body_replace '{"model":')) (drop (call $set_target 'two')) ${GO_ON}` },
    'grant: [body.write]',
  ],
  keyed: [
    {
      on_request: `${told('address', `(call $set_target 'http://evil.example')`)} (drop (call $set_target 'keyed')) ${GO_ON}`,
    },
    'grant: [route]',
  ],
  doubled: [{ on_request: `${SERVED} ${sees('env')} ${sees('half')} ${GO_ON}` }, ''],
  distant: [{ on_request: `${SERVED} ${sees('env')} ${sees('half')} ${GO_ON}` }, 'run: isolated'],
  smuggles: [{ on_request: smuggles, on_response: smuggles }, 'grant: [headers.write]'],
  echoes: [
    {
      on_request: `(call $evidence_str 'said' '${SECRET}') (call $log (i32.const 2) 'I know ${SECRET}\r\n{"level":60}')
        (call $tag 'team' '${SECRET}') (call $deny (i32.const 403) '${SECRET.replaceAll('-', '_')}' 'it is ${SECRET}' (i32.const 0)) (i32.const 1)`,
    },
    'tags: [team]',
  ],
  writes: [
    { on_request: `(drop (call $message_set_text (i32.const 0) '${INJECTED}')) ${GO_ON}` },
    'grant: [messages.write]',
  ],
  says: [
    {
      on_event: `(if (i32.gt_s (call $event_text (i32.const 0) (i32.const 0)) (i32.const 0)) (then (drop (call $event_replace '${INJECTED}')))) ${GO_ON}`,
    },
    'grant: [events.write]',
  ],
  counts: [
    {
      on_event: `(call $evidence_i64 'last' (i64.add (call $field_i64 (i32.const 38)) (i64.const 1)))
        (call $evidence_str '__proto__' 'polluted') (call $evidence_str 'sha256' 'forged') (call $evidence_i64 'fuel' (i64.const 0)) ${GO_ON}`,
    },
    '',
  ],
  stays: [
    {
      on_end: `(if (i32.eqz (call $field_str (i32.const 11) ${ROOM})) (then (return)))
        (if (i32.lt_s (call $field_str (i32.const 5) ${ROOM}) (i32.const 0)) (then (return))) (loop (br 0))`,
    },
    'run: isolated, fuel: 1000000000000, deadline: 100ms',
  ],
  tags: [{ on_request: `(call $tag 'tier' 'gold') (call $tag 'team' 'mine') ${GO_ON}` }, 'tags: [tier]'],
  leaves: [{ on_request: `(drop (call $state_set 'of this policy')) ${GO_ON}` }, ''],
  looks: [
    {
      on_request: `(drop (call $state_set 'mine')) ${GO_ON}`,
      on_response: `(call $evidence_str 'state' (i32.const ${SCRATCH}) (call $state_get ${ROOM})) ${GO_ON}`,
    },
    '',
  ],
};

beforeAll(async () => {
  const write = guestFolder();
  one = await startProvider((_request, response, body) => {
    if (pieces.length > 0) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of pieces) {
        response.write(`data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(piece)}}}]}\n\n`);
      }
      response.end('data: [DONE]\n\n');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-kept': 'kept' });
    response.end(body.length === 0 ? '{}' : '{"model":"m","choices":[]}');
  });
  two = await startProvider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"model":"m","choices":[]}');
  });
  const policies = Object.entries(CASES).map(([name, [hooks, settings]]) => {
    const file = write(name, hooks);
    return `  - { name: ${name}, when: 'request.headers["x-case"].contains("${name}")', plugin: { file: "${file}", ${settings} } }\n`;
  });
  gateway = await startGateway(`
anonymous: allow
workers: 1
tags: [team, tier]
consumers:
  - { name: bound, keys: [ { name: a, sha256: ${weirKeySha256(BOUND_KEY)}, models: ["gpt-*"] } ] }
  - { name: tiered, tags: { tier: bronze }, keys: [ { name: b, sha256: ${weirKeySha256(TIERED_KEY)} } ] }
providers:
  gem: { kind: gemini, base_url: "${two.url}", auth: none }
  az: { kind: azure-openai, base_url: "${two.url}", auth: none }
  bed: { kind: bedrock, base_url: "${two.url}", auth: none }
  one: { kind: openai-compatible, base_url: "${one.url}", auth: none }
  two: { kind: openai-compatible, base_url: "${two.url}", auth: none }
  keyed: { kind: openai, base_url: "${two.url}", keys: [ { value: "${SECRET}" } ] }
policies:
${policies.join('')}`);
});

beforeEach(() => {
  pieces = [];
  one.seen.length = two.seen.length = 0;
});

const ask = (name: string, headers = {}, more: object = {}): Promise<Answer> =>
  send(`${gateway.url}/one/v1/chat/completions`, {
    headers: { 'content-type': 'application/json', 'x-case': name, ...headers },
    body: JSON.stringify({ ...CHAT, ...more }),
  });
const evidenceOf = ({ steps }: RequestRecord, policy: string): Record<string, unknown> =>
  steps.find(step => step.policy === policy)?.evidence ?? {};

describe('a caller who writes the path in another way', () => {
  it.each([
    ['/az/openai/d%65ployments/m-1/chat/completions', '/openai/d%65ployments/m-2/chat/completions'],
    ['/az/openai/deployments//m-1/chat/completions', '/openai/deployments//m-2/chat/completions'],
    ['/gem/v1beta/mod%65ls/m-1:generateContent', '/v1beta/mod%65ls/m-2:generateContent'],
    ['/gem/v1beta/models/m-1%3AgenerateContent', '/v1beta/models/m-2%3AgenerateContent'],
    ['/gem/v1beta/models/m:1:generateContent', '/v1beta/models/m-2:generateContent'],
    ['/bed/mod%65l/m-1/converse', '/mod%65l/m-2/converse'],
    ['/bed/model/arn:aws:bedrock:profile/m-1/converse', '/model/m-2/converse'],
    ['/one/v1/engines/m-1/completions', '/v1/engines/m-2/completions'],
    ['/gem/v1/publishers/google/endpoints/m-1:generateContent', null],
  ])('does not keep his model from being changed: %s', async (path, sent) => {
    const answer = await send(gateway.url + path, {
      headers: { 'content-type': 'application/json', 'x-case': 'other' },
      body: '{"messages":[]}',
    });
    const seen = [...one.seen, ...two.seen].map(({ url, body }) => [url.split('?')[0], body.toString()]);
    if (sent === null) expect([answer.headers['x-weir-code'], seen]).toEqual(['weir_plugin_failed', []]);
    else {
      expect(seen).toEqual([[sent, '{"messages":[]}']]);
      expect((await gateway.record(answer)).ai.model).toBe('m-2');
    }
  });
});

describe('a plugin that chooses model and target', () => {
  it.each(['smuggled', 'rewritten'])('keeps to the models of the caller’s key: %s', async name => {
    const answer = await ask(name, { 'x-weir-key': BOUND_KEY });
    expect([answer.status, answer.headers['x-weir-code'], two.seen.length]).toEqual([
      403,
      'weir_key_model',
      0,
    ]);
    expect((await ask(name)).status).toBe(200);
  });

  it('cannot hide the model from the key either', async () => {
    const answer = await ask('blurred', { 'x-weir-key': BOUND_KEY });
    expect([answer.headers['x-weir-code'], two.seen.length]).toEqual(['weir_opaque_request', 0]);
  });

  it.each(['{}', `{${' \n\t\r'.repeat(30)}}`, `{${' '.repeat(200)}"x":1}`])('leaves JSON: %j', async body => {
    await send(`${gateway.url}/one/v1/chat/completions`, {
      headers: { 'content-type': 'application/json', 'x-case': 'other' },
      body,
    });
    const sent = JSON.parse(one.seen[0]?.body.toString() ?? '') as unknown;
    expect(sent).toEqual({ model: 'm-2', ...(JSON.parse(body) as object) });
  });

  it('gives nobody without a key the provider’s credential, and reaches no address', async () => {
    const answer = await ask('keyed');
    expect([answer.status, answer.headers['x-weir-code'], two.seen.length]).toEqual([
      401,
      'weir_no_credential',
      0,
    ]);
    expect(evidenceOf(await gateway.record(answer), 'keyed').address).toBe(-2);
    await ask('keyed', { authorization: 'Bearer of-the-caller' });
    expect(two.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer of-the-caller']);
    await ask('keyed', { 'x-weir-key': TIERED_KEY });
    expect(two.seen.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });
});

describe('headers', () => {
  it.each(['doubled', 'distant'])(
    'that come twice are seen whole, wherever the hook runs: %s',
    async name => {
      const answer = await ask(name, { 'x-env': ['prod', 'dev'], 'x-half': ['a', `weir_${'A'.repeat(49)}`] });
      const evidence = evidenceOf(await gateway.record(answer), name);
      expect(evidence.env).toBe('prod, dev');
      expect(evidence.half).toBeUndefined();
    },
  );

  it('that frame, name Weir, hold cookies, credentials or line breaks are not set, in request or answer', async () => {
    const answer = await ask('smuggles');
    const { steps } = await gateway.record(answer);
    const taken = steps.filter(({ policy }) => policy === 'smuggles').map(({ evidence }) => evidence.taken);
    expect(taken).toEqual([0, 0]);
    const sent = one.seen[0]?.rawHeaders.join('\n') ?? '';
    for (const raw of [sent, answer.rawHeaders.join('\n')])
      expect(raw).not.toMatch(/evil|a=b|secret|mine|weir_ok/i);
    expect([answer.status, answer.headers['x-kept'], answer.body.toString()]).toEqual([
      200,
      'kept',
      '{"model":"m","choices":[]}',
    ]);
  });
});

describe('a secret of the configuration', () => {
  it('leaves by no denial, step, tag or log line', async () => {
    const answer = await ask('echoes');
    const record = await gateway.record(answer);
    const said = [
      answer.rawHeaders.join('\n'),
      answer.body.toString(),
      JSON.stringify(record),
      gateway.output(),
    ];
    for (const text of said) expect(text).not.toContain(SECRET);
    expect(answer.body.toString()).toContain('it is ***');
    expect(gateway.output()).toContain('I know ***\uFFFD\uFFFD');
  });
});

describe('texts with quotes and line breaks', () => {
  it('stay one text of the request', async () => {
    await ask('writes');
    expect(JSON.parse(one.seen[0]?.body.toString() ?? '')).toEqual({
      ...CHAT,
      messages: [{ role: 'user', content: injected }],
    });
  });

  it('stay one event of a stream', async () => {
    pieces = ['a', 'b'];
    const answer = await ask('says', {}, { stream: true });
    const lines = answer.body.toString().split('\n\n');
    expect(lines).toHaveLength(4);
    const texts = lines
      .slice(0, 2)
      .map(line => JSON.parse(line.slice('data: '.length)).choices[0].delta.content);
    expect(texts).toEqual([injected, injected]);
    expect(lines.slice(2)).toEqual(['data: [DONE]', '']);
  });
});

describe('evidence', () => {
  it('of many events is the last of each key, and takes the place of none of Weir’s', async () => {
    pieces = Array.from({ length: 40 }, () => 'a');
    const answer = await ask('counts', {}, { stream: true });
    const evidence = evidenceOf(await gateway.record(answer), 'counts');
    expect(evidence.last).toBe(41);
    expect(evidence.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(evidence.fuel).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn(evidence, '__proto__')).toBe(true);
  });
});

describe('a hook at the end of an isolated plugin', () => {
  it('has no thread for itself, whatever fuel the policy gives', async () => {
    const answer = await ask('stays');
    const step = (await gateway.record(answer)).steps.find(({ policy }) => policy === 'stays');
    expect([step?.verdict, step?.evidence.failure]).toEqual(['failed', 'fuel']);
  });
});

describe('what belongs to others', () => {
  it('a consumer’s tag, and one that the policy does not list, are not set', async () => {
    const answer = await ask('tags', { 'x-weir-key': TIERED_KEY });
    expect((await gateway.record(answer)).consumer?.tags).toEqual({ tier: 'bronze' });
    const anonymous = await ask('tags', { 'x-weir-tag-tier': 'silver' });
    expect((await gateway.record(anonymous)).consumer?.tags).toEqual({ tier: 'gold' });
  });

  it('the state of another policy is not seen', async () => {
    const answer = await ask('leaves looks');
    const record = await gateway.record(answer);
    const step = record.steps.find(({ policy, phase }) => policy === 'looks' && phase === 'forward');
    expect(step?.evidence.state).toBe('mine');
    const next = await gateway.record(await ask('leaves'));
    expect(next.outcome).toBe('served');
  });
});
