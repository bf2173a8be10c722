// The clients of the crash harness: they ask without pause and keep what they received. An answer counts as received whole as soon as all its bytes
// are there (a JSON document that parses, a stream with its dialect's last event), also where the connection breaks right behind them.
import http from 'node:http';
import { MODELS, nameOf, truth } from './truth.js';

const BEGIN_MS_MAX = 15_000;
const PATHS = { openai: '/openai/v1/chat/completions', anthropic: '/anthropic/v1/messages' };

/**
 * @typedef {object} Received
 * @property {string} id x-weir-request-id
 * @property {string} name of the request, as its end user
 * @property {number} status
 * @property {string} consumer
 * @property {{ input: number, output: number, cached: number } | null} usage what the answer was worth; null: Weir's own answer
 * @property {boolean} streamed
 * @property {string | null} code x-weir-code
 * @property {number} askedMs when it was asked
 * @property {number} endedMs
 */

export class Clients {
  /** Of all answers that came whole. @type {Received[]} */
  whole = [];
  /** Streams that were cut off: id, and when each event came. @type {{ id: string, name: string, times: number[] }[]} */
  cut = [];
  /** Answers that contradict what their upstream said: bugs of the gateway, or of this harness. @type {string[]} */
  wrong = [];
  asked = 0;
  #next;
  #live = true;
  #agent;
  #loops;

  /** @param {{ url: string, consumers: { name: string, key: string }[], connections: number, slow: number, first: number }} options `first`: number of the first request */
  constructor({ url, consumers, connections, slow, first }) {
    this.#next = first;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    this.#loops = Array.from({ length: connections }, (_, i) =>
      this.#ask(url, consumers[i % consumers.length], i < slow),
    );
  }

  /** Resolves when so many answers came whole, or it has taken long enough. */
  async begun(count) {
    for (const endMs = Date.now() + BEGIN_MS_MAX; this.whole.length < count && Date.now() < endMs; )
      await new Promise(resolve => setTimeout(resolve, 5));
  }

  /** Lets running requests end, or breaks them off with the gateway; resolves when nothing is asked any more. */
  async stop() {
    this.#live = false;
    await Promise.all(this.#loops);
    this.#agent.destroy();
    return this.#next;
  }

  async #ask(url, consumer, slow) {
    while (this.#live) {
      const n = this.#next++;
      const wanted = truth(n, slow);
      this.asked++;
      const askedMs = Date.now();
      const answer = await send(url, { n, slow, wanted, key: consumer.key, agent: this.#agent });
      if (answer !== null) this.#keep(answer, { n, slow, wanted, askedMs, consumer: consumer.name });
      // Nobody listens, or something is not to be had at the moment.
      if (answer === null || answer.status === 503) await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  #keep({ status, id, code, text, times }, { n, slow, wanted, askedMs, consumer }) {
    const name = nameOf(n, slow);
    if (id === undefined) return;
    const streamed = status === 200 && wanted.streams;
    const told = streamed ? ofStream(text, wanted.dialect) : ofDocument(text);
    if (told === null) {
      if (streamed) this.cut.push({ id, name, times });
      return;
    }
    const usage = status === 200 ? wanted.usage : null;
    this.whole.push({ id, name, status, consumer, usage, streamed, code, askedMs, endedMs: Date.now() });
    if (usage !== null && told.usage !== undefined && !agrees(told.usage, usage))
      this.wrong.push(`${id} was told ${JSON.stringify(told.usage)} and is ${JSON.stringify(usage)}`);
  }
}

function bodyOf({ n, slow, wanted }) {
  const text = 'hello '.repeat(wanted.usage.input);
  const common = {
    model: MODELS[wanted.dialect],
    stream: wanted.streams,
    max_tokens: 400,
    messages: [{ role: 'user', content: text }],
  };
  if (wanted.dialect === 'anthropic') return { ...common, metadata: { user_id: nameOf(n, slow) } };
  const options = wanted.streams && wanted.asksUsage ? { stream_options: { include_usage: true } } : {};
  return { ...common, ...options, user: nameOf(n, slow) };
}

/** Null: nothing came. Never rejects: a broken connection is what this is for. */
function send(url, { n, slow, wanted, key, agent }) {
  const body = Buffer.from(JSON.stringify(bodyOf({ n, slow, wanted })));
  return new Promise(resolve => {
    const request = http.request(url + PATHS[wanted.dialect], {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-weir-key': key },
    });
    request.on('error', () => resolve(null));
    request.on('response', response => {
      let text = '';
      const times = [];
      const done = () =>
        resolve({
          status: response.statusCode,
          id: response.headers['x-weir-request-id'],
          code: response.headers['x-weir-code'] ?? null,
          text,
          times,
        });
      response.setEncoding('utf8').on('data', piece => {
        text += piece;
        const came = piece.split('river ').length - 1;
        for (let i = 0; i < came; i++) times.push(Date.now());
        if (wanted.leavesAfter !== null && wanted.streams && times.length >= wanted.leavesAfter)
          request.destroy();
      });
      response.on('close', done).on('error', () => undefined);
    });
    request.end(body);
  });
}

function ofDocument(text) {
  try {
    return { usage: normalised(JSON.parse(text).usage) };
  } catch {
    return null; // not whole
  }
}

function ofStream(text, dialect) {
  const events = text.split('\n\n').slice(0, -1); // what is behind the last blank line is not whole
  const last = events.at(-1) ?? '';
  if (dialect === 'openai' ? last !== 'data: [DONE]' : !last.startsWith('event: message_stop\n')) return null;
  let usage;
  for (const event of events) {
    const data = event.slice(event.indexOf('data: ') + 6);
    if (data === '[DONE]' || !data.includes('"usage"')) continue;
    const parsed = JSON.parse(data);
    usage = { ...usage, ...(parsed.usage ?? parsed.message?.usage) };
  }
  return { usage: normalised(usage) };
}

/** Both dialects' numbers as Weir has them; undefined where none were told. */
function normalised(usage) {
  if (usage === undefined || usage === null) return undefined;
  if (usage.prompt_tokens !== undefined)
    return {
      input: usage.prompt_tokens,
      output: usage.completion_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
    };
  const cached = usage.cache_read_input_tokens ?? 0;
  return { input: usage.input_tokens + cached, output: usage.output_tokens, cached };
}

export const agrees = (a, b) => a.input === b.input && a.output === b.output && a.cached === b.cached;
