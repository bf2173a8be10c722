// How long do large prompts hold a data-plane thread's event loop, and which part of it is counting?
// Usage: node bench/gateway/pause.js [--bytes 1000000] [--connections 8] [--seconds 5] [--text english|chinese|base64|mixed]
// Every round sends the same bytes once as a chat completion (counted) and once to a path that no dialect counts. What it
// prints: pauses of the loop (see programs/loop-pauses.js) by the clock, and the part of each that the thread itself ran; on a
// machine where load, provider and gateway share the cores the two differ. Bar: no pause over 5 ms. Needs Linux.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { largePrompt } from './large-prompt.js';
import { launch, OTHER_CORE, program } from './processes.js';
import { weir } from './rivals/weir.js';

const BAR_MS = 5;
const WARM_UP_SECONDS = 2;
const PATHS = { counted: '/v1/chat/completions', 'not counted': '/openai/v1/nothing/known' };

const settings = readSettings();
const folder = mkdtempSync(join(os.tmpdir(), 'weir-pause-'));
try {
  for (const text of settings.texts) await measure(text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(text) {
  const own = join(folder, text);
  mkdirSync(own, { recursive: true });
  const body = largePrompt(text, settings.bytes);
  const upstream = await launch({ argv: [process.execPath, program('upstream'), 'json'], core: OTHER_CORE });
  const start = await weir.start({ upstreamPort: upstream.port, folder: own });
  // Not pinned: the compute worker is to have a core of its own where there is one.
  const gateway = await launch({
    ...start,
    core: null,
    env: { NODE_OPTIONS: `--import=${pathToFileURL(program('loop-pauses'))}`, WEIR_LOOP_PAUSES: own },
  });
  const spans = [];
  try {
    const url = `http://127.0.0.1:${gateway.port}`;
    for (const path of Object.values(PATHS)) await load(url + path, body, WARM_UP_SECONDS);
    for (const [name, path] of Object.entries(PATHS))
      spans.push({ name, ...(await load(url + path, body, settings.seconds)) });
  } finally {
    await gateway.stop();
    await upstream.stop();
  }
  const pauses = readPauses(own);
  for (const span of spans) report(text, body.length, span, pauses);
}

/** Keeps `connections` requests running for so long; rejects where one is not answered with 200. */
async function load(url, body, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: settings.connections });
  const fromMs = Date.now();
  let done = 0;
  const client = async () => {
    while (Date.now() - fromMs < seconds * 1000) {
      await post(url, body, agent);
      done++;
    }
  };
  await Promise.all(Array.from({ length: settings.connections }, client));
  agent.destroy();
  return { fromMs, toMs: Date.now(), done };
}

function post(url, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: 'Bearer sk-x',
    };
    const request = http.request(url, { method: 'POST', agent, headers }, response => {
      response.resume();
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function readPauses(own) {
  const files = readdirSync(own).filter(name => name.startsWith('thread-'));
  if (files.length === 0) throw new Error('no thread wrote its pauses');
  return files.flatMap(name =>
    readFileSync(join(own, name), 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line)),
  );
}

function report(text, bytes, { name, fromMs, toMs, done }, pauses) {
  const within = pauses.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const line = key => {
    const sorted = within.map(pause => pause[key]).sort((a, b) => a - b);
    const at = share =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
    const over = sorted.filter(ms => ms > BAR_MS).length;
    return `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)} ms, ${over} over ${BAR_MS} ms`;
  };
  const seconds = (toMs - fromMs) / 1000;
  console.log(
    `${text}, ${bytes} bytes × ${settings.connections} connections, ${name}: ${(done / seconds).toFixed(0)}/s`,
  );
  console.log(`  by the clock:  ${line('pauseMs')}, of ${within.length} pauses over 0.5 ms`);
  console.log(`  on the core:   ${line('ranMs')}`);
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: '1000000' },
      connections: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '5' },
      text: { type: 'string', default: 'english,chinese,base64' },
    },
  });
  return {
    bytes: Number(values.bytes),
    connections: Number(values.connections),
    seconds: Number(values.seconds),
    texts: values.text.split(','),
  };
}
