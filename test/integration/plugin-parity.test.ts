// `weir plugin test` and the gateway: the same module does the same to the same request and answer, in what it sees, leaves, spends and changes.
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PluginCase, plainCase } from '../../src/cli/plugin-case.js';
import { summarise } from '../../src/cli/plugin-expect.js';
import { loadPlugin, type Ready } from '../../src/cli/plugin-host.js';
import { type CaseRun, type HookRun, runCase } from '../../src/cli/plugin-run.js';
import { Kernels } from '../../src/cli/plugin-traffic.js';
import type { RequestRecord } from '../../src/core/record.js';
import {
  type Answer,
  CHAT,
  type RunningGateway,
  type RunningProvider,
  type SeenRequest,
  send,
  startGateway,
  startProvider,
} from './harness.js';
import { GO_ON, guestFolder, type Hooks, SCRATCH } from './plugin-guests.js';

interface Scene {
  readonly hooks: Hooks;
  /** Words of `plugin:`. */
  readonly words?: Readonly<Record<string, unknown>>;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly answer?: { readonly headers?: Readonly<Record<string, string>>; readonly body: string | Buffer };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ROOM = `(i32.const ${SCRATCH}) (i32.const 1000)`;
/** A number, or how long a text is and what its first bytes are. */
const integer = (key: string, id: number): string =>
  `(call $evidence_i64 '${key}' (call $field_i64 (i32.const ${id})))`;
const text = (key: string, call: string): string =>
  `(local.set $n ${call}) (call $evidence_i64 '${key}.n' (i64.extend_i32_s (local.get $n)))
   (call $evidence_str '${key}' (i32.const ${SCRATCH}) (select (local.get $n) (i32.const 0) (i32.gt_s (local.get $n) (i32.const 0))))`;
const field = (key: string, id: number): string => text(key, `(call $field_str (i32.const ${id}) ${ROOM})`);
const header = (name: string): string =>
  text(name.replaceAll('-', '_'), `(call $header_get '${name}' ${ROOM})`);
const pieces = (count: number): string => {
  const events = Array.from({ length: count }, (_, i) => ({
    model: 'served-1',
    choices: [{ index: 0, delta: { content: `w${i} ` } }],
  }));
  const end = { model: 'served-1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const usage = {
    choices: [],
    usage: { prompt_tokens: 9, completion_tokens: count, total_tokens: 9 + count },
  };
  return [...[...events, end, usage].map(one => JSON.stringify(one)), '[DONE]']
    .map(data => `data: ${data}\n\n`)
    .join('');
};
const STREAM = { headers: { 'content-type': 'text/event-stream' }, body: pieces(20) };
const LONG = JSON.stringify({ ...CHAT, messages: [{ role: 'user', content: 'long '.repeat(60_000) }] });
const trap = '(unreachable)';
const KEY_OF_EVENT = `(local.set $n (i32.wrap_i64 (call $field_i64 (i32.const 38))))
  (i32.store8 (i32.const 512) (i32.add (i32.const 97) (local.get $n)))
  (call $evidence_i64 (i32.const 512) (i32.const 1) (i64.const 1))`;

const SCENES: Readonly<Record<string, Scene>> = {
  fields: {
    hooks: {
      on_request: `${[1, 2, 3, 4, 5, 7].map(id => field(`f${id}`, id)).join('')} ${[32, 33, 34].map(id => integer(`i${id}`, id)).join('')} ${GO_ON}`,
    },
    body: JSON.stringify({ ...CHAT, user: 'ann', stream: true, max_tokens: 7, tools: [] }),
  },
  more_fields: {
    hooks: {
      on_request: `${[8, 9, 12, 13].map(id => field(`f${id}`, id)).join('')} ${[35, 36, 37, 38, 39, 40, 41].map(id => integer(`i${id}`, id)).join('')} ${GO_ON}`,
    },
  },
  headers: {
    hooks: {
      on_request: `${['x-kept', 'x-echo', 'accept-encoding', 'x-forwarded-for', 'x-dropped', 'user-agent'].map(header).join('')} ${GO_ON}`,
    },
    headers: {
      ...{ 'x-kept': 'grüße', authorization: 'Bearer sk-of-the-caller', 'x-echo': 'it is sk-of-the-caller' },
      ...{
        'accept-encoding': 'br',
        'x-forwarded-for': '10.0.0.1',
        'x-dropped': 'yes',
        connection: 'x-dropped',
      },
      'user-agent': 'parity',
    },
  },
  edits: {
    hooks: {
      on_request: `(drop (call $header_set 'x-added' 'yes')) (drop (call $header_remove 'x-gone')) (drop (call $header_set 'accept-encoding' 'gzip'))
        (drop (call $message_set_text (i32.const 0) 'another "text"')) (drop (call $set_model 'm-2')) (drop (call $state_set 'kept')) ${GO_ON}`,
      on_response: `${text('state', `(call $state_get ${ROOM})`)} ${field('model', 3)} ${header('x-answer')} ${header('x-added')} ${GO_ON}`,
    },
    words: { grant: ['headers.write', 'messages.write', 'route'] },
    headers: { 'x-gone': 'here' },
    answer: { headers: { ...JSON_TYPE, 'x-answer': 'whole' }, body: '{"choices":[]}' },
  },
  'model where none stands': {
    hooks: { on_request: `(drop (call $set_model 'm-2')) ${GO_ON}` },
    words: { grant: ['route'] },
    body: ' {"messages":[]}',
  },
  'model in the path': {
    hooks: { on_request: `(drop (call $set_model 'g-2')) ${GO_ON}`, on_end: field('model', 3) },
    words: { grant: ['route'] },
    path: '/gemini/v1beta/models/g-1:generateContent',
    body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
  },
  'model without a place': {
    hooks: {
      on_request: `(call $log (i32.const 1) 'tried') (call $evidence_i64 'never' (i64.const 1)) (drop (call $set_model 'm-2')) ${GO_ON}`,
      on_end: `${integer('status', 37)} ${text('state', `(call $state_get ${ROOM})`)}`,
    },
    words: { grant: ['route'] },
    method: 'GET',
    path: '/v1/models',
  },
  'model without a place, open': {
    hooks: { on_request: `(drop (call $set_model 'm-2')) ${GO_ON}`, on_end: integer('status', 37) },
    words: { grant: ['route'], on_failure: 'open' },
    method: 'GET',
    path: '/openai/v1/models',
    answer: { headers: JSON_TYPE, body: '{"data":[]}' },
  },
  'target with a model': {
    hooks: {
      on_request: `(drop (call $set_target 'openai/m-3')) ${GO_ON}`,
      on_response: `${field('provider', 1)} ${field('model', 3)} ${GO_ON}`,
    },
    words: { grant: ['route'] },
  },
  'changes of one that denies': {
    hooks: {
      on_request: `(drop (call $message_set_text (i32.const 0) 'gone')) (drop (call $state_set 'left')) (call $deny (i32.const 451) 'no_word' 'no' (i32.const 0)) (i32.const 1)`,
      on_end: `${integer('status', 37)} ${integer('tokens', 33)} ${text('state', `(call $state_get ${ROOM})`)} ${text('seen', `(call $message_text (i32.const 0) ${ROOM})`)}`,
    },
    words: { grant: ['messages.write'] },
  },
  'a trap that is let pass': {
    hooks: {
      on_request: trap,
      on_response: `${integer('status', 37)} ${GO_ON}`,
      on_end: integer('output', 40),
    },
    words: { on_failure: 'open' },
    answer: STREAM,
  },
  'a compressed body': {
    hooks: {
      on_request: `(drop (call $message_set_text (i32.const 0) 'short')) (drop (call $set_model 'm-2')) ${GO_ON}`,
    },
    words: { grant: ['messages.write', 'route'] },
    headers: { 'content-encoding': 'gzip', digest: 'old' },
    body: gzipSync(LONG),
  },
  'another letter of a compressed body': {
    hooks: { on_request: `(drop (call $set_model 'm-2')) ${GO_ON}` },
    words: { grant: ['route'] },
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(LONG),
  },
  'a form': {
    hooks: { on_request: `(drop (call $body_read (i32.const 0) ${ROOM})) ${GO_ON}` },
    words: { grant: ['body.read'] },
    path: '/openai/v1/audio/transcriptions',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--\r\n',
  },
  'evidence by key': {
    hooks: {
      on_event: `${integer('index', 38)} ${GO_ON}`,
      on_end: `${integer('output', 40)} ${field('reason', 12)} ${field('served', 4)} ${integer('status', 37)}`,
    },
    answer: STREAM,
  },
  'evidence beyond its bound': {
    hooks: {
      on_request: `(call $evidence_i64 'first' (i64.const 1)) ${GO_ON}`,
      on_event: `${KEY_OF_EVENT} ${GO_ON}`,
    },
    answer: STREAM,
  },
  'events changed': {
    hooks: {
      on_event: `(if (i32.lt_s (i32.wrap_i64 (call $field_i64 (i32.const 38))) (i32.const 3)) (then (drop (call $event_replace 'x')))) ${GO_ON}`,
    },
    words: { grant: ['events.write'] },
    answer: STREAM,
  },
  'events of a compressed answer': {
    hooks: { on_event: `(drop (call $event_replace 'x')) ${GO_ON}`, on_end: integer('output', 40) },
    words: { grant: ['events.write'] },
    answer: { headers: { ...STREAM.headers, 'content-encoding': 'gzip' }, body: gzipSync(STREAM.body) },
  },
  'a trap among the events, open': {
    hooks: {
      on_event: `(if (i64.eq (call $field_i64 (i32.const 38)) (i64.const 4)) (then (unreachable))) ${GO_ON}`,
    },
    words: { on_failure: 'open' },
    answer: STREAM,
  },
  'an answer refused': {
    hooks: {
      on_response: `(drop (call $header_set 'x-added' 'yes')) (i32.const 1)`,
      on_end: integer('status', 37),
    },
    words: { grant: ['headers.write'] },
    answer: STREAM,
  },
  'headers of an answer': {
    hooks: {
      on_response: `(drop (call $header_set 'x-added' 'yes')) (drop (call $header_remove 'x-gone')) ${GO_ON}`,
    },
    words: { grant: ['headers.write'] },
    answer: { headers: { ...JSON_TYPE, 'x-gone': 'here' }, body: '{"choices":[]}' },
  },
  'a long conversation at the end': {
    hooks: {
      on_request: `(call $evidence_i64 'count' (i64.extend_i32_s (call $message_count))) ${GO_ON}`,
      on_end: `(call $evidence_i64 'count' (i64.extend_i32_s (call $message_count))) (call $evidence_i64 'body' (i64.extend_i32_s (call $body_read (i32.const 0) (i32.const 0) (i32.const 0))))`,
    },
    words: { grant: ['body.read'] },
    body: LONG,
  },
};

const DEFAULT_ANSWER = {
  headers: JSON_TYPE,
  body: '{"model":"served-1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5}}',
};
const policyOf = (index: number): string => `policy-${index}`;

let kernels: Kernels;
let gateway: RunningGateway;
let provider: RunningProvider;
const files: string[] = [];

beforeAll(async () => {
  const write = guestFolder();
  kernels = new Kernels();
  const scenes = Object.values(SCENES);
  provider = await startProvider((request, response) => {
    const answer = scenes[Number(request.headers['x-case'])]?.answer ?? DEFAULT_ANSWER;
    response.writeHead(200, answer.headers ?? JSON_TYPE);
    response.end(answer.body);
  });
  const policies = scenes.map(({ hooks, words }, i) => {
    files.push(write(policyOf(i), hooks));
    const plugin = JSON.stringify({ ...words, file: files[i] });
    return `  - { name: ${policyOf(i)}, when: 'request.headers["x-case"] == "${i}"', plugin: ${plugin} }\n`;
  });
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  openai: { kind: openai, base_url: "${provider.url}", auth: none, usage_opt_in: never }
  gemini: { kind: gemini, base_url: "${provider.url}", auth: none }
routes:
  - { match: { model: routed }, targets: [ { provider: openai, model: m-3 } ] }
policies:
${policies.join('')}`);
});

interface Asked {
  readonly answer: Answer;
  readonly record: RequestRecord;
  readonly upstream: SeenRequest | null;
}

const requestOf = ({ method, path, headers, body }: Scene, index: number) => ({
  method: method ?? 'POST',
  path: path ?? '/v1/chat/completions',
  headers: { ...JSON_TYPE, 'x-case': `${index}`, ...headers },
  body: method === 'GET' ? undefined : (body ?? JSON.stringify(CHAT)),
});

async function throughGateway(scene: Scene, index: number): Promise<Asked> {
  provider.seen.length = 0;
  const { method, path, headers, body } = requestOf(scene, index);
  const octets = Object.entries(headers).map(([name, value]) => [
    name,
    Buffer.from(value).toString('latin1'),
  ]);
  const answer = await send(`${gateway.url}${path}`, {
    method,
    headers: Object.fromEntries(octets) as Record<string, string>,
    // A text would bring the head to be written as UTF-8.
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return { answer, record: await gateway.record(answer), upstream: provider.seen[0] ?? null };
}

function throughTest(scene: Scene, index: number): CaseRun {
  const { method, path, headers, body } = requestOf(scene, index);
  const answer = scene.answer ?? DEFAULT_ANSWER;
  const one: PluginCase = {
    ...plainCase('parity', '.'),
    targets: ['openai', 'openai/m-3', 'gemini'],
    request: {
      ...{ method, path, query: '', host: null, headers: new Map(Object.entries(headers)) },
      body: Buffer.from(body ?? ''),
    },
    answer: {
      status: 200,
      headers: new Map(Object.entries(answer.headers ?? JSON_TYPE)),
      body: Buffer.from(answer.body),
    },
  };
  const ready = loadPlugin(files[index] ?? '', scene.words ?? {}, '.', kernels.tokens) as Ready;
  return runCase(one, ready, kernels, 'req_1');
}

interface Told {
  readonly hook: string;
  readonly verdict: string;
  readonly fuel: unknown;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const HOSTS =
  /^(?:plugin|version|sha256|hook|fuel|failure|detail|events|changed|held|said|isolated|cannot_see|changed_\w+)$/;

function ofRecord({ steps }: RequestRecord, policy: string): Told[] {
  return steps
    .filter(step => step.policy === policy)
    .map(({ verdict, code, evidence }) => ({
      hook: String(evidence.hook ?? 'on_request'),
      verdict: verdict === 'permit' || verdict === 'change' ? 'go_on' : `${verdict} ${code}`,
      fuel: evidence.fuel ?? 0,
      evidence: Object.fromEntries(Object.entries(evidence).filter(([key]) => !HOSTS.test(key))),
    }));
}

/** One of all events, as the record has it. */
function ofRun({ hooks }: CaseRun): Told[] {
  return [...new Set(hooks.map(({ hook }) => hook))].map(name => {
    const runs = hooks.filter(({ hook }) => hook === name);
    const ends = runs.find(({ outcome }) => outcome.result === 'deny' || outcome.result === 'failed');
    const before = hooks.slice(0, hooks.indexOf(runs[0] as HookRun));
    const evidence = summarise([...before, ...runs]).evidence;
    const earlier = summarise(before).evidence;
    const own = new Set(runs.flatMap(({ outcome }) => outcome.evidence.map(([key]) => key)));
    return {
      hook: name,
      verdict: verdictOf(ends),
      fuel: runs.reduce((sum, { outcome }) => sum + outcome.fuel, 0),
      evidence: Object.fromEntries(
        Object.entries(evidence).filter(([key]) => own.has(key) && !(name === 'on_event' && key in earlier)),
      ),
    };
  });
}

function verdictOf(run: HookRun | undefined): string {
  if (run === undefined) return 'go_on';
  if (run.outcome.result === 'failed') return 'failed plugin_failed';
  const code = run.outcome.denial?.code ?? 'plugin_denied';
  return `deny ${code === 'weir_opaque_request' ? 'plugin_opaque' : code}`;
}

const FREE =
  /^(?:host|connection|content-length|content-type|transfer-encoding|accept-encoding|authorization|x-case)$/;

describe('a module does the same in `weir plugin test` and in the gateway', () => {
  it.each(Object.keys(SCENES).map((name, index) => [name, index] as const))('%s', async (name, index) => {
    const scene = SCENES[name] as Scene;
    const { record, upstream, answer } = await throughGateway(scene, index);
    const run = throughTest(scene, index);
    expect(ofRun(run)).toEqual(ofRecord(record, policyOf(index)));
    const refused = record.outcome === 'blocked';
    // A target's own model is put into the body on its way.
    if (!refused && upstream !== null && run.traffic.body !== null && run.traffic.target === null) {
      expect(run.traffic.body.equals(upstream.body)).toBe(true);
      const travelled = Object.entries(upstream.headers).filter(([header]) => !FREE.test(header));
      const octets = travelled.map(([header, value]) => [
        header,
        Buffer.from(String(value), 'latin1').toString(),
      ]);
      const shown = run.traffic.headers.filter(([header]) => !FREE.test(header) && header !== 'x-echo');
      expect(Object.fromEntries(shown)).toEqual(
        Object.fromEntries(octets.filter(([header]) => header !== 'x-echo')),
      );
    }
    if (!refused && scene.answer !== undefined) {
      expect(run.sent?.toString('latin1')).toBe(answer.body.toString('latin1'));
      const added = new Map(run.answerHeaders ?? []);
      expect([added.get('x-added'), added.get('x-gone')]).toEqual([
        answer.headers['x-added'],
        answer.headers['x-gone'],
      ]);
    }
  });
});
