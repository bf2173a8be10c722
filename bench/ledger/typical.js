// A typical request as the pipeline leaves it: five policy steps, two plugin steps, usage with the provider's own object, one attempt. The numbers
// differ from request to request as they do in traffic; 24 models, 12 consumers.
import { Entry } from '../../dist/core/entry.js';
import { RequestIds } from '../../dist/core/request-id.js';
import { BucketEvidence, SettledEvidence } from '../../dist/policy/evidence.js';

const ids = new RequestIds();
const START_MS = 1_795_000_000_000;
const CATALOGUE = 'genai-prices 0.1.8';

const rule = (unit, capacity, byNames) => ({ unit, capacity, byNames });
const TOKENS = rule('tokens', 100_000, ['consumer', 'model']);
const BUDGET = rule('usd', 50_000_000_000, ['consumer']);
const REQUESTS = rule('requests', 600, ['consumer']);

export function typicalRequest(i) {
  const timeMs = START_MS + i * 3;
  const [model, consumer] = [`gpt-4o-mini-${i % 24}`, `team-${i % 12}`];
  const entry = new Entry(
    ids.next(timeMs),
    timeMs,
    'POST',
    '/v1/chat/completions',
    '10.1.2.3',
    'openai-node/6.49.0',
  );
  const evidence = [
    { field: 'api', from: 'path', value: '/v1/chat/completions' },
    { field: 'model', from: 'body', value: model },
  ];
  entry.identification = {
    isAi: true,
    provider: 'openai',
    api: 'openai.chat',
    model,
    modelServed: `${model}-2024-07-18`,
    stream: true,
    maxOutputTokens: 256,
    messages: 2 + (i % 9),
    tools: 0,
    modalities: ['text'],
    evidence,
  };
  entry.principal = PRINCIPALS[i % 12];
  const [input, output] = [200 + ((i * 37) % 4000), 20 + ((i * 17) % 900)];
  const nanos = input * 150 + output * 600;
  entry.usage = usageOf(input, output);
  entry.cost = { nanos, status: 'computed', price: 'openai/gpt-4o-mini', catalogue: CATALOGUE };
  steps(entry, i, consumer, model, input + output, nanos);
  const times = { startedMs: 0.213, firstByteMs: 210.5 + (i % 97), totalMs: 1900.25 + i };
  entry.attempts.push({
    target: `openai/${model}`,
    status: 200,
    error: null,
    ...times,
    usage: entry.usage,
    cost: entry.cost,
  });
  Object.assign(entry, {
    outcome: 'served',
    status: 200,
    finishReason: 'stop',
    requestBytes: 900 + i,
    responseBytes: 5000 + i * 3,
    totalMs: times.totalMs,
    firstByteMs: times.firstByteMs,
    gatewayMs: 0.31 + (i % 7) / 100,
  });
  const bucket = (name, by) => `${name}\n${START_MS}\n${by.length}:${by}`;
  const charges = [
    { bucket: bucket('team-tokens|tokens|1d', consumer), amount: input + output },
    { bucket: bucket('team-budget|usd|1mo', consumer), amount: nanos },
  ];
  return { entry, progress: { usage: { ...usageOf(input, 256), raw: [] }, cost: entry.cost, charges } };
}

const PRINCIPALS = Array.from({ length: 12 }, (_, i) => ({
  name: `team-${i}`,
  key: `ci …${1000 + i}`,
  tags: {},
}));

function usageOf(input, output) {
  const raw = `{"prompt_tokens":${input},"completion_tokens":${output},"total_tokens":${input + output},"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`;
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: 0,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: 0,
    audioInputTokens: 0,
    audioOutputTokens: 0,
    serviceTier: null,
    source: 'provider',
    inputSource: 'provider',
    outputSource: 'provider',
    raw: [Buffer.from(raw)],
  };
}

function steps(entry, i, consumer, model, tokens, nanos) {
  const step = (phase, policy, kind, code, evidence) =>
    entry.steps.push({
      phase,
      policy,
      kind,
      mode: 'enforce',
      verdict: 'permit',
      code,
      evidence,
      micros: 1 + (i % 5),
    });
  const wish = (available, amount) => ({
    available,
    heldBefore: (i * 31) % 3000,
    amount,
    waitMs: 60_000 - (i % 60_000),
  });
  const who = `${consumer.length}:${consumer}`;
  step('authenticate', null, null, 'key_ok', { key: entry.principal.key });
  step(
    'gate',
    'team-requests',
    'limit',
    'limit_ok',
    new BucketEvidence(REQUESTS, wish(600 - (i % 600), 1), who),
  );
  step('change', 'pii-redact', 'plugin', 'plugin_ok', plugin('pii-redact', i));
  step('change', 'model-tiers', 'plugin', 'plugin_ok', plugin('model-tiers', i));
  const both = `${who}${model.length}:${model}`;
  step(
    'hold',
    'team-tokens',
    'limit',
    'limit_ok',
    new BucketEvidence(TOKENS, wish(90_000 - i, tokens), both),
  );
  step(
    'hold',
    'team-budget',
    'budget',
    'budget_ok',
    new BucketEvidence(BUDGET, wish(4e10 - i * 1e6, nanos), who),
  );
  step('settle', 'team-tokens', 'limit', 'settled', new SettledEvidence(TOKENS, tokens + 256, tokens));
}

function plugin(name, i) {
  const sha256 = '5f2b51ac9e1a4d6c8b7f0e3d2c1b0a99887766554433221100ffeeddccbbaa99';
  return { plugin: name, version: '1.0.0', sha256, hook: 'on_request', fuel: 20_000 + ((i * 7919) % 9000) };
}
