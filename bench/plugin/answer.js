// What does it cost to take an answer apart for plugins, per event: let pass as it came, and with every text changed? Beside the naive way: split
// the lines, JSON.parse each event, look at OpenAI's and Anthropic's deltas, JSON.stringify what was changed.
//
//   npm run build && node bench/plugin/answer.js [--rounds 5] [--passes 20] [--streams FOLDER] [--json]
//
// FOLDER holds recorded traffic (INDEX.jsonl and bodies), by default ../shared/corpus beside the repository: its server-sent events of OpenAI
// chats and Anthropic messages; without it, chats are made up. Pushed in pieces of 1,460 bytes. A fresh process a variant and round, order
// reversed; CPU time. The printed hash is of the texts that were seen; of recorded traffic the naive way sees fewer (no tool calls, no repeats).
// Non-goals: what a plugin's hook costs (hooks.js), other framings.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AnswerPipe } from '../../dist/plugin/answer/answer-pipe.js';

const here = fileURLToPath(import.meta.url);
const VARIANTS = ['pipe', 'naive', 'pipe-change', 'naive-change'];
const PUSH_BYTES = 1460;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    passes: { type: 'string', default: '20' },
    streams: { type: 'string', default: fileURLToPath(new URL('../../../shared/corpus', import.meta.url)) },
    json: { type: 'boolean', default: false },
    variant: { type: 'string' },
  },
});

/** Bodies of streams. */
function streams() {
  const index = join(options.streams, 'INDEX.jsonl');
  if (!existsSync(index)) return madeUp();
  return readFileSync(index, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(record => ['openai.chat', 'anthropic.messages'].includes(record.weir_api))
    .filter(record => record.stream_framing === 'sse' && record.response_body_file)
    .map(record => readFileSync(join(options.streams, record.response_body_file)));
}

function madeUp() {
  return Array.from({ length: 40 }, (_, n) => {
    const events = Array.from({ length: 20 + n * 5 }, (_, i) => ({
      id: `chatcmpl-${n}`,
      object: 'chat.completion.chunk',
      created: 1_760_000_000,
      model: 'made-up',
      choices: [{ index: 0, delta: { content: ` word${i}\n` }, logprobs: null, finish_reason: null }],
    }));
    return Buffer.from(
      `${events.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
    );
  });
}

const PASS = { result: 'pass', text: null, append: null };

/** Sends all bytes through a pipe whose stage sees and maybe changes each text. */
function throughPipe(body, see, change) {
  const pipe = new AnswerPipe({
    api: 'openai.chat',
    contentType: 'text/event-stream',
    stages: [
      {
        onPiece: piece => {
          if (piece.kind === 'end') return PASS;
          see(piece.text);
          return change ? { result: 'pass', text: changed(piece.text.toString('utf8')), append: null } : PASS;
        },
      },
    ],
    inspectBytes: 8 << 20,
    nowMs: () => 0,
    out: () => {},
    fail: (_, failure, detail) => {
      throw new Error(`${failure}: ${detail}`);
    },
    resume: () => {},
    done: () => {},
  });
  for (let at = 0; at < body.length; at += PUSH_BYTES) pipe.push(body.subarray(at, at + PUSH_BYTES));
  pipe.end();
}

const changed = text => text.toUpperCase();

/** Whole lines, whole events, whole objects. */
function naively(body, see, change) {
  let rest = '';
  let out = 0;
  for (let at = 0; at < body.length; at += PUSH_BYTES) {
    rest += body.toString('latin1', at, at + PUSH_BYTES);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) out += naiveLine(line, see, change).length;
  }
  return out;
}

function naiveLine(line, see, change) {
  if (!line.startsWith('data:') || line.includes('[DONE]')) return line;
  const event = JSON.parse(Buffer.from(line.slice(5), 'latin1').toString('utf8'));
  let found = false;
  const holders = [event.delta, ...(event.choices ?? []).map(choice => choice.delta)];
  for (const holder of holders)
    for (const key of ['content', 'text', 'thinking', 'reasoning', 'reasoning_content', 'partial_json']) {
      const text = holder?.[key];
      if (typeof text !== 'string' || text === '') continue;
      see(Buffer.from(text));
      found = true;
      if (change) holder[key] = changed(text);
    }
  return found && change ? `data: ${JSON.stringify(event)}` : line;
}

function measure(variant) {
  const all = streams();
  const events = all.reduce((sum, body) => sum + body.toString('latin1').split('data:').length - 1, 0);
  const change = variant.endsWith('change');
  const send = variant.startsWith('pipe') ? throughPipe : naively;
  const hash = createHash('sha256');
  let bytes = 0;
  for (const body of all) send(body, text => hash.update(text), change);
  const see = text => {
    bytes += text.length;
  };
  const passes = Number(options.passes);
  for (let i = 0; i < passes / 2; i++) for (const body of all) send(body, see, change);
  const before = process.cpuUsage();
  for (let i = 0; i < passes; i++) for (const body of all) send(body, see, change);
  const { user, system } = process.cpuUsage(before);
  return {
    micros: (user + system) / (events * passes),
    hash: hash.digest('hex').slice(0, 16),
    events,
    bytes,
  };
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function compare() {
  const micros = Object.fromEntries(VARIANTS.map(variant => [variant, []]));
  const hashes = {};
  let events = 0;
  for (let round = 0; round < Number(options.rounds); round++)
    for (const variant of round % 2 ? VARIANTS.toReversed() : VARIANTS) {
      const args = [here, '--variant', variant, '--passes', options.passes, '--streams', options.streams];
      const run = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
      micros[variant].push(run.micros);
      hashes[variant] = run.hash;
      events = run.events;
    }
  const lines = VARIANTS.map(variant => ({
    variant,
    median: median(micros[variant]),
    min: Math.min(...micros[variant]),
    max: Math.max(...micros[variant]),
    work: hashes[variant],
  }));
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? '',
    streams: existsSync(options.streams) ? 'recorded' : 'made up',
    events,
    lines,
  };
}

if (options.variant) console.log(JSON.stringify(measure(options.variant)));
else {
  const report = compare();
  if (options.json) console.log(JSON.stringify(report));
  else {
    console.log(
      `${report.events} events of ${report.streams} streams, ${options.rounds} rounds; node ${report.node}, ${report.cpu}`,
    );
    for (const { variant, median: m, min, max, work } of report.lines)
      console.log(
        `${variant.padEnd(12)} ${m.toFixed(2)} µs an event (${min.toFixed(2)} to ${max.toFixed(2)}), texts ${work}`,
      );
  }
}
