// How many MB of request bodies a second does kernel classify read, against JSON.parse with property reads, each body seen once?
//
//   node bench/kernel/classify.js [--rounds 15] [--corpus ../shared/corpus] [--synthetic] [--warm-up 150] [--name local-classify]
//
// A fresh process for each variant and round, the order reversed each round. A process first warms up on made-up bodies (150 passes), so
// that both compilers have done their work; then it reads every body over 2 KB once, in one timed pass: nothing of a body
// is in a branch predictor or was compiled for it before. Both variants must find the same: their hash of the work is compared.
// A second is one of CPU time as the operating system charges it to the process (all threads, garbage collection included), so
// that what else runs on the machine disturbs less.
// Not a goal: small bodies (there the fixed cost of a call counts, not MB/s), and what happens to the facts afterwards.
// The twin reads fewer facts than the kernel (no modalities, no offsets): that is to its advantage.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';

const BYTES_MIN = 2048;
const BAR = 3;
const root = fileURLToPath(new URL('../../', import.meta.url));

const VARIANTS = {
  async classify() {
    const { ClassifyKernel } = await import('../../dist/kernel/classify.js');
    const kernel = ClassifyKernel.load();
    return body => kernel.scanWhole(body);
  },
  async twin() {
    return body => {
      const json = JSON.parse(body.toString('utf8'));
      const list = json.messages ?? json.contents ?? json.input ?? json.requests ?? json.chat_history;
      const many = Array.isArray(list) ? list.length : typeof list === 'string' ? 1 : null;
      return {
        model: json.model ?? json.model_id ?? null,
        stream: json.stream ?? null,
        maxOutputTokens:
          json.max_tokens ??
          json.max_completion_tokens ??
          json.max_output_tokens ??
          json.generationConfig?.maxOutputTokens ??
          json.generation_config?.max_output_tokens ??
          json.inferenceConfig?.maxTokens ??
          json.inferenceConfig?.max_new_tokens ??
          json.options?.num_predict ??
          null,
        messages: json.message === undefined ? many : (many ?? 0) + 1,
      };
    };
  },
};

/** Bodies over 2 KB that are JSON objects of the common dialects: the recorded ones, or made-up ones. */
function bodies(options) {
  const index = join(options.corpus, 'INDEX.jsonl');
  if (options.synthetic || !existsSync(index)) return madeUp(64, 1);
  const lines = readFileSync(index, 'utf8').trim().split('\n');
  const files = lines.map(line => JSON.parse(line).request_body_file).filter(file => file !== null);
  // Sorted out by their first byte alone: nothing may parse them before they are timed.
  return files
    .map(file => readFileSync(join(options.corpus, file)))
    .filter(body => body.length > BYTES_MIN && body[0] === 0x7b);
}

/** Chat bodies between 2 and 60 KB, from a linear congruential generator with this seed. */
function madeUp(count, seed) {
  let state = seed;
  const next = below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const words = ['the', 'weir', 'regulates', 'a "river"', 'and\nmeasures', 'it', 'día', '水'];
  const text = length => Array.from({ length }, () => words[next(words.length)]).join(' ');
  return Array.from({ length: count }, (_, i) => {
    const messages = Array.from({ length: 1 + next(12) }, () => ({
      role: 'user',
      content: text(400 + next(400)),
    }));
    const parameters = { type: 'object', properties: { place: { type: 'string', description: text(9) } } };
    const tools = Array.from({ length: next(8) }, (_, n) => ({
      type: 'function',
      function: { name: `f${n}`, parameters },
    }));
    return Buffer.from(
      JSON.stringify({ messages, tools, model: `model-${i}`, stream: i % 2 === 0, max_tokens: i }),
    );
  });
}

/** In a process of its own: one pass over the bodies. Prints its result as JSON. */
async function measure(variant, options) {
  const read = await VARIANTS[variant]();
  // One of them is longer than any other, so that all memory that the variant keeps has been touched.
  const long = Buffer.from(JSON.stringify({ messages: [{ content: 'long '.repeat(40_000) }] }));
  const warm = [...madeUp(64, 20250101), long];
  for (let pass = 0; pass < Number(options['warm-up']); pass++) for (const body of warm) read(body);
  const all = bodies(options);
  const facts = new Array(all.length);
  const begun = process.cpuUsage();
  for (let i = 0; i < all.length; i++) facts[i] = read(all[i]);
  const used = process.cpuUsage(begun);
  const micros = used.user + used.system;
  const hash = createHash('sha256');
  for (const { model, stream, maxOutputTokens, messages } of facts) {
    hash.update(JSON.stringify([model, stream, maxOutputTokens, messages]));
  }
  const bytes = all.reduce((sum, body) => sum + body.length, 0);
  const mbPerSecond = bytes / micros;
  process.stdout.write(
    JSON.stringify({ mbPerSecond, bytes, bodies: all.length, work: hash.digest('hex').slice(0, 16) }),
  );
}

function run(options, args) {
  const samples = { classify: [], twin: [] };
  const order = Object.keys(VARIANTS);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const variant of round % 2 === 0 ? order : order.toReversed()) {
      const script = fileURLToPath(import.meta.url);
      const text = execFileSync(process.execPath, [script, ...args, '--measure', variant], {
        encoding: 'utf8',
      });
      samples[variant].push(JSON.parse(text));
    }
  }
  const { work, bytes, bodies: count } = samples.classify[0];
  for (const sample of [...samples.classify, ...samples.twin]) {
    if (sample.work !== work)
      throw new Error(`the variants found different things: ${work} and ${sample.work}`);
  }
  const rows = Object.fromEntries(
    order.map(name => [name, summary(samples[name].map(one => one.mbPerSecond))]),
  );
  const ratio = rows.classify.median / rows.twin.median;
  const result = { where: circumstances(), work, bodies: count, bytes, rows, ratio, bar: BAR, samples };
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(options.out ?? join(folder, `${options.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  for (const [name, { median, min, max }] of Object.entries(rows)) {
    console.log(`${name.padEnd(10)} ${median.toFixed(0)} MB/s (${min.toFixed(0)}–${max.toFixed(0)})`);
  }
  const verdict = ratio >= BAR ? 'met' : `missed by ${((1 - ratio / BAR) * 100).toFixed(0)} %`;
  console.log(
    `${count} bodies, ${bytes} bytes, work ${work}: ${ratio.toFixed(1)} × the twin; bar ${BAR} ×: ${verdict}`,
  );
}

const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: {
    rounds: { type: 'string', default: '15' },
    corpus: { type: 'string', default: join(root, '..', 'shared', 'corpus') },
    synthetic: { type: 'boolean', default: false },
    'warm-up': { type: 'string', default: '150' },
    name: { type: 'string', default: 'local-classify' },
    out: { type: 'string' },
    measure: { type: 'string' },
  },
});
if (values.measure === undefined) run(values, args);
else await measure(values.measure, values);
