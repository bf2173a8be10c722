// Journals to measure with, written by the journal's own writer: requests as the pipeline leaves them, five steps, one attempt, three charges each,
// with the provider's usage object. Latencies of 0.2 to 4 s, so that requests settle in another order than they were admitted. Fixed seed.
import { Entry } from '../../dist/core/entry.js';
import { RequestIds } from '../../dist/core/request-id.js';
import { openJournal } from '../../dist/ledger/journal/open-journal.js';

const MODELS = Array.from({ length: 24 }, (_, i) => `model-${i}`);
const PROVIDERS = ['openai', 'anthropic', 'gemini', 'mistral'];
const APIS = ['openai.chat', 'anthropic.messages', 'gemini.generate', 'openai.embeddings'];
const CONSUMERS = Array.from({ length: 20 }, (_, i) => `team-${i}`);
const RAW = Buffer.from(
  '{"prompt_tokens":1200,"completion_tokens":340,"total_tokens":1540,"prompt_tokens_details":{"cached_tokens":1024}}',
);
const STEPS = [
  ['authenticate', null, null, 'key_ok', { key: 'ci …x7Qp' }],
  ['identify', null, null, 'identified', { from: 'path' }],
  ['hold', 'team-tokens', 'limit', 'limit_ok', { limit: 100000, used: 5120, held: 1200, asked: 800 }],
  [
    'hold',
    'team-usd',
    'budget',
    'budget_ok',
    { limit: 5000000000, used: 51200000, held: 120000, asked: 8000 },
  ],
  ['route', null, 'route', 'route_dialect', { target: 'openai/gpt-4o' }],
];

/** Mulberry32. */
export function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function usageOf(random) {
  const [inputTokens, outputTokens] = [1 + Math.floor(random() * 4000), Math.floor(random() * 900)];
  const unknown = {
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    audioInputTokens: null,
    audioOutputTokens: null,
  };
  const sources = { source: 'provider', inputSource: 'provider', outputSource: 'provider' };
  const known = {
    inputTokens,
    outputTokens,
    cachedInputTokens: 0,
    reasoningTokens: Math.floor(random() * 50),
  };
  return { ...known, ...unknown, ...sources, serviceTier: 'default', raw: [RAW] };
}

function chargesOf(team, { inputTokens, outputTokens }, nanos) {
  return [
    {
      bucket: `limit team-tokens tokens 3600000ms consumer 1/36 enforce\n0\n${team}`,
      amount: inputTokens + outputTokens,
    },
    { bucket: `budget team-usd usd month consumer  enforce\n1793491200000\n${team}`, amount: nanos },
    { bucket: 'budget all usd day   enforce\n1795392000000\n', amount: nanos },
  ];
}

function requestOf(ids, timeMs, random, i) {
  const entry = new Entry(ids.next(timeMs), timeMs, 'POST', '/v1/chat/completions', '10.0.0.7', 'sdk/1.2');
  // One in 100,000 is of a consumer that hardly ever asks.
  const rare = i % 100_000 === 77;
  const which = Math.floor(random() * random() * MODELS.length);
  const team = rare ? 'team-rare' : CONSUMERS[Math.floor(random() * CONSUMERS.length)];
  const usage = usageOf(random);
  const nanos = usage.inputTokens * 2500;
  const cost = { nanos, status: 'computed', price: 'openai/gpt-4o', catalogue: 'c 1' };
  const model = MODELS[which];
  const asked = { stream: true, maxOutputTokens: 1024, messages: 4, tools: 0, modalities: ['text'] };
  const evidence = [{ field: 'api', from: 'path', value: '/v1/chat/completions' }];
  const served = {
    provider: PROVIDERS[which % 4],
    api: APIS[which % 4],
    model,
    modelServed: `${model}-2026`,
  };
  for (const [phase, policy, kind, code, shown] of STEPS)
    entry.steps.push({
      phase,
      policy,
      kind,
      mode: 'enforce',
      verdict: 'permit',
      code,
      evidence: shown,
      micros: 2,
    });
  const times = { startedMs: 0.4, firstByteMs: 210, totalMs: 1900 };
  entry.attempts.push({
    target: `${served.provider}/${model}`,
    status: 200,
    error: null,
    ...times,
    usage,
    cost,
  });
  Object.assign(entry, {
    outcome: i % 50 === 0 ? 'failed' : 'served',
    status: 200,
    identification: { isAi: true, ...served, ...asked, evidence },
    principal: { name: team, key: `${team}-ci …x7Qp`, tags: {} },
    requestBytes: 5120,
    responseBytes: 2048,
    usage,
    cost,
    totalMs: 1901,
    firstByteMs: 210,
    gatewayMs: 0.3,
    finishReason: 'stop',
  });
  return { entry, charges: chargesOf(team, usage, nanos) };
}

/**
 * Writes `count` requests of `spanMs` before `untilMs` into `folder`, by the journals of `threads` threads.
 * `onTurn` is called after every 256 requests, when their entries are written.
 */
export async function writeSegments(options) {
  const { folder, generation, count, untilMs, spanMs, threads = 2, seed = 1, onTurn = () => {} } = options;
  const random = randomOf(seed);
  let nowMs = untilMs - spanMs;
  const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs };
  const journals = Array.from({ length: threads }, (_, thread) => ({
    ids: new RequestIds(),
    journal: openJournal({ folder, generation, thread, durability: 'os', clock, onState: () => {} }),
    running: [],
  }));
  const written = () => {};
  const settle = (journal, { entry, charges }) => journal.settled(entry, charges, written);
  for (let i = 0; i < count; i++) {
    nowMs = Math.floor(untilMs - spanMs + (i / count) * spanMs);
    const { ids, journal, running } = journals[i % threads];
    const made = requestOf(ids, nowMs, random, i);
    journal.admitted(made.entry, { usage: made.entry.usage, cost: null, charges: made.charges });
    running.push({ atMs: nowMs + 200 + random() * 3800, made });
    // The tenth of the running ones that is looked at each time settles when it is over.
    for (let k = 0; k < 4 && running.length > 0; k++) {
      const at = Math.floor(random() * running.length);
      if (running[at].atMs > nowMs && running.length < 20_000) continue;
      settle(journal, running[at].made);
      running[at] = running.at(-1);
      running.pop();
    }
    if (i % 256 !== 255) continue;
    await new Promise(setImmediate);
    onTurn();
  }
  for (const { journal, running } of journals) {
    for (const { made } of running) settle(journal, made);
    await journal.close();
  }
}
