// Plugins on the answers of every dialect and framing, as the simulator gives them: texts are changed and nothing else, and an answer may be ended.
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type RunningGateway, send, startGateway } from './harness.js';
import { GO_ON, guestFolder, SCRATCH } from './plugin-guests.js';

let gateway: RunningGateway;

/** Behind every piece. */
const MARK = '~';
const MARKS = `
  (local.set $n (call $event_text (i32.const ${SCRATCH}) (i32.const 1000)))
  (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
  (i32.store8 (i32.add (i32.const ${SCRATCH}) (local.get $n)) (i32.const ${MARK.charCodeAt(0)}))
  (drop (call $event_replace (i32.const ${SCRATCH}) (i32.add (local.get $n) (i32.const 1)))) ${GO_ON}`;
/** At the third piece of a stream, or the first of a whole answer. */
const ENDS = `
  (if (i64.lt_s (call $field_i64 (i32.const 38)) (i64.mul (call $field_i64 (i32.const 32)) (i64.const 2))) (then (return (i32.const 0))))
  (call $deny (i32.const 451) 'enough' 'enough of this' (i32.const 0)) (i32.const 1)`;

beforeAll(async () => {
  const write = guestFolder();
  const policy = (name: string, code: string): string =>
    `  - { name: ${name}, when: 'request.headers["x-case"] == "${name}"', plugin: { file: "${write(name, { on_event: code })}", grant: [events.write] } }\n`;
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
policies:
${policy('marks', MARKS)}${policy('ends', ENDS)}`);
});

/** Unpaced, a stream may be here whole before its third piece is judged: then nothing has been sent yet, and it is refused as a whole answer is. */
const PACED = ';tps=100';

const ask = (name: string, path: string, body: unknown, more = ''): Promise<Answer> =>
  send(gateway.url + path, {
    headers: { 'content-type': 'application/json', 'x-weir-sim': `tokens=12;seed=3${more}`, 'x-case': name },
    body: JSON.stringify(body),
  });

const MESSAGES = [{ role: 'user', content: 'count me' }];
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'count me' }] }] };
const CONVERSE = { messages: [{ role: 'user', content: [{ text: 'count me' }] }] };
const CALLS: readonly [what: string, path: string, body: unknown][] = [
  ['OpenAI, whole', '/v1/chat/completions', { model: 'm', messages: MESSAGES }],
  ['OpenAI, SSE', '/v1/chat/completions', { model: 'm', messages: MESSAGES, stream: true }],
  ['OpenAI completions, SSE', '/v1/completions', { model: 'm', prompt: 'count me', stream: true }],
  ['OpenAI Responses, whole', '/v1/responses', { model: 'm', input: 'count me' }],
  ['OpenAI Responses, SSE', '/v1/responses', { model: 'm', input: 'count me', stream: true }],
  ['Anthropic, whole', '/v1/messages', { model: 'm', max_tokens: 99, messages: MESSAGES }],
  ['Anthropic, SSE', '/v1/messages', { model: 'm', max_tokens: 99, messages: MESSAGES, stream: true }],
  ['Gemini, whole', '/v1beta/models/m:generateContent', CONTENTS],
  ['Gemini, SSE', '/v1beta/models/m:streamGenerateContent?alt=sse', CONTENTS],
  ['Gemini, a JSON array', '/v1beta/models/m:streamGenerateContent', CONTENTS],
  ['Bedrock, whole', '/model/m/converse', CONVERSE],
  ['Bedrock, an event stream', '/model/m/converse-stream', CONVERSE],
  ['Cohere, whole', '/v2/chat', { model: 'm', messages: MESSAGES }],
  ['Cohere, SSE', '/v2/chat', { model: 'm', messages: MESSAGES, stream: true }],
  ['Ollama, whole', '/api/chat', { model: 'm', messages: MESSAGES, stream: false }],
  ['Ollama, NDJSON', '/api/chat', { model: 'm', messages: MESSAGES }],
];

/** What differs from answer to answer: ids, times, and frames' lengths and checksums. */
const stable = (answer: Answer): string =>
  (answer.headers['content-type'] ?? '').includes('eventstream')
    ? [...answer.body.toString('latin1').matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text).join('')
    : answer.body
        .toString()
        .replace(/"(?:id|responseId)":"[^"]*"/g, 'id')
        .replace(/[a-z]+[-_][0-9a-zA-Z-]{8,}/g, 'id')
        .replace(/\b\d{9,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|"(?:latencyMs|\w+_duration)":\d+/g, 'time');

describe('a plugin on an answer of', () => {
  it.each(CALLS)('%s changes its texts and nothing else', async (_what, path, body) => {
    const [plain, marked] = [await ask('none', path, body), await ask('marks', path, body)];
    expect([plain.status, marked.status]).toEqual([200, 200]);
    const text = stable(marked);
    expect(text.includes(MARK)).toBe(true);
    expect(text.replaceAll(MARK, '')).toBe(stable(plain));
    const [before, after] = [await gateway.record(plain), await gateway.record(marked)];
    expect([after.outcome, after.usage]).toEqual(['served', before.usage]);
    const step = after.steps.find(({ policy, code }) => policy === 'marks' && code === 'plugin_changed');
    expect(step?.evidence.changed).toBe(Number(step?.evidence.events) - 1);
  });

  it.each(CALLS)('%s may end it', async (what, path, body) => {
    const answer = await ask('ends', path, body, PACED);
    const record = await gateway.record(answer);
    expect([record.outcome, record.error?.code]).toEqual(['blocked', 'weir_plugin_denied']);
    const whole = what.endsWith('whole');
    expect([answer.status, answer.broken]).toEqual([whole ? 451 : 200, !whole]);
    if (whole) expect(answer.body.toString()).toContain('enough of this');
    expect(record.steps.find(({ policy, verdict }) => policy === 'ends' && verdict === 'deny')).toMatchObject(
      {
        code: 'enough',
        evidence: { events: whole ? 1 : 3 },
      },
    );
  });
});
