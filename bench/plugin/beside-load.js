// Good requests at random moments (a Poisson process, the same every time) and, beside them, bad ones evenly spaced: a process of its own, so
// that it can be pinned. Nobody waits for an earlier answer, so a gateway that stands still is asked all the same.
// Takes one JSON argument { url, seconds, rate, badRate, good: {headers}, bad: {headers, model} }, prints one JSON line.
import http from 'node:http';
import { lastWords, requestBody, requestHeaders } from '../gateway/workload.js';

const spec = JSON.parse(process.argv[2] ?? '{}');
const agent = new http.Agent({ keepAlive: true });
const goodBody = Buffer.from(requestBody('json'));
const last = lastWords('json');

function ask(headers, body) {
  return new Promise(resolve => {
    const request = http.request(spec.url, {
      agent,
      method: 'POST',
      headers: { ...requestHeaders, ...headers, 'content-length': body.length },
    });
    const sent = performance.now();
    const end = (status, code, text) => resolve({ status, code, text, ms: performance.now() - sent });
    request.on('error', error => end(0, error.code ?? error.message, ''));
    request.on('response', response => {
      let text = '';
      response.setEncoding('utf8').on('data', piece => {
        text += piece;
      });
      response.on('error', error => end(0, error.code ?? error.message, ''));
      response.on('end', () => end(response.statusCode, response.headers['x-weir-code'] ?? null, text));
    });
    request.end(body);
  });
}

let seed = 12345;
/** 0 to 1, without 0. */
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed + 1) / 0x1_0000_0000;
}

/** Moments in ms, in order. */
function moments(rate, next) {
  const all = [];
  if (rate <= 0) return all;
  for (let at = next(); at < spec.seconds * 1000; at += next()) all.push(at);
  return all;
}

/** Calls `send` at each of the moments; resolves with all that it gave. */
function atEach(times, send) {
  const answers = [];
  const begin = performance.now();
  return new Promise(resolve => {
    let next = 0;
    const look = () => {
      while (next < times.length && times[next] <= performance.now() - begin) {
        answers.push(send());
        next++;
      }
      if (next < times.length) setTimeout(look, Math.max(0, times[next] - (performance.now() - begin)));
      else resolve(Promise.all(answers));
    };
    look();
  });
}

const badBody = Buffer.from(JSON.stringify({ ...JSON.parse(requestBody('json')), model: spec.bad?.model }));
const [good, bad] = await Promise.all([
  atEach(
    moments(spec.rate, () => (-Math.log(random()) * 1000) / spec.rate),
    () => ask(spec.good?.headers, goodBody),
  ),
  atEach(
    moments(spec.badRate, () => 1000 / spec.badRate),
    () => ask(spec.bad.headers, badBody),
  ),
]);
const counts = answers => {
  const found = {};
  for (const { status, code } of answers) {
    const name = code === null ? `${status}` : `${status} ${code}`;
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
};
console.log(
  JSON.stringify({
    goodMs: good.map(({ ms }) => ms),
    goodAnswers: counts(good),
    incomplete: good.filter(({ text }) => !text.includes(last)).length,
    badMs: bad.map(({ ms }) => ms),
    badAnswers: counts(bad),
  }),
);
agent.destroy();
