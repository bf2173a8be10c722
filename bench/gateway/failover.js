// What does a failover add beside the failed try's own time? Bar of issue 7: at most 1 ms.
// Usage: node bench/gateway/failover.js [--requests 2000] [--warm-up 500] [--results FILE]
// One client asks one after another: straight to a provider that answers, and through routes whose first target fails in one way each (503 at once,
// no connection, a connection that breaks, 429 with two keys). Two figures a case: from the records, the time from the end of the failed
// try to the beginning of the next (`between`); and as the client sees it, the median of the whole request less that of a direct one less
// the failed try's own time (`added`). The retry budget and the breaker are out of the way, so that every request fails over. Needs Linux.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { newWeirKey, weirKeySha256 } from '../../dist/core/weir-key.js';
import { GATEWAY_CORE, launch, OTHER_CORE, program } from './processes.js';
import { weir } from './rivals/weir.js';

const BAR_MS = 1;
const CASES = {
  direct: 'no failure',
  refused: 'no connection',
  broken: 'the connection breaks',
  status503: '503 at once',
  key429: '429, next key',
};
const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Hello' }],
  stream: false,
});

const settings = readSettings();
const folder = mkdtempSync(join(os.tmpdir(), 'weir-failover-'));
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const upstream = await launch({ argv: [process.execPath, program('upstream'), 'json'], core: OTHER_CORE });
  const failing = await startFailing();
  const key = newWeirKey();
  const start = await weir.start({
    upstreamPort: upstream.port,
    folder,
    anonymous: 'deny',
    providers: providers(failing, upstream.port),
    more: configuration(key),
  });
  const gateway = await launch({ ...start, core: GATEWAY_CORE });
  const rows = [];
  try {
    for (const name of Object.keys(CASES)) await load(gateway.port, key, name, settings.warmUp);
    for (const name of Object.keys(CASES)) {
      const { ids, millis } = await load(gateway.port, key, name, settings.requests);
      rows.push(rowOf(name, millis, await recordsOf(start.adminUrl, ids)));
    }
  } finally {
    await gateway.stop();
    await upstream.stop();
    failing.close();
  }
  const direct = rows[0].clientMs;
  for (const row of rows) row.addedMs = row === rows[0] ? 0 : row.clientMs - direct - row.failedMs;
  tell(rows);
}

function providers({ status, breaking }, good) {
  const to = (name, port, ...keys) => {
    const list = keys.map((value, i) => `{ name: k${i}, value: ${value} }`).join(', ');
    return `  ${name}: { kind: openai, base_url: "http://127.0.0.1:${port}", keys: [ ${list} ] }`;
  };
  return [
    'providers:',
    to('good', good, 'sk'),
    to('nobody', 1, 'sk'),
    to('breaking', breaking, 'sk'),
    to('failing', status, 'sk'),
    to('keyed', status, 'k-0', 'k-1'),
  ];
}

function configuration(key) {
  const route = (model, ...targets) =>
    `  - { match: { model: ${model} }, targets: [ ${targets.map(name => `{ provider: ${name}, model: gpt-4o-mini }`).join(', ')} ] }`;
  return [
    'retry: { attempts: 3, budget: 1, reserve: 10000 }',
    'breaker: { failures: 0 }',
    `consumers: [ { name: bench, keys: [ { sha256: "${weirKeySha256(key)}" } ] } ]`,
    'routes:',
    route('direct', 'good'),
    route('refused', 'nobody', 'good'),
    route('broken', 'breaking', 'good'),
    route('status503', 'failing', 'good'),
    route('key429', 'keyed'),
  ];
}

/** 503; of requests with the keys `k-0` and `k-1` every other one 429, for no time at all, and the rest served; and a port that breaks connections after a request. */
async function startFailing() {
  const answer = JSON.stringify({
    model: 'gpt-4o-mini',
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  let keyed = 0;
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      const isKeyed = /^Bearer k-[01]$/.test(request.headers.authorization ?? '');
      const status = isKeyed ? (keyed++ % 2 === 0 ? 429 : 200) : 503;
      const headers = {
        'content-type': 'application/json',
        ...(status === 429 ? { 'retry-after': '0' } : {}),
      };
      response.writeHead(status, headers).end(status === 200 ? answer : '{"error":{"message":"no"}}');
    });
  });
  const breaking = net.createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.destroy());
  });
  const listening = await Promise.all([server, breaking].map(listen));
  return {
    status: listening[0],
    breaking: listening[1],
    close: () => [server, breaking].map(each => each.close()),
  };
}

function listen(server) {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

async function load(port, key, model, requests) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const [ids, millis] = [[], []];
  for (let i = 0; i < requests; i++) {
    const fromMs = performance.now();
    const response = await post(port, agent, key, BODY.replace('gpt-4o-mini', model));
    millis.push(performance.now() - fromMs);
    ids.push(response);
  }
  agent.destroy();
  return { ids, millis };
}

function post(port, agent, key, body) {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    authorization: `Bearer ${key}`,
  };
  const options = { host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', agent, headers };
  return new Promise((resolve, reject) => {
    const request = http.request(options, response => {
      response.resume();
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(response.headers['x-weir-request-id'])
          : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function recordsOf(adminUrl, ids) {
  const found = [];
  for (const id of ids) found.push(await (await fetch(`${adminUrl}/api/requests/${id}`)).json());
  return found;
}

function rowOf(name, millis, records) {
  const expected = name === 'direct' ? 1 : 2;
  const odd = records.filter(({ attempts }) => attempts.length !== expected);
  if (odd.length > 0)
    throw new Error(`${name}: ${odd.length} of ${records.length} requests had not ${expected} tries`);
  const failed = records.map(({ attempts }) =>
    expected === 1 ? 0 : attempts[0].total_ms - attempts[0].started_ms,
  );
  const between = records.map(({ attempts }) =>
    expected === 1 ? 0 : attempts[1].started_ms - attempts[0].total_ms,
  );
  return {
    name,
    requests: records.length,
    clientMs: quantile(millis, 0.5),
    failedMs: quantile(failed, 0.5),
    betweenMs: { p50: quantile(between, 0.5), p99: quantile(between, 0.99), most: quantile(between, 1) },
  };
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function tell(rows) {
  const ms = value => value.toFixed(3);
  const lines = [
    '| first try | requests | client, ms | failed try, ms | added, ms | between tries, ms: p50 | p99 | most | bar |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ name, requests, clientMs, failedMs, addedMs, betweenMs: { p50, p99, most } }) => {
      const verdict = name === 'direct' ? '' : addedMs <= BAR_MS && p99 <= BAR_MS ? 'met' : 'missed';
      return `| ${CASES[name]} | ${[requests, ms(clientMs), ms(failedMs), ms(addedMs), ms(p50), ms(p99), ms(most), verdict].join(' | ')} |`;
    }),
  ];
  console.log(lines.join('\n'));
  if (settings.results === null) return;
  mkdirSync(dirname(settings.results), { recursive: true });
  writeFileSync(
    settings.results,
    `${JSON.stringify({ node: process.version, barMs: BAR_MS, rows }, null, 2)}\n`,
  );
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '2000' },
      'warm-up': { type: 'string', default: '500' },
      results: { type: 'string' },
    },
  });
  return {
    requests: Number(values.requests),
    warmUp: Number(values['warm-up']),
    results: values.results ?? null,
  };
}
