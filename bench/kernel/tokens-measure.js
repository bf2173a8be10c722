// Measures one variant in this process. CPU time of all its threads counts, garbage collection included.
import { createHash } from 'node:crypto';
import { ADVERSARIES, cases } from './tokens-inputs.js';
import { VARIANTS } from './tokens-variants.js';

const MEGABYTE = 1_000_000;
const RIVAL_BYTES = 8_000;

function cpuMicros() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const hashOf = counts => createHash('sha256').update(counts.join(' ')).digest('hex').slice(0, 16);

/** Every case and adversary: → { inputs: their hash, cases: { name: { micros, calls, bytes, hash } }, adversaries: { name: { micros, bytes, hash } } }. */
export async function measureCases(variant, encoding, { ms, scale }) {
  const counter = await VARIANTS[variant].open(encoding);
  const all = cases(scale);
  const found = { inputs: hashOf([JSON.stringify(all)]), cases: {}, adversaries: {} };
  for (const one of all) {
    found.cases[one.name] =
      one.fresh === undefined ? warm(counter, one, ms * 1000) : cold(counter, one.fresh, ms * 1000);
  }
  const small = RIVAL_BYTES * Math.min(2 * scale, 1);
  const sizes = variant === 'weir' ? [small, MEGABYTE * Math.min(scale, 1)] : [small];
  for (const [name, make] of Object.entries(ADVERSARIES)) {
    found.adversaries[name] = sizes.map(size =>
      adversary(counter, make(size), size === small ? ms * 100 : ms * 400),
    );
  }
  return found;
}

/** The same work again and again: per pass of all calls. */
function warm(counter, { texts, answers }, micros) {
  const inputs = answers ?? texts;
  const whole = answers?.map(({ bytes }) => bytes.toString());
  const counts = inputs.map((input, i) => count(counter, input, whole?.[i]));
  const calls =
    answers === undefined ? inputs.length : answers.reduce((sum, { ends }) => sum + ends.length, 0);
  const bytes = inputs.reduce((sum, input) => sum + (input.bytes?.length ?? Buffer.byteLength(input)), 0);
  const pass = () => {
    for (let i = 0; i < inputs.length; i++) count(counter, inputs[i], whole?.[i]);
  };
  repeat(pass, micros / 3);
  return { micros: repeat(pass, micros), calls, bytes, hash: hashOf(counts) };
}

function count(counter, input, whole) {
  if (whole === undefined) return counter.count(input);
  return counter.stream === null ? counter.count(whole) : counter.stream(input);
}

/** CPU time of one pass: passes go on until `micros` are used up, at least one. */
function repeat(pass, micros) {
  const begun = cpuMicros();
  let passes = 0;
  let used = 0;
  while (passes === 0 || used < micros) {
    pass();
    passes += 1;
    used = cpuMicros() - begun;
  }
  return used / passes;
}

/** Each call on texts not seen before, its caches empty. Making the texts and clearing is not counted. */
function cold(counter, fresh, micros) {
  const counts = [];
  let used = 0;
  let bytes = 0;
  // The first passes are for the compilers.
  for (let pass = -3; pass < 1 || used < micros; pass++) {
    for (const text of fresh(pass)) {
      counter.clear();
      const begun = cpuMicros();
      const tokens = counter.count(text);
      if (pass >= 0) {
        used += cpuMicros() - begun;
        bytes += Buffer.byteLength(text);
      }
      if (pass === 0) counts.push(tokens);
    }
  }
  const first = fresh(0).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { micros: (used / bytes) * first, calls: counts.length, bytes: first, hash: hashOf(counts) };
}

function adversary(counter, text, micros) {
  const tokens = counter.count(text);
  const used = repeat(() => counter.count(text), micros);
  return { micros: used, bytes: Buffer.byteLength(text), tokens };
}

/** What it costs to be ready for both encodings: → { readyMs (wall), readyCpuMs, addedBytes } of the resident set, after some counting. */
export async function measureStart(variant, { scale }) {
  globalThis.gc?.();
  const rss = process.memoryUsage.rss();
  const cpu = cpuMicros();
  const begun = performance.now();
  const counters = [];
  for (const encoding of ['o200k_base', 'cl100k_base']) counters.push(await VARIANTS[variant].open(encoding));
  for (const counter of counters) counter.count('Hello, world');
  const readyMs = performance.now() - begun;
  const readyCpuMs = (cpuMicros() - cpu) / 1000;
  const all = cases(scale / 4);
  // Fairly: what the texts themselves take is there for each variant.
  for (const counter of counters)
    for (const { texts } of all) for (const text of texts ?? []) counter.count(text);
  globalThis.gc?.();
  return { readyMs, readyCpuMs, addedBytes: process.memoryUsage.rss() - rss };
}
