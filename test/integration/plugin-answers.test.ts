// Plugins and the answer: its head, its texts as they stream or whole, its end.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import {
  type Answer,
  CHAT,
  chat,
  type RunningGateway,
  startGateway,
  startProvider,
  until,
} from './harness.js';
import { GO_ON, guestFolder, type Hooks, SCRATCH } from './plugin-guests.js';

let gateway: RunningGateway;
/** Answers that were cut before their end. */
let cut = 0;

const if_ = (letter: string, then: string): string =>
  `(if (i32.eq (local.get $i) (i32.const ${letter.charCodeAt(0)})) (then ${then}))`;

/** Looks at the first letter of each piece: s is replaced, h held back, d ends the answer, t traps. */
const GUARD = `
  (local.set $n (call $event_text (i32.const ${SCRATCH}) (i32.const 1000)))
  (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
  (local.set $i (i32.load8_u (i32.const ${SCRATCH})))
  ${if_('s', `(drop (call $event_replace 'X"X'))`)}
  ${if_('h', '(return (i32.const 2))')}
  ${if_('d', `(call $deny (i32.const 451) 'not_said' 'this is not said' (i32.const 0)) (return (i32.const 1))`)}
  ${if_('t', 'unreachable')}
  ${GO_ON}`;

const marks = (letter: string): Hooks => ({
  on_response: `(drop (call $header_set 'x-last' '${letter}'))
    (drop (call $state_get (i32.const ${SCRATCH}) (i32.const 8)))
    (drop (call $state_set (i32.const ${SCRATCH}) (i32.const 4))) ${GO_ON}`,
  on_request: `(drop (call $state_set '${letter}req')) ${GO_ON}`,
  on_event: `(local.set $n (call $event_text (i32.const ${SCRATCH}) (i32.const 1000)))
    (i32.store8 (i32.add (i32.const ${SCRATCH}) (local.get $n)) (i32.const ${letter.charCodeAt(0)}))
    (if (local.get $n) (then (drop (call $event_replace (i32.const ${SCRATCH}) (i32.add (local.get $n) (i32.const 1)))))) ${GO_ON}`,
  on_end: `(call $evidence_str 'state' (i32.const ${SCRATCH}) (call $state_get (i32.const ${SCRATCH}) (i32.const 8)))
    (call $evidence_i64 'output' (call $field_i64 (i32.const 40)))
    (call $evidence_i64 'status' (call $field_i64 (i32.const 37)))`,
});

const WRITES = 'grant: [events.write, headers.write]';
const CASES: Readonly<Record<string, readonly [hooks: Hooks, settings: string]>> = {
  guards: [{ on_event: GUARD }, WRITES],
  eased: [{ on_event: GUARD }, `${WRITES}, on_failure: open`],
  apart: [{ on_event: GUARD }, `${WRITES}, run: isolated`],
  mark_a: [marks('a'), WRITES],
  mark_b: [marks('b'), WRITES],
  stops: [
    {
      on_response: `(if (i64.eq (call $field_i64 (i32.const 37)) (i64.const 200)) (then
        (call $deny (i32.const 409) 'no_answer' 'no answer today' (i32.const 0)) (return (i32.const 1)))) ${GO_ON}`,
    },
    '',
  ],
  traps: [
    {
      on_response: `(if (i64.eq (call $field_i64 (i32.const 37)) (i64.const 200)) (then unreachable)) ${GO_ON}`,
    },
    '',
  ],
  hidden: [
    {
      on_response: `(call $evidence_i64 'cookie' (i64.extend_i32_s (call $header_get 'set-cookie' (i32.const 0) (i32.const 0))))
        (call $evidence_i64 'etag' (i64.extend_i32_s (call $header_get 'etag' (i32.const 0) (i32.const 0))))
        (drop (call $header_remove 'etag')) ${GO_ON}`,
    },
    WRITES,
  ],
  ends: [{ on_end: 'unreachable' }, ''],
  knows: [
    {
      on_response: `(call $evidence_i64 'text' (i64.extend_i32_s (call $message_text (i32.const 0) (i32.const 0) (i32.const 0))))
        (drop (call $header_set 'x-last' 'k')) ${GO_ON}`,
      on_end: `(call $evidence_i64 'count' (i64.extend_i32_s (call $message_count)))`,
    },
    WRITES,
  ],
};

beforeAll(async () => {
  const write = guestFolder();
  const provider = await startProvider((request, response, body) => void answer(request, response, body));
  const policies = Object.entries(CASES).map(([name, [hooks, settings]]) => {
    const file = write(name, hooks);
    return `  - { name: ${name}, when: 'request.headers["x-case"].contains("${name}")', plugin: { file: "${file}", ${settings} } }\n`;
  });
  const shaded = write('shaded', { on_event: GUARD });
  gateway = await startGateway(`
anonymous: allow
workers: 1
limits: { inspect_bytes: 64KiB }
providers:
  openai: { kind: openai, base_url: "${provider.url}", auth: none }
  torn: { kind: openai, base_url: "${provider.url}/torn", auth: none }
routes:
  - { match: { model: twice }, targets: [ { provider: torn }, { provider: openai } ] }
  - { match: { model: "*" }, targets: [ { provider: openai } ] }
policies:
${policies.join('')}\
  - { name: budgeted, when: 'request.headers["x-case"].contains("budgeted")', budget: { output_tokens: 40, per: day }, overrun: stop }
  - { name: shaded, mode: shadow, when: 'request.headers["x-case"] == "shaded"', plugin: { file: "${shaded}", ${WRITES} } }
`);
});

const chunk = (content: string): string =>
  `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}],"x":1.0}\n\n`;
const USAGE = { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 };
const LAST = `data: {"choices":[],"usage":${JSON.stringify(USAGE)}}\n\ndata: [DONE]\n\n`;
const whole = (content: string): string =>
  JSON.stringify({ id: 'c', choices: [{ index: 0, message: { role: 'assistant', content } }], usage: USAGE });

interface Script {
  readonly say: string | string[];
  readonly zipped?: boolean;
  /** Refuses `stream_options`, with that word. */
  readonly picky?: string;
  /** The connection is cut behind that; a content-encoding that nobody knows is all that comes before. */
  readonly torn?: string | true;
}

/** Where no one looks for text that the model would read. */
const scriptIn = (body: Buffer): Script =>
  JSON.parse((JSON.parse(body.toString()) as { metadata: { script: string } }).metadata.script) as Script;
const scripted = (script: Script): object => ({
  stream: Array.isArray(script.say),
  stream_options: { include_usage: true },
  metadata: { script: JSON.stringify(script) },
});

/** `say` of the request's body: pieces of a stream, each sent by itself; or one text. */
async function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
  const { say, zipped, picky, torn } = scriptIn(body);
  if (torn !== undefined && (typeof torn === 'string' || request.url?.startsWith('/torn') === true)) {
    const plain = typeof torn === 'string';
    const coding: Record<string, string> = plain ? {} : { 'content-encoding': 'own' };
    response.writeHead(200, { 'content-type': 'text/event-stream', ...coding });
    response.flushHeaders();
    if (plain) response.write(torn);
    setTimeout(() => response.destroy(), 50);
    return;
  }
  if (picky !== undefined && body.includes('include_usage')) {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `no ${picky}` } }));
    return;
  }
  response.on('close', () => {
    if (!response.writableFinished) cut++;
  });
  const headers = { etag: '"1"', 'set-cookie': 'a=b', ...(zipped ? { 'content-encoding': 'gzip' } : {}) };
  if (typeof say === 'string') {
    const bytes = zipped ? gzipSync(whole(say)) : Buffer.from(whole(say));
    response.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': bytes.length,
    });
    response.end(bytes);
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  if (zipped) {
    response.end(gzipSync(say.map(chunk).join('') + LAST));
    return;
  }
  for (const text of say) {
    if (text === 'wait') await once(request, 'close');
    response.write(chunk(text));
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  response.end(LAST);
}

const ask = (
  name: string,
  say: Script['say'],
  more: object = {},
  script: Partial<Script> = {},
): Promise<Answer> => chat(gateway, { ...scripted({ say, ...script }), ...more }, { 'x-case': name });
const stepsOf = (record: RequestRecord, policy: string): RequestRecord['steps'] =>
  record.steps.filter(step => step.policy === policy);

describe('a plugin that looks at texts', () => {
  it('replaces a piece in its event, and every other byte stays', async () => {
    const answer = await ask('guards', ['a', 's\\n', 'b']);
    expect(answer.body.toString()).toBe(chunk('a') + chunk('X\\"X') + chunk('b') + LAST);
    expect(answer.headers.etag).toBeUndefined();
    const record = await gateway.record(answer);
    expect([record.outcome, record.usage.output_tokens]).toEqual(['served', 7]);
    expect(stepsOf(record, 'guards')).toMatchObject([
      { phase: 'forward', verdict: 'change', code: 'plugin_changed' },
    ]);
    expect(stepsOf(record, 'guards')[0]?.evidence).toMatchObject({
      hook: 'on_event',
      events: 4,
      changed: 1,
      held: 0,
    });
  });

  it('has the usage that Weir asked for taken out first', async () => {
    const answer = await ask('guards', ['a', 's'], { stream_options: undefined });
    expect(answer.body.toString()).toBe(`${chunk('a')}${chunk('X\\"X')}data: [DONE]\n\n`);
    expect((await gateway.record(answer)).usage).toMatchObject({ output_tokens: 7, source: 'provider' });
  });

  it('holds pieces back until it lets them go', async () => {
    const answer = await ask('guards', ['a', 'h1', 'h2', 'b']);
    expect(answer.body.toString()).toBe(['a', 'h1', 'h2', 'b'].map(chunk).join('') + LAST);
    expect(stepsOf(await gateway.record(answer), 'guards')[0]?.evidence).toMatchObject({
      held: 2,
      changed: 0,
    });
  });

  it('ends a stream in its dialect, without what it had held back, and the provider is cut', async () => {
    const before = cut;
    const answer = await ask('guards', ['a', 'h1', 'd', 'wait']);
    const [first, error] = answer.body.toString().split('\n\n');
    expect(`${first}\n\n`).toBe(chunk('a'));
    expect(JSON.parse(error?.slice(6) ?? '')).toMatchObject({
      error: { code: 'weir_plugin_denied', reason: 'not_said', message: 'this is not said' },
    });
    expect([answer.status, answer.broken]).toEqual([200, true]);
    const record = await gateway.record(answer);
    expect([record.outcome, record.error?.code]).toEqual(['blocked', 'weir_plugin_denied']);
    expect(stepsOf(record, 'guards')).toMatchObject([{ verdict: 'deny', code: 'not_said' }]);
    await until(() => cut > before, 'a cut call');
  });

  it('sees a whole answer before anything is sent, and may refuse it', async () => {
    const passed = await ask('guards', 's1');
    expect(passed.body.toString()).toBe(whole('X"X'));
    expect(passed.headers['content-length']).toBe(String(passed.body.length));
    const refused = await ask('guards', 'd');
    expect([refused.status, refused.headers['x-weir-reason']]).toEqual([451, 'not_said']);
    const record = await gateway.record(refused);
    expect([record.outcome, record.status, record.usage.output_tokens]).toEqual(['blocked', 451, 7]);
  });

  it('that fails ends the answer, or is passed over', async () => {
    const closed = await ask('guards', ['a', 't', 'b']);
    expect([closed.broken, closed.body.toString().includes('weir_plugin_failed')]).toEqual([true, true]);
    expect((await ask('guards', 't')).status).toBe(503);
    const open = await ask('eased', ['a', 'h', 't', 's']);
    expect(open.body.toString()).toBe(['a', 'h', 't', 's'].map(chunk).join('') + LAST);
    const record = await gateway.record(open);
    expect(stepsOf(record, 'eased')).toMatchObject([
      { verdict: 'failed', evidence: { failure: 'trap', events: 3 } },
    ]);
  });

  it('changes nothing in shadow mode', async () => {
    const say = ['a', 's', 'h', 'd', 'b'];
    const answer = await ask('shaded', say);
    expect(answer.body.toString()).toBe(say.map(chunk).join('') + LAST);
    const steps = stepsOf(await gateway.record(answer), 'shaded');
    expect(steps).toMatchObject([
      { mode: 'shadow', verdict: 'deny', evidence: { events: 4, changed: 1, held: 1 } },
    ]);
  });

  it('may run in the compute pool, and the answer waits for it', async () => {
    const answer = await ask('apart', ['a', 's', 'b']);
    expect(answer.body.toString()).toBe(chunk('a') + chunk('X\\"X') + chunk('b') + LAST);
    const record = await gateway.record(answer);
    expect(stepsOf(record, 'apart')[0]?.evidence).toMatchObject({ isolated: true, events: 4 });
    expect((await ask('apart', 's')).body.toString()).toBe(whole('X"X'));
  });

  it('gets a compressed answer as it reads, and so does the client', async () => {
    for (const say of [['a', 's'], 's']) {
      const answer = await ask('guards', say, {}, { zipped: true });
      expect(answer.headers['content-encoding']).toBeUndefined();
      const expected = typeof say === 'string' ? whole('X"X') : chunk('a') + chunk('X\\"X') + LAST;
      expect(answer.body.toString()).toBe(expected);
      expect((await gateway.record(answer)).usage.output_tokens).toBe(7);
    }
  });
});

describe('an answer that cannot be looked at', () => {
  it('is refused, or goes on as it is, as the policy says', async () => {
    const long = `s${'x'.repeat(100_000)}`;
    const refused = await ask('guards', long);
    expect([refused.status, refused.headers['x-weir-code']]).toEqual([422, 'weir_opaque_request']);
    expect(stepsOf(await gateway.record(refused), 'guards')).toMatchObject([
      { phase: 'forward', verdict: 'deny', code: 'plugin_opaque' },
    ]);
    const passed = await ask('eased', long);
    expect(passed.body.toString()).toBe(whole(long));
    expect(stepsOf(await gateway.record(passed), 'eased')).toMatchObject([
      { verdict: 'skipped', code: 'plugin_opaque' },
    ]);
  });
});

describe('an answer that breaks', () => {
  it('before anything of it was sent leaves nothing behind for the next one', async () => {
    const answer = await ask('eased', ['a', 's'], { model: 'twice' }, { torn: true });
    const record = await gateway.record(answer);
    expect(record.attempts.map(({ error }) => error)).toEqual(['weir_upstream_broke', null]);
    expect(answer.body.toString()).toBe(chunk('a') + chunk('X\\"X') + LAST);
    expect(stepsOf(record, 'eased').map(({ code }) => code)).toEqual(['plugin_opaque', 'plugin_changed']);
  });

  it('within an event that nobody looks at is cut there', async () => {
    const torn = `data: no json\n\n${chunk('a').slice(0, 30)}`;
    const answer = await ask('eased', ['a'], {}, { torn });
    expect([answer.broken, answer.body.toString()]).toEqual([true, torn]);
  });
});

describe('a stream whose budget is used up', () => {
  it('ends after what plugins have made of it', async () => {
    const say = [...Array<string>(60).fill(' word'), 'last'];
    const answer = await ask('mark_a budgeted', say, { max_tokens: 1000 });
    const text = answer.body.toString();
    expect(text.startsWith(chunk(' worda'))).toBe(true);
    expect([answer.broken, text.includes('weir_limit_reached'), text.includes('last')]).toEqual([
      true,
      true,
      false,
    ]);
    const record = await gateway.record(answer);
    expect([record.outcome, record.error?.code]).toEqual(['blocked', 'weir_limit_reached']);
  });
});

describe('several plugins', () => {
  it('look at the answer in reverse order, and each finds what it knew of the request', async () => {
    const answer = await ask('mark_a mark_b', ['x']);
    expect(answer.headers['x-last']).toBe('a');
    expect(answer.body.toString()).toBe(chunk('xba') + LAST);
    const record = await gateway.record(answer);
    const ends = record.steps.filter(({ phase, kind }) => phase === 'settle' && kind === 'plugin');
    expect(ends.map(({ policy }) => policy)).toEqual(['mark_b', 'mark_a']);
    expect(ends.map(({ evidence: { state, output, status } }) => [state, output, status])).toEqual([
      ['breq', 7, 200],
      ['areq', 7, 200],
    ]);
  });
});

describe('a plugin that looks at the head', () => {
  it('may put its own answer in place of the provider’s', async () => {
    const answer = await ask('stops', 'hello');
    expect([answer.status, answer.headers['x-weir-code'], answer.headers['x-weir-reason']]).toEqual([
      409,
      'weir_plugin_denied',
      'no_answer',
    ]);
    expect(answer.headers.etag).toBeUndefined();
    const record = await gateway.record(answer);
    expect([record.outcome, record.attempts[0]?.status]).toEqual(['blocked', 200]);
    expect(stepsOf(record, 'stops')).toMatchObject([
      { phase: 'forward', verdict: 'deny', code: 'no_answer' },
    ]);
  });

  it('may wait for the compute pool, and on_end does not see what is too large for it', async () => {
    const content = 'x'.repeat(50_000);
    const answer = await ask('knows', 'hello', { messages: [{ role: 'user', content }] });
    expect([answer.body.toString(), answer.headers['x-last']]).toEqual([whole('hello'), 'k']);
    const steps = stepsOf(await gateway.record(answer), 'knows');
    expect(steps.map(({ evidence }) => evidence)).toMatchObject([
      { hook: 'on_response', text: 50_000, isolated: true },
      { hook: 'on_end', count: -1 },
    ]);
  });

  it('is asked about the answer that the client gets, and about no other', async () => {
    const plain = await ask('knows', ['a'], { stream_options: undefined }, { picky: 'teapots' });
    expect([plain.status, plain.headers['x-last']]).toEqual([400, 'k']);
    const again = await ask('knows', ['a'], { stream_options: undefined }, { picky: 'stream_options' });
    expect([again.status, again.body.toString()]).toEqual([200, chunk('a') + LAST]);
    const steps = stepsOf(await gateway.record(again), 'knows');
    expect(steps.map(({ evidence }) => evidence.hook)).toEqual(['on_response', 'on_end']);
  });

  it('that fails lets no answer out', async () => {
    const answer = await ask('traps', 'hello');
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([503, 'weir_plugin_failed']);
  });

  it('sees no cookie, and what it removes is gone', async () => {
    const answer = await ask('hidden', 'hello');
    expect([answer.status, answer.headers.etag]).toEqual([200, undefined]);
    expect(answer.body.toString()).toBe(whole('hello'));
    const [step] = stepsOf(await gateway.record(answer), 'hidden');
    expect(step?.evidence).toMatchObject({ cookie: -1, etag: 3, changed_headers: 1 });
  });
});

describe('a plugin that fails at the end', () => {
  it('takes nothing from the answer', async () => {
    const answer = await ask('ends', 'hello');
    expect([answer.status, answer.body.toString()]).toEqual([200, whole('hello')]);
    expect(stepsOf(await gateway.record(answer), 'ends')).toMatchObject([
      { phase: 'settle', verdict: 'failed' },
    ]);
  });
});

describe('a client that leaves', () => {
  it('in the middle of an answer is told as such, with the events up to then', async () => {
    const controller = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-case': 'guards' },
      body: JSON.stringify({ ...CHAT, ...scripted({ say: ['a', 'wait'] }) }),
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
    const record = await gateway.newest(({ outcome }) => outcome === 'aborted');
    expect(stepsOf(record, 'guards')).toMatchObject([{ phase: 'forward', evidence: { events: 1 } }]);
  });
});
