// Plugins and the request: what they refuse, change and see before it is sent.
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import {
  type Answer,
  CHAT,
  chat,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from './harness.js';
import { GO_ON, guestFolder, type Hooks, SCRATCH } from './plugin-guests.js';

let one: RunningProvider;
let two: RunningProvider;
let gateway: RunningGateway;
/** Status of the first provider's answers. */
let status = 200;

const LARGE = 40_000;
const ROOM = `(i32.const ${SCRATCH}) (i32.const 1000)`;

/** Policies by name; each looks at requests that say its name. */
const CASES: Readonly<Record<string, readonly [hooks: Hooks, settings: string]>> = {
  denies: [
    {
      on_request: `(call $deny (i32.const 418) 'no_teapots' 'teapots are not served' (i32.const 0)) (i32.const 1)`,
    },
    '',
  ],
  waits: [
    { on_request: `(call $deny (i32.const 429) 'later' 'come later' (i32.const 1500)) (i32.const 1)` },
    '',
  ],
  plain: [{ on_request: '(i32.const 1)' }, ''],
  says: [{ on_request: `(call $deny (i32.const 418) 'a_word' 'only said' (i32.const 0)) ${GO_ON}` }, ''],
  first: [
    { on_request: `(drop (call $message_set_text (i32.const 0) 'the "first"')) ${GO_ON}` },
    'grant: [messages.write]',
  ],
  second: [
    {
      on_request: `(local.set $n (call $message_text (i32.const 0) ${ROOM}))
        (call $evidence_str 'saw' (i32.const ${SCRATCH}) (local.get $n)) ${GO_ON}`,
    },
    '',
  ],
  model: [{ on_request: `(drop (call $set_model 'pair')) ${GO_ON}` }, 'grant: [route]'],
  other: [{ on_request: `(drop (call $set_model 'm-2')) ${GO_ON}` }, 'grant: [route]'],
  walled: [{ on_request: `(drop (call $set_model 'm-walled')) ${GO_ON}` }, 'grant: [route]'],
  nowhere: [{ on_request: `(drop (call $set_model 'other/m')) ${GO_ON}` }, 'grant: [route]'],
  target: [
    {
      on_request: `(call $evidence_i64 'said' (i64.extend_i32_s (call $set_target 'gone'))) (drop (call $set_target 'two')) ${GO_ON}`,
    },
    'grant: [route]',
  ],
  body: [
    { on_request: `(drop (call $body_replace '{"model":"m-9","messages":[],"max_tokens":7}')) ${GO_ON}` },
    'grant: [body.write]',
  ],
  broken: [{ on_request: `(drop (call $body_replace '{"model":')) ${GO_ON}` }, 'grant: [body.write]'],
  headers: [
    {
      on_request: `(drop (call $header_set 'x-added' 'by a plugin')) (drop (call $header_remove 'x-gone'))
        (call $evidence_i64 'key' (i64.extend_i32_s (call $header_get 'x-weir-key' ${ROOM})))
        (call $evidence_i64 'kept' (i64.extend_i32_s (call $header_get 'x-kept' ${ROOM})))
        (call $evidence_i64 'token' (i64.extend_i32_s (call $header_get 'x-token' ${ROOM}))) ${GO_ON}`,
    },
    'grant: [headers.write]',
  ],
  tagged: [{ on_request: `(call $tag 'team' 'blue') ${GO_ON}` }, 'tags: [team]'],
  loops: [{ on_request: '(loop (br 0)) (i32.const 0)' }, 'fuel: 100000'],
  opens: [{ on_request: '(loop (br 0)) (i32.const 0)' }, 'fuel: 100000, on_failure: open'],
  reads: [{ on_request: `(drop (call $message_count)) ${GO_ON}` }, ''],
  passes: [
    { on_request: `(call $evidence_i64 'count' (i64.extend_i32_s (call $message_count))) ${GO_ON}` },
    'on_opaque: pass',
  ],
  apart: [
    {
      on_request: `(drop (call $message_text (i32.const 0) ${ROOM})) (drop (call $message_set_text (i32.const 0) 'short')) ${GO_ON}`,
    },
    'grant: [messages.write]',
  ],
  endless: [
    {
      // Not when it is tried out, which has no headers.
      on_request: `(if (i32.ge_s (call $header_get 'x-case' ${ROOM}) (i32.const 0)) (then (loop (br 0)))) ${GO_ON}`,
    },
    'run: isolated, fuel: 1000000000000, deadline: 10s',
  ],
};

beforeAll(async () => {
  const write = guestFolder();
  one = await startProvider((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('{"model":"m","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5}}');
  });
  two = await startProvider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"model":"m","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5}}');
  });
  const policies = Object.entries(CASES).map(([name, [hooks, settings]]) => {
    const file = write(name, hooks);
    return `  - { name: ${name}, when: 'request.headers["x-case"].contains("${name}")', mode: enforce, plugin: { file: "${file}", ${settings} } }\n`;
  });
  const shadow = write('shadow', CASES.first?.[0] ?? {});
  gateway = await startGateway(`
anonymous: allow
workers: 1
tags: [team]
limits: { inspect_bytes: 512KiB }
providers:
  gem: { kind: gemini, base_url: "${two.url}", auth: none }
  one: { kind: openai-compatible, base_url: "${one.url}", auth: none }
  two: { kind: openai-compatible, base_url: "${two.url}", auth: none }
routes:
  - { match: { model: pair }, targets: [ { provider: one, model: m-1 }, { provider: two, model: m-2 } ] }
  - { match: { model: "m-*" }, targets: [ { provider: two } ] }
  - { match: { model: "gpt-*" }, targets: [ { provider: one } ] }
policies:
  - { name: wall, when: 'ai.model == "m-walled"', unreadable: pass, deny: {} }
  - { name: by-team, when: 'request.headers["x-case"] == "tagged"', limit: { requests: 2, per: 1d, by: [tag.team] } }
${policies.join('')}\
  - { name: shaded, when: 'request.headers["x-case"] == "shaded"', mode: shadow, plugin: { file: "${shadow}", grant: [messages.write] } }
  - { name: tokens, when: 'request.headers["x-case"].contains("counted")', cap: { input_tokens: 100 } }
`);
});

beforeEach(() => {
  status = 200;
  one.seen.length = two.seen.length = 0;
});

const ask = (name: string, more: object = {}, headers = {}): Promise<Answer> =>
  chat(gateway, more, { 'x-case': name, ...headers });
/** Under the provider's prefix, where no route asks for the model. */
const plainly = (name: string, headers = {}): Promise<Answer> =>
  send(`${gateway.url}/one/v1/chat/completions`, {
    headers: { 'content-type': 'application/json', 'x-case': name, ...headers },
    body: JSON.stringify(CHAT),
  });
const stepsOf = (record: RequestRecord, policy: string): RequestRecord['steps'] =>
  record.steps.filter(step => step.policy === policy);
const errorOf = (answer: Answer): Record<string, unknown> => {
  return (JSON.parse(answer.body.toString()) as { error: Record<string, unknown> }).error;
};

describe('a plugin that refuses', () => {
  it('is heard with its own status, message and reason, and nothing is sent', async () => {
    const answer = await ask('denies');
    expect([answer.status, answer.headers['x-weir-code'], answer.headers['x-weir-reason']]).toEqual([
      418,
      'weir_plugin_denied',
      'no_teapots',
    ]);
    expect(errorOf(answer)).toMatchObject({ message: 'teapots are not served', reason: 'no_teapots' });
    expect(answer.headers['x-should-retry']).toBe('false');
    const record = await gateway.record(answer);
    expect([record.outcome, record.error?.source, one.seen.length]).toEqual(['blocked', 'plugin', 0]);
    expect(stepsOf(record, 'denies')).toMatchObject([
      { phase: 'change', kind: 'plugin', verdict: 'deny', code: 'no_teapots' },
    ]);
    expect(stepsOf(record, 'denies')[0]?.evidence).toMatchObject({ plugin: 'denies', hook: 'on_request' });
    expect(stepsOf(record, 'denies')[0]?.evidence.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('may say when to come back', async () => {
    const { status, headers } = await ask('waits');
    expect([status, headers['retry-after'], headers['x-should-retry']]).toEqual([429, '2', undefined]);
  });

  it('needs no words', async () => {
    const answer = await ask('plain');
    expect([answer.status, answer.headers['x-weir-reason']]).toEqual([403, undefined]);
    expect(stepsOf(await gateway.record(answer), 'plain')).toMatchObject([{ code: 'plugin_denied' }]);
  });

  it('only leaves a step where its result lets pass', async () => {
    const answer = await ask('says');
    expect(answer.status).toBe(200);
    expect(stepsOf(await gateway.record(answer), 'says')[0]).toMatchObject({
      verdict: 'permit',
      evidence: { said: 'a_word' },
    });
  });
});

describe('a plugin that changes the request', () => {
  const body = '{ "model": "gpt-4o",  "messages": [{"role":"user","content":"h\\u0065llo"}], "x": 1.0 }';
  const raw = (name: string, bytes: string | Buffer, headers = {}): Promise<Answer> =>
    send(`${gateway.url}/v1/chat/completions`, {
      headers: { 'content-type': 'application/json', 'x-case': name, ...headers },
      body: bytes,
    });

  it('changes the bytes of a text and no others, and the next sees it so', async () => {
    const answer = await raw('first second', body);
    expect(one.seen[0]?.body.toString()).toBe(body.replace('h\\u0065llo', 'the \\"first\\"'));
    const record = await gateway.record(answer);
    expect(stepsOf(record, 'first')).toMatchObject([
      { verdict: 'change', code: 'plugin_changed', evidence: { changed_messages: 1 } },
    ]);
    expect(stepsOf(record, 'second')[0]?.evidence.saw).toBe('the "first"');
    expect(record.ai.evidence).toContainEqual({ field: 'request', from: 'policy', value: 'first' });
  });

  it('has a compressed body sent on as it reads', async () => {
    await raw('first', gzipSync(body), { 'content-encoding': 'gzip', 'content-md5': 'abc' });
    const [seen] = one.seen;
    expect(seen?.body.toString()).toBe(body.replace('h\\u0065llo', 'the \\"first\\"'));
    expect([seen?.headers['content-encoding'], seen?.headers['content-md5']]).toEqual([undefined, undefined]);
    expect(seen?.headers['content-length']).toBe(String(seen?.body.length));
  });

  it('changes nothing in shadow mode', async () => {
    const answer = await raw('shaded', body);
    expect(one.seen[0]?.body.toString()).toBe(body);
    expect(stepsOf(await gateway.record(answer), 'shaded')).toMatchObject([
      { mode: 'shadow', verdict: 'change', evidence: { changed_messages: 1 } },
    ]);
  });

  it('sends it elsewhere by another model, and denials are asked again', async () => {
    const answer = await ask('model');
    expect([one.seen[0]?.body.toString(), two.seen.length]).toEqual([
      JSON.stringify({ ...CHAT, model: 'm-1' }),
      0,
    ]);
    expect((await gateway.record(answer)).ai).toMatchObject({ provider: 'one', model: 'pair' });
    const walled = await ask('walled');
    expect([walled.status, walled.headers['x-weir-code']]).toEqual([403, 'weir_denied']);
    expect([one.seen.length, two.seen.length]).toEqual([1, 0]);
    expect((await ask('nowhere')).headers['x-weir-code']).toBe('weir_no_route');
  });

  it('puts another model where the path has it, or where none stands', async () => {
    const url = `${gateway.url}/gem/v1beta/models/m-1:generateContent`;
    const headers = { 'content-type': 'application/json', 'x-case': 'other' };
    const answer = await send(url, { headers, body: '{"contents":[]}' });
    expect(two.seen.map(({ url, body }) => [url, body.toString()])).toEqual([
      ['/v1beta/models/m-2:generateContent', '{"contents":[]}'],
    ]);
    expect((await gateway.record(answer)).ai.model).toBe('m-2');
    await send(`${gateway.url}/one/v1/chat/completions`, { headers, body: ' { "messages": [] }' });
    expect(one.seen[0]?.body.toString()).toBe(' {"model":"m-2", "messages": [] }');
    const upload = await send(`${gateway.url}/one/v1/files`, {
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'x-case': 'other' },
      body: '--x--',
    });
    expect(upload.headers['x-weir-code']).toBe('weir_plugin_failed');
  });

  it('sends the changed body to the next target as well', async () => {
    status = 503;
    const answer = await ask('first model');
    expect(answer.status).toBe(200);
    for (const [{ seen }, model] of [
      [one, 'm-1'],
      [two, 'm-2'],
    ] as const) {
      const sent = { model, messages: [{ role: 'user', content: 'the "first"' }] };
      expect(seen.map(each => JSON.parse(each.body.toString()))).toEqual([sent]);
    }
  });

  it('sends it to a target of the configuration, and to no other', async () => {
    const answer = await ask('target');
    expect([one.seen.length, two.seen.length]).toEqual([0, 1]);
    const record = await gateway.record(answer);
    expect(record.ai.provider).toBe('two');
    expect(stepsOf(record, 'target')[0]?.evidence).toMatchObject({ said: -2, changed_target: 'two' });
  });

  it('puts another body in its place, which is identified anew', async () => {
    const answer = await ask('body');
    expect(two.seen[0]?.body.toString()).toBe('{"model":"m-9","messages":[],"max_tokens":7}');
    const { ai } = await gateway.record(answer);
    expect(ai).toMatchObject({ model: 'm-9', messages: 0, max_output_tokens: 7 });
    const broken = await plainly('broken');
    expect([broken.status, one.seen[0]?.body.toString()]).toEqual([200, '{"model":']);
    expect((await gateway.record(broken)).ai.model).toBeNull();
  });

  it('sets and removes headers, and sees no credential', async () => {
    const answer = await ask(
      'headers',
      {},
      { 'x-gone': 'a', 'x-kept': 'four', 'x-token': `weir_${'A'.repeat(49)}` },
    );
    expect(one.seen[0]?.headers).toMatchObject({ 'x-added': 'by a plugin', 'x-kept': 'four' });
    expect(one.seen[0]?.headers['x-gone']).toBeUndefined();
    const [step] = stepsOf(await gateway.record(answer), 'headers');
    expect(step?.evidence).toMatchObject({ kept: 4, changed_headers: 2 });
    expect([step?.evidence.key, step?.evidence.token]).toEqual([-1, -1]);
  });

  it('has limits count by the tags that it sets', async () => {
    const answers = [await ask('tagged'), await ask('tagged'), await ask('tagged')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(errorOf(answers[2] as Answer).by).toBe('tag.team=blue');
    expect((await gateway.record(answers[0] as Answer)).consumer?.tags).toEqual({ team: 'blue' });
  });

  it('has caps count what it left', async () => {
    const long = { messages: [{ role: 'user', content: 'word '.repeat(LARGE) }] };
    expect((await ask('counted', long)).headers['x-weir-code']).toBe('weir_cap_exceeded');
    const answer = await ask('apart counted', long);
    expect(answer.status).toBe(200);
    const record = await gateway.record(answer);
    expect(stepsOf(record, 'apart')[0]?.evidence).toMatchObject({ isolated: true, changed_messages: 1 });
    expect(stepsOf(record, 'tokens')[0]?.evidence.input_tokens).toBeLessThan(20);
    expect(JSON.parse(one.seen[0]?.body.toString() ?? '').messages[0].content).toBe('short');
  });
});

describe('a plugin that fails', () => {
  it('lets nothing pass, and says what happened', async () => {
    const answer = await ask('loops');
    expect([answer.status, answer.headers['x-weir-code'], answer.headers['x-should-retry']]).toEqual([
      503,
      'weir_plugin_failed',
      'false',
    ]);
    const record = await gateway.record(answer);
    expect([record.outcome, one.seen.length]).toEqual(['blocked', 0]);
    expect(stepsOf(record, 'loops')).toMatchObject([
      { verdict: 'failed', code: 'plugin_failed', evidence: { failure: 'fuel' } },
    ]);
  });

  it('is passed over where it may fail, and after five times not asked any more', async () => {
    const codes: string[] = [];
    for (let i = 0; i < 6; i++) {
      const answer = await ask('opens');
      expect(answer.status).toBe(200);
      codes.push(stepsOf(await gateway.record(answer), 'opens')[0]?.code ?? '');
    }
    expect(codes).toEqual([...Array<string>(5).fill('plugin_failed'), 'plugin_skipped']);
  });
});

describe('a request that cannot be read', () => {
  const opaque = (name: string): Promise<Answer> => plainly(name, { 'content-encoding': 'unknown' });

  it('is refused where a plugin has to read it', async () => {
    const answer = await opaque('reads');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
    expect(stepsOf(await gateway.record(answer), 'reads')).toMatchObject([
      { verdict: 'deny', code: 'plugin_opaque' },
    ]);
  });

  it('is one that is over inspect_bytes as well', async () => {
    const answer = await ask('reads', { messages: [{ role: 'user', content: 'x'.repeat(600_000) }] });
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
  });

  it('goes on as it comes where its body is an upload that nobody reads', async () => {
    const answer = await send(`${gateway.url}/one/v1/files`, {
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'x-case': 'headers' },
      body: '--x--',
    });
    expect([answer.status, one.seen[0]?.body.toString()]).toEqual([200, '--x--']);
    expect(one.seen[0]?.headers['x-added']).toBe('by a plugin');
  });

  it('passes where the policy says so, and does not matter to others', async () => {
    const answer = await opaque('passes');
    expect(answer.status).toBe(200);
    expect(stepsOf(await gateway.record(answer), 'passes')[0]?.evidence.count).toBe(-1);
    expect((await opaque('headers')).status).toBe(200);
  });
});

describe('a client that leaves while a hook runs elsewhere', () => {
  it('is told as such, and the hook is taken back', async () => {
    const controller = new AbortController();
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-case': 'endless' },
      body: JSON.stringify(CHAT),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 300);
    await expect(asked).rejects.toThrow();
    const record = await gateway.newest(({ steps, outcome }) => outcome === 'aborted' && steps.length > 0);
    expect([record.error?.code, one.seen.length]).toEqual(['weir_client_closed', 0]);
    expect((await ask('first')).status).toBe(200);
  });
});
