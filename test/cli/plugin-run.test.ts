// Cases through the real host: each view and effect of the SDK as a policy uses it, over a request and its answer.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Expectation, readCases } from '../../src/cli/plugin-case.js';
import { corpusCases } from '../../src/cli/plugin-corpus.js';
import { differences, summarise } from '../../src/cli/plugin-expect.js';
import { loadPlugin, type Ready } from '../../src/cli/plugin-host.js';
import { type CaseRun, runCase } from '../../src/cli/plugin-run.js';
import { Kernels } from '../../src/cli/plugin-traffic.js';
import { type BuiltPolicy, buildPolicy } from '../plugins/built-policy.js';

/** Does what \`config.do\` says. */
const SOURCE = `
import {
  answer, body, ByteView, ByteWriter, config, counters, countTokens, deny, event, EventKind, evidence, GO_ON, headers, held, HOLD, log, lookup,
  messages, nowMs, randomBelow, request, Role, route, state, tag,
} from '../sdk';

let what = '';

export function configure(): i32 {
  what = config.oneOf('do', ['see', 'change', 'count', 'guard'], 'see');
  config.integer('least', 1, 1, 9);
  config.at('deep').get('er').integer(1);
  return config.check();
}

export function on_request(): i32 {
  if (what == 'see') see();
  if (what == 'change') change();
  if (what == 'count') {
    const seen = counters.add(request.consumer, 1, 60000);
    evidence.number('seen', seen);
    if (seen > 2) return deny(429, 'too_many', 'come back later', 5000);
  }
  return GO_ON;
}

function see(): void {
  evidence.text('who', request.consumer + '/' + request.key + '/' + request.tag('tier') + '/' + request.endUser);
  evidence.text('ai', request.provider + ' ' + request.api + ' ' + request.model + ' ' + request.method + ' ' + request.path);
  evidence.text('bounds', request.stream.toString() + ' ' + request.maxOutputTokens.toString() + ' ' + request.tools.toString() + ' ' + request.opaqueParts.toString());
  evidence.number('tokens', request.inputTokens);
  evidence.text('address', request.clientIp);
  for (let i = 0; i < messages.count; i++)
    evidence.text('message.' + i.toString(), messages.roleName(i) + ':' + (messages.role(i) == Role.USER).toString() + ':' + messages.length(i).toString() + ':' + messages.text(i));
  const header = headers.get('x-team');
  evidence.text('header', header === null ? 'none' : header);
  const secret = headers.get('authorization');
  evidence.text('secret', secret === null ? 'none' : secret);
  const found = body.query('/metadata/user_id');
  evidence.text('query', found === null ? 'none' : found);
  evidence.number('counted', countTokens(ByteView.of('hello world')));
  const row = lookup('vip', 'team-a');
  evidence.text('row', row === null ? 'none' : row);
  evidence.text('clock', (nowMs() > 1600000000000 && randomBelow(10) < 10).toString());
}

function change(): void {
  for (let i = 0; i < messages.count; i++)
    if (messages.role(i) == Role.USER) messages.setBytes(i, new ByteWriter().text('"changed" ').bytes(messages.bytes(i)).view());
  headers.set('x-added', 'yes');
  headers.remove('x-team');
  route.setModel('gpt-4o-mini');
  evidence.text('refused', route.setTarget('nowhere').toString());
  route.setTarget('openai/gpt-4o-mini');
  tag('cost', 'low');
  log.warn('changed');
  state.setText('from on_request');
}

export function on_response(): i32 {
  if (what != 'change') return GO_ON;
  evidence.text('state', state.text);
  evidence.number('status', answer.status);
  const kind = headers.get('x-answer');
  evidence.text('answered', kind === null ? 'none' : kind);
  state.setNumber(41);
  return GO_ON;
}

/** Holds every text back to its end, and lets it pass in capitals, with a word behind it. */
export function on_event(): i32 {
  if (what != 'guard') return GO_ON;
  if (event.kind == EventKind.END) {
    held.append(EventKind.TEXT, 0, ByteView.of('!'));
    return GO_ON;
  }
  if (event.text.includes('forbidden')) return deny(403, 'forbidden_text', 'no');
  event.replace(event.text.toUpperCase());
  evidence.number('pieces', event.index + 1);
  return HOLD;
}

export function on_end(): void {
  if (what == 'change') evidence.number('state.end', state.number + 1);
  evidence.text('end', answer.outputTokens.toString() + ' ' + answer.finishReason + ' ' + answer.modelServed);
}
`;

let built: BuiltPolicy;
let folder = '';
let kernels: Kernels;

beforeAll(() => {
  built = buildPolicy(SOURCE);
  folder = mkdtempSync(join(tmpdir(), 'weir-run-'));
  writeFileSync(join(folder, 'vip.csv'), 'team-a,gold,1\n');
  kernels = new Kernels();
}, 120_000);
afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

const GRANTS = [
  'messages.write',
  'headers.write',
  'body.read',
  'events.write',
  'route',
  'counters',
  'lookup',
];
const REQUEST = {
  path: '/v1/chat/completions',
  headers: { authorization: 'Bearer secret', 'x-team': 'red' },
  body: {
    model: 'gpt-4o',
    max_tokens: 50,
    metadata: { user_id: 'u1' },
    user: 'ann',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi "you" é' },
    ],
  },
};

/** A stream of these deltas. */
function stream(...texts: readonly string[]): string {
  const events = texts.map(content => ({ model: 'gpt-4o-1', choices: [{ index: 0, delta: { content } }] }));
  const end = { model: 'gpt-4o-1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const usage = { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } };
  return [...events.map(one => JSON.stringify(one)), JSON.stringify(end), JSON.stringify(usage), '[DONE]']
    .map(data => `data: ${data}\n\n`)
    .join('');
}

interface Done {
  readonly run: CaseRun;
  readonly evidence: Readonly<Record<string, string | number>>;
}

function play(config: object, rest: object = {}): Done {
  const file = join(folder, 'case.json');
  const plugin = { config, grant: GRANTS, tables: { vip: 'vip.csv' }, tags: ['cost'] };
  const consumer = { name: 'team-a', key: 'ci', tags: { tier: 'gold' } };
  const targets = ['openai', 'openai/gpt-4o-mini'];
  writeFileSync(file, JSON.stringify({ plugin, consumer, targets, request: REQUEST, ...rest }));
  const [one] = readCases([file]);
  if (one === undefined) throw new Error('no case');
  const ready = loadPlugin(built.file, one.plugin, one.folder, kernels.tokens) as Ready;
  let run = runCase(one, ready, kernels, 'req_1');
  for (let i = 1; i < one.repeat; i++) run = runCase(one, ready, kernels, 'req_1');
  return { run, evidence: summarise(run.hooks).evidence };
}

describe('a case of weir plugin test', () => {
  it('shows the request as the gateway would', () => {
    const { evidence } = play({ do: 'see' });
    expect(evidence).toMatchObject({
      who: 'team-a/ci/gold/ann',
      ai: 'openai openai.chat gpt-4o POST /v1/chat/completions',
      bounds: 'false 50 0 0',
      address: '127.0.0.1',
      'message.0': 'system:false:9:Be brief.',
      'message.1': 'user:true:11:Hi "you" é',
      header: 'red',
      secret: 'none',
      query: 'u1',
      counted: 2,
      row: 'gold,1',
      clock: 'true',
    });
    expect(evidence.tokens).toBeGreaterThan(10);
  });

  it('applies what the policy changes, and shows later hooks what earlier ones left', () => {
    const { run, evidence } = play(
      { do: 'change' },
      { answer: { headers: { 'x-answer': 'whole' }, body: stream('a') } },
    );
    const { traffic } = run;
    expect(JSON.parse(traffic.body?.toString() ?? '')).toEqual({
      ...REQUEST.body,
      model: 'gpt-4o-mini',
      messages: [REQUEST.body.messages[0], { role: 'user', content: '"changed" Hi "you" é' }],
    });
    const headers = new Map(traffic.headers);
    expect([headers.get('x-added'), headers.has('x-team')]).toEqual(['yes', false]);
    expect([traffic.target, traffic.tags.get('cost'), traffic.ai.model]).toEqual([
      'openai/gpt-4o-mini',
      'low',
      'gpt-4o-mini',
    ]);
    expect(evidence).toMatchObject({
      refused: 'false',
      state: 'from on_request',
      status: 200,
      answered: 'whole',
      'state.end': 42,
      end: '3 stop gpt-4o-1',
    });
    expect(summarise(run.hooks)).toMatchObject({
      changed: ['1 message', 'header x-added', 'header x-team'],
      logs: ['changed'],
    });
  });

  it('counts over the repetitions of one case, and begins anew with the next', () => {
    const last = play({ do: 'count' }, { repeat: 3 }).run;
    expect(summarise(last.hooks)).toMatchObject({ verdict: 'deny', status: 429, code: 'too_many' });
    expect(last.hooks[0]?.outcome.denial?.retryAfterMs).toBe(5000);
    expect(play({ do: 'count' }).evidence.seen).toBe(1);
  });

  it('runs the answer through on_event: what is held back comes at the end, as it was changed', () => {
    const { run, evidence } = play({ do: 'guard' }, { answer: { body: stream('hel', 'lo') } });
    const sent = run.sent?.toString() ?? '';
    expect(sent).toContain('"content":"HEL"');
    expect(sent).toContain('"content":"LO!"');
    expect(sent.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(evidence.pieces).toBe(2);
  });

  it('ends the answer where the policy does', () => {
    const { run } = play({ do: 'guard' }, { answer: { body: stream('fine', 'forbidden', 'more') } });
    expect(summarise(run.hooks)).toMatchObject({ verdict: 'deny', hook: 'on_event', code: 'forbidden_text' });
    expect(run.sent?.toString()).toBe('');
  });

  it('refuses what the policy could not see, unless on_opaque lets it pass', () => {
    const request = { ...REQUEST, headers: { 'content-encoding': 'zstd' } };
    expect(summarise(play({ do: 'see' }, { request }).run.hooks)).toMatchObject({
      verdict: 'deny',
      status: 422,
      code: 'weir_opaque_request',
    });
    const plugin = { config: { do: 'see' }, grant: GRANTS, on_opaque: 'pass' };
    expect(summarise(play({ do: 'see' }, { request, plugin }).run.hooks).verdict).toBe('go_on');
  });

  it('says of each expectation that was not met what was found', () => {
    const { run } = play({ do: 'change' });
    const expectation: Expectation = {
      verdict: 'deny',
      evidence: { refused: 'true' },
      headers: { 'x-team': 'red', 'x-added': 'yes' },
      messages: { 0: 'Be brief.', 1: 'Hi', 7: 'none' },
      model: 'gpt-4o',
      log: ['changed', 'gone'],
      fuel_max: 1,
    };
    const found = differences(expectation, summarise(run.hooks), run);
    expect(found).toEqual([
      'verdict is "go_on"; expected "deny"',
      'model is "gpt-4o-mini"; expected "gpt-4o"',
      'evidence.refused is "false"; expected "true"',
      'the log has no "gone"',
      expect.stringMatching(/^fuel is \d+; expected at most 1$/),
      'headers.x-team is null; expected "red"',
      'messages.1 is "\\"changed\\" Hi \\"you\\" é"; expected "Hi"',
      'messages.7 is null; expected "none"',
    ]);
  });

  it.each([
    ['{"do":"dance"}', 'config.do is "dance"; must be one of see, change, count, guard'],
    ['{"least":0}', 'config.least is 0; must be a whole number from 1 to 9'],
    ['{"least":"two"}', 'config.least is "two"; must be a whole number'],
    ['{"deep":{"err":2}}', 'config.deep.err is not known; known are er'],
    ['{"du":"see"}', 'config.du is not known; known are do, least, deep'],
  ])('keeps a policy with %s from starting, and says why', (config, sentence) => {
    const words = { config: JSON.parse(config), grant: GRANTS };
    const loaded = loadPlugin(built.file, words, folder, kernels.tokens);
    expect(loaded).toMatchObject({ unusable: expect.stringContaining(sentence) });
  });
});

const CORPUS = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

describe.skipIf(!existsSync(CORPUS))('recorded traffic as cases (needs ../shared/corpus)', () => {
  it('runs through all hooks: the policy sees conversation, answer and usage, and nothing fails', () => {
    const words = { config: { do: 'guard' }, grant: GRANTS };
    const ready = loadPlugin(built.file, words, folder, kernels.tokens) as Ready;
    const cases = corpusCases(CORPUS);
    expect(cases.length).toBeGreaterThan(900);
    const runs = cases.filter((_, i) => i % 7 === 0).map(one => runCase(one, ready, kernels, 'req_1').hooks);
    const failed = runs
      .flat()
      .filter(({ outcome }) => outcome.result === 'failed' && outcome.failure !== 'held_too_much');
    expect(failed).toEqual([]);
    expect(runs.flat().filter(({ hook }) => hook === 'on_event').length).toBeGreaterThan(1000);
    expect(runs.flat().filter(({ hook }) => hook === 'on_end').length).toBeGreaterThan(100);
  });
});
