// What does it cost to count one request: metrics.admitted at admission and metrics.settled at the end, beside counters in a Map
// by label text? Run: npm run build && node bench/records/settle.js [rounds]. CPU time, not wall time.
import { createHash } from 'node:crypto';
import { Entry } from '../../dist/core/entry.js';
import { RequestIds } from '../../dist/core/request-id.js';
import { ThreadMetrics } from '../../dist/metrics/thread-metrics.js';

const ROUNDS = Number(process.argv[2] ?? 15);
const REQUESTS = 100_000;
const STEPS = ['key_ok', 'identified', 'route_dialect', 'usage_opt_in_added', 'usage_provider'];
const PROVIDERS = ['openai', 'anthropic', 'gemini', 'mistral'];
const APIS = ['openai.chat', 'anthropic.messages', 'gemini.generate', 'openai.embeddings'];

const ids = new RequestIds();
/** As the pipeline leaves it: five steps, one attempt. 64 of them stay in the cache, as a request just served does. */
const entries = Array.from({ length: 64 }, (_, i) => {
  const entry = new Entry(
    ids.next(1_795_000_000_000 + i),
    1_795_000_000_000 + i,
    'POST',
    '/v1/chat/completions',
    '',
    'x',
  );
  const model = `model-${i % 24}`;
  const [provider, api] = [PROVIDERS[i % 4], APIS[i % 4]];
  entry.identification = {
    isAi: true,
    provider,
    api,
    model,
    modelServed: model,
    evidence: [],
    modalities: [],
  };
  for (const code of STEPS) entry.steps.push({ code, verdict: 'permit', mode: 'enforce', evidence: {} });
  const sources = { source: 'provider', inputSource: 'provider', outputSource: 'provider', raw: [] };
  entry.usage = { inputTokens: 12, outputTokens: 200, cachedInputTokens: 4, reasoningTokens: 8, ...sources };
  entry.attempts.push({ target: provider, usage: entry.usage });
  return Object.assign(entry, {
    outcome: i % 10 ? 'served' : 'failed',
    gatewayMs: 0.04,
    firstByteMs: 210,
    totalMs: 1900,
  });
});

const variants = {
  weir() {
    const metrics = new ThreadMetrics();
    return entry => {
      metrics.admitted();
      metrics.settled(entry);
    };
  },
  naive() {
    const counts = new Map();
    const add = (name, labels, by = 1) => {
      const key = `${name}|${labels.join('|')}`;
      counts.set(key, (counts.get(key) ?? 0) + by);
    };
    return entry => {
      const { provider, api, model } = entry.identification;
      add('requests', [entry.outcome, api, provider]);
      add('tokens', ['input', provider, model], entry.usage.inputTokens);
      add('tokens', ['output', provider, model], entry.usage.outputTokens);
      add('tokens', ['cached_input', provider, model], entry.usage.cachedInputTokens);
      add('tokens', ['reasoning', provider, model], entry.usage.reasoningTokens);
      for (const step of entry.steps) add('decisions', [step.code, step.verdict, step.mode]);
      add('gateway', [Math.ceil(Math.log2(entry.gatewayMs * 1000))]);
    };
  },
};

const nanos = { weir: [], naive: [] };
const work = { weir: variants.weir(), naive: variants.naive() };
for (let round = -2; round < ROUNDS; round++) {
  const order = round % 2 === 0 ? ['weir', 'naive'] : ['naive', 'weir'];
  for (const name of order) {
    const before = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i++) work[name](entries[i & 63]);
    const spent = process.cpuUsage(before);
    if (round >= 0) nanos[name].push(((spent.user + spent.system) * 1000) / REQUESTS);
  }
}
const hash = createHash('sha256')
  .update(JSON.stringify([REQUESTS, STEPS, PROVIDERS, APIS]))
  .digest('hex');
console.log(`work ${hash.slice(0, 12)}, ${ROUNDS} rounds of ${REQUESTS} requests, Node ${process.version}`);
for (const [name, samples] of Object.entries(nanos)) {
  samples.sort((a, b) => a - b);
  const [min, median, max] = [0, samples.length >> 1, samples.length - 1].map(i => Math.round(samples[i]));
  console.log(`${name.padEnd(6)} ${median} ns CPU a request (${min} to ${max})`);
}
