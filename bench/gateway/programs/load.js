// The load of the benchmark, a process of its own so that it can be pinned. Takes one JSON argument, prints one JSON line.
// { kind: 'load', url, mode, headers, connections, seconds | amount } → counts, rate, latencies in ms
// { kind: 'ttfb', url, direct, mode, headers, samples } → added time to the first body byte in µs, unloaded
import http from 'node:http';
import autocannon from 'autocannon';
import { lastWords, requestBody, requestHeaders } from '../workload.js';

const spec = JSON.parse(process.argv[2] ?? '{}');
const body = requestBody(spec.mode);
const headers = { ...requestHeaders, ...spec.headers };

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

async function load() {
  const last = lastWords(spec.mode);
  const times = [];
  // An amount, not a duration, so that no request is left unfinished whose CPU time would be counted all the same.
  const extent = spec.amount ? { amount: spec.amount } : { duration: spec.seconds };
  const run = autocannon({
    ...extent,
    url: spec.url,
    method: 'POST',
    headers,
    body,
    connections: spec.connections,
    timeout: 20,
    verifyBody: text => text.includes(last),
  });
  run.on('response', (_client, _status, _bytes, ms) => times.push(ms));
  const result = await run;
  times.sort((a, b) => a - b);
  const { non2xx, errors, timeouts, mismatches } = result;
  return {
    done: result['2xx'],
    failed: errors + Math.max(non2xx, mismatches), // a refusal is incomplete too: counted once
    failures: { non2xx, errors, timeouts, incomplete: mismatches, statuses: result.statusCodeStats },
    perSecond: result['2xx'] / ((result.finish - result.start) / 1000),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}

const agent = new http.Agent({ keepAlive: true });

/** µs from the request's last byte written to the answer's first body byte, on a connection that is already open. */
function firstByteMicros(url, extra) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, ...extra, 'content-length': Buffer.byteLength(body) },
    });
    let took = null;
    request.on('response', response => {
      response.on('data', () => {
        took ??= Number(process.hrtime.bigint() - start) / 1000;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(took) : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    const start = process.hrtime.bigint();
    request.end(body);
  });
}

async function ttfb() {
  const [through, direct] = [[], []];
  for (let i = -2; i < spec.samples; i += 1) {
    const [d, t] = [await firstByteMicros(spec.direct, {}), await firstByteMicros(spec.url, spec.headers)];
    if (i < 0) continue; // opens the connections
    direct.push(d);
    through.push(t);
  }
  const median = times =>
    percentile(
      times.sort((a, b) => a - b),
      0.5,
    );
  return { addedMicros: median(through) - median(direct) };
}

console.log(JSON.stringify(await (spec.kind === 'ttfb' ? ttfb() : load())));
agent.destroy();
