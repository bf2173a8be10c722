// What do policies cost a request? PolicyRun from the gate to the settlement in one thread: a denial, a limit on requests, a limit on tokens, a
// budget of dollars and a cap, two of them with an expression, beside the same loop without policies.
//
//   npm run build && node bench/policy/run.js [--rounds 7] [--requests 200000] [--results file.json]
//
// A fresh process a variant and round, the order reversed each round; CPU time of the whole process, after a quarter as many requests that
// are not counted. Bar: the policies cost at most 5 µs a request. Non-goals: counting the prompt, and what the rest of the gateway costs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatProblem, loadConfigText } from '../../dist/config/load.js';
import { sharedClock } from '../../dist/core/clock.js';
import { LimitsKernel } from '../../dist/kernel/limits.js';
import { createLimitsTable } from '../../dist/kernel/limits-table.js';
import { PolicyRun } from '../../dist/policy/policy-run.js';
import { PolicySet } from '../../dist/policy/policy-set.js';
import { rateLimitHeaders } from '../../dist/policy/rate-limit-headers.js';
import { RecentOutputs } from '../../dist/policy/recent-outputs.js';
import { PriceBook } from '../../dist/price/price-book.js';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';

const BAR_MICROS = 5;
const VARIANTS = ['policies', 'none'];
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '200000' },
    results: { type: 'string' },
    variant: { type: 'string' },
  },
});

const POLICIES = `
  - { name: no-images,   when: 'ai.api == "openai.images"', deny: {} }
  - { name: rpm,         limit: { requests: 1000000, per: 1s, by: [consumer] } }
  - { name: team-tokens, limit: { tokens: 100000000, per: 1s, by: [consumer, model], cached: 0 } }
  - { name: monthly,     when: 'consumer.tags.tier != "free"', budget: { usd: 2000, per: month, by: [consumer] } }
  - { name: sizes,       cap: { input_tokens: 100000, output_tokens: 4096, over: lower } }
`;

const CONSUMERS = 64;
const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'o3'];

class Facts {
  method = 'POST';
  path = '/v1/chat/completions';
  clientIp = '10.0.0.1';
  provider = 'openai';
  api = 'openai.chat';
  stream = true;
  maxOutputTokens = 256;
  tools = 0;
  modalities = ['text'];
  keyName = 'ci';
  endUser = null;
  #tier;

  constructor(consumerName, tier, model, inputTokens) {
    this.consumerName = consumerName;
    this.model = this.servedModel = model;
    this.inputTokens = inputTokens;
    this.#tier = tier;
  }

  header() {
    return '';
  }

  tag(name) {
    return name === 'tier' ? this.#tier : '';
  }
}

/** What the pipeline would tell of 256 requests that come again and again. */
function requests(prices) {
  const openai = MODELS.map(model => prices.find('openai', model, Date.now()));
  return Array.from({ length: 4 * CONSUMERS }, (_, i) => {
    const [consumerName, tier] = [`team-${i % CONSUMERS}`, i % 3 === 0 ? 'gold' : 'silver'];
    const model = MODELS[i % MODELS.length];
    const price = openai[i % MODELS.length];
    const [inputTokens, outputTokens] = [100 + i, 50 + i];
    const facts = new Facts(consumerName, tier, model, inputTokens);
    const forecast = {
      inputTokens,
      inputBounded: true,
      outputBound: 256,
      modelMaximum: null,
      metered: true,
      worstNanos: (input, output) => price.worstOf(input, output, true, false),
    };
    const costNanos = 2500 * inputTokens + 10_000 * outputTokens;
    const settlement = { inputTokens, outputTokens, cachedInputTokens: 0, costNanos, atLeastHeld: false };
    return { facts, forecast, settlement };
  });
}

/** One thread that serves `count` requests; the number of steps that they left says that the work was done. */
function serve(set, thread, all, count) {
  let left = 0;
  for (let i = 0; i < count; i++) {
    const { facts, forecast, settlement } = all[i & 255];
    const steps = [];
    let markMs = performance.now();
    const sink = (phase, policy, kind, mode, verdict, code, evidence) => {
      const now = performance.now();
      const step = {
        phase,
        policy,
        kind,
        mode,
        verdict,
        code,
        evidence,
        micros: Math.round((now - markMs) * 1000),
      };
      markMs = now;
      steps.push(step);
      return step;
    };
    if (!set.isEmpty) {
      const run = new PolicyRun(set, thread, facts, () => false, sink);
      const refusal =
        run.gate() ?? run.change(facts.inputTokens, facts.maxOutputTokens).refusal ?? run.hold(forecast);
      if (refusal !== null) throw refusal;
      left += rateLimitHeaders(run.held) === null ? 0 : 1;
      run.settle(settlement);
    }
    left += steps.length;
  }
  return left;
}

/** In a process of its own. */
function measure(variant) {
  const policies = variant === 'none' ? '' : `policies:${POLICIES}`;
  const loaded = loadConfigText(`anonymous: allow\nproviders: { openai: }\n${policies}`, 'weir.yaml', {});
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const set = new PolicySet(loaded.config);
  const thread = {
    limits: LimitsKernel.load(createLimitsTable(4096)),
    recent: new RecentOutputs(),
    sharedMs: sharedClock(),
    wallMs: () => Date.now(),
  };
  const all = requests(new PriceBook([], { kinds: new Map([['openai', 'openai']]) }));
  const count = Number(options.requests);
  serve(set, thread, all, Math.ceil(count / 4));
  const before = process.cpuUsage();
  const left = serve(set, thread, all, count);
  const { user, system } = process.cpuUsage(before);
  return { micros: (user + system) / count, left };
}

function sample(variant) {
  const args = [fileURLToPath(import.meta.url), '--variant', variant, '--requests', options.requests];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function run() {
  const samples = { policies: [], none: [] };
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const variant of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed())
      samples[variant].push(sample(variant));
  }
  const work = createHash('sha256')
    .update(
      JSON.stringify([
        POLICIES,
        MODELS,
        CONSUMERS,
        options.requests,
        samples.policies.map(({ left }) => left)[0],
      ]),
    )
    .digest('hex')
    .slice(0, 12);
  const each = samples.policies.map(({ micros }, i) => micros - samples.none[i].micros);
  const result = {
    where: circumstances(),
    work,
    rounds: options.rounds,
    requests: options.requests,
    samples,
  };
  const text = ({ median, min, max }) =>
    `${median.toFixed(2)} µs CPU a request (${min.toFixed(2)}–${max.toFixed(2)})`;
  console.log(
    `work ${work}, ${options.rounds} rounds of ${options.requests} requests, Node ${process.version}`,
  );
  for (const variant of VARIANTS)
    console.log(`${variant.padEnd(9)} ${text(summary(samples[variant].map(({ micros }) => micros)))}`);
  const cost = summary(each);
  const met = cost.median <= BAR_MICROS ? 'met' : `missed by ${(cost.median - BAR_MICROS).toFixed(2)} µs`;
  console.log(`cost      ${text(cost)}; bar ${BAR_MICROS} µs: ${met}`);
  if (options.results !== undefined)
    writeFileSync(options.results, `${JSON.stringify({ ...result, cost }, null, 2)}\n`);
}

if (options.variant === undefined) run();
else process.stdout.write(JSON.stringify(measure(options.variant)));
