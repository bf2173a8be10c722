// How many MB/s of provider streams does kernel meter read, beside a good plain twin (split lines, JSON.parse each event, merge)?
// Non-goals: AWS event streams (the twin has no checksum of its own), compressed bodies, memory.
//
//   node bench/kernel/meter.js [--rounds 7] [--passes 40] [--streams FOLDER] [--json]
//
// FOLDER holds recorded traffic (INDEX.jsonl and bodies), by default ../shared/corpus beside the repository; without it, streams are
// made up by a fixed seed. Each variant runs in a fresh process, rounds alternate the order; CPU time, not wall time, is counted,
// after a quarter as many passes that are not (both variants are compiled by then; a gateway runs for days). Both variants must agree on what they read: the printed hash is of model, events and usage.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LineTwin } from './meter-twin.js';

const here = fileURLToPath(import.meta.url);
const SIZES = [1460, 0]; // bytes a push; 0 = whole
const VARIANTS = ['kernel', 'twin'];

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    passes: { type: 'string', default: '40' },
    streams: {
      type: 'string',
      default: fileURLToPath(new URL('../../../shared/corpus', import.meta.url)),
    },
    json: { type: 'boolean', default: false },
    variant: { type: 'string' },
    size: { type: 'string' },
  },
});

/** The streams: [{ body, api, contentType }]. Server-sent events and NDJSON. */
function streams() {
  const index = join(options.streams, 'INDEX.jsonl');
  if (!existsSync(index)) return madeUp();
  return readFileSync(index, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(record => record.stream_framing === 'sse' || record.stream_framing === 'ndjson')
    .filter(record => record.response_body_file && record.provider !== 'none')
    .map(record => ({
      body: readFileSync(join(options.streams, record.response_body_file)),
      api: record.weir_api ?? 'other',
      contentType: record.response_content_type ?? '',
    }));
}

function madeUp() {
  let state = 1;
  const random = below => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  return Array.from({ length: 40 }, (_, n) => {
    const events = [];
    for (let i = 0; i < 20 + random(200); i++) {
      const delta = { index: 0, delta: { content: ' word\\n'.slice(random(3)).repeat(1 + random(3)) } };
      events.push({
        id: `chatcmpl-${n}`,
        object: 'chat.completion.chunk',
        model: 'made-up',
        choices: [delta],
        usage: null,
      });
    }
    const usage = { prompt_tokens: random(5000), completion_tokens: events.length, total_tokens: 0 };
    events.push({ id: `chatcmpl-${n}`, model: 'made-up', choices: [], usage });
    const text = events.map(event => `data: ${JSON.stringify(event)}\n\n`).join('');
    return {
      body: Buffer.from(`${text}data: [DONE]\n\n`),
      api: 'openai.chat',
      contentType: 'text/event-stream',
    };
  });
}

/** Reads all streams once; returns what was read. */
async function reader(variant) {
  if (variant === 'twin')
    return push => {
      const twin = new LineTwin();
      push(chunk => twin.push(chunk));
      return twin.finish();
    };
  const { MeterKernel, CLAIM_OTHER } = await import('../../dist/kernel/meter.js');
  const kernel = MeterKernel.load();
  return push => {
    const slot = kernel.open(CLAIM_OTHER, false);
    push(chunk => kernel.push(slot, chunk));
    const { model, events, numbers } = kernel.close(slot);
    const known = (...fields) => Math.max(0, ...fields.map(field => numbers[field]));
    return { model, events, input: known(1, 4, 19, 24, 33, 38), output: known(2, 5, 20, 25, 34, 39) };
  };
}

async function measure(variant, size) {
  const all = streams();
  const bytes = all.reduce((sum, stream) => sum + stream.body.length, 0);
  const read = await reader(variant);
  const hash = createHash('sha256');
  const pass = look => {
    for (const stream of all) {
      const reading = read(push => {
        const step = size || stream.body.length || 1;
        for (let at = 0; at < stream.body.length; at += step) push(stream.body.subarray(at, at + step));
      });
      if (look) hash.update(JSON.stringify(reading));
    }
  };
  pass(true);
  for (let i = 0; i < Number(options.passes) / 4; i++) pass(false);
  const before = process.cpuUsage();
  for (let i = 0; i < Number(options.passes); i++) pass(false);
  const { user, system } = process.cpuUsage(before);
  return {
    mbPerSecond: (bytes * Number(options.passes)) / (user + system),
    hash: hash.digest('hex').slice(0, 16),
    bytes,
  };
}

function run(variant, size) {
  const args = [
    here,
    '--variant',
    variant,
    '--size',
    String(size),
    '--passes',
    options.passes,
    '--streams',
    options.streams,
  ];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function compare() {
  const report = {
    node: process.version,
    cpu: cpus()[0]?.model ?? '',
    streams: existsSync(options.streams) ? 'recorded' : 'made up',
    sizes: [],
  };
  for (const size of SIZES) {
    const rates = { kernel: [], twin: [] };
    const hashes = new Set();
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const variant of round % 2 ? VARIANTS.toReversed() : VARIANTS) {
        const { mbPerSecond, hash, bytes } = run(variant, size);
        rates[variant].push(mbPerSecond);
        hashes.add(hash);
        report.bytes = bytes;
      }
    }
    if (hashes.size !== 1) throw new Error(`the variants read different things: ${[...hashes].join(', ')}`);
    const line = { size, work: [...hashes][0] };
    for (const variant of VARIANTS)
      line[variant] = {
        median: median(rates[variant]),
        min: Math.min(...rates[variant]),
        max: Math.max(...rates[variant]),
      };
    line.ratio = line.kernel.median / line.twin.median;
    report.sizes.push(line);
  }
  return report;
}

if (options.variant) console.log(JSON.stringify(await measure(options.variant, Number(options.size))));
else {
  const report = compare();
  if (options.json) console.log(JSON.stringify(report));
  else {
    console.log(
      `${report.streams} streams, ${report.bytes} bytes, ${options.rounds} rounds; node ${report.node}, ${report.cpu}`,
    );
    for (const { size, work, kernel, twin, ratio } of report.sizes) {
      const show = ({ median: m, min, max }) =>
        `${m.toFixed(0)} MB/s (${min.toFixed(0)} to ${max.toFixed(0)})`;
      console.log(
        `${size ? `${size} bytes a push` : 'whole'}: kernel ${show(kernel)}, twin ${show(twin)}: ${ratio.toFixed(1)} x (bar 5), work ${work}`,
      );
    }
  }
}
