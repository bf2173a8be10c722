// The canonical work of the gateway benchmark: one chat completion, answered whole or as a stream. Same bytes every time.
import { createHash } from 'node:crypto';

export const PATH = '/v1/chat/completions';
/** Content events of a stream; one more write closes it (usage and [DONE]). */
export const EVENTS = 100;

/** `gapMs`: time between two events; null: the answer is one JSON document. `units`: by what the CPU time is divided. `barOfAll`: of Weir with everything on. */
export const MODES = {
  json: { gapMs: null, units: 1, unit: 'request', bar: 1.6, barOfAll: 2.4, ttfbSamples: 0 },
  sse0: { gapMs: 0, units: EVENTS + 1, unit: 'event', bar: 1.35, barOfAll: 1.6, ttfbSamples: 100 },
  sse2: { gapMs: 2, units: EVENTS + 1, unit: 'event', bar: 1.35, barOfAll: 1.6, ttfbSamples: 12 },
};

const isStream = mode => MODES[mode].gapMs !== null;

/** About 550 bytes, as a short question with a system prompt has. */
export function requestBody(mode) {
  return JSON.stringify({
    model: 'gpt-4o',
    stream: isStream(mode),
    // The caller asks for usage himself, so that every gateway may pass the bytes as they are.
    ...(isStream(mode) ? { stream_options: { include_usage: true } } : {}),
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'hello world '.repeat(30) },
    ],
    max_tokens: 256,
  });
}

export const requestHeaders = { 'content-type': 'application/json', authorization: 'Bearer sk-benchmark' };

/** The pieces of the answer, in the order they are written. */
export function answer(mode) {
  return isStream(mode) ? streamAnswer() : [jsonAnswer()];
}

function jsonAnswer() {
  return JSON.stringify({
    id: 'chatcmpl-123',
    object: 'chat.completion',
    created: 1694268190,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(300) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 70, completion_tokens: 100, total_tokens: 170 },
  });
}

function streamAnswer() {
  const chunk = {
    id: 'chatcmpl-123',
    object: 'chat.completion.chunk',
    created: 1694268190,
    model: 'gpt-4o-2024-08-06',
  };
  const event = fields =>
    `data: ${JSON.stringify({ ...chunk, system_fingerprint: 'fp_44709d6fcb', ...fields })}\n\n`;
  const delta = i => ({ index: 0, delta: { content: ` tok${i}` }, logprobs: null, finish_reason: null });
  const events = Array.from({ length: EVENTS }, (_, i) => event({ choices: [delta(i)] }));
  const usage = { prompt_tokens: 70, completion_tokens: EVENTS, total_tokens: 70 + EVENTS };
  return [...events, `${event({ choices: [], usage })}data: [DONE]\n\n`];
}

/** Stands in a whole answer and in no part of one. */
export const lastWords = mode => (isStream(mode) ? 'data: [DONE]' : '"total_tokens":170}}');

/** Two runs with the same hash did the same work. */
export function workHash(modes) {
  const hash = createHash('sha256');
  for (const mode of modes) hash.update(mode).update(requestBody(mode)).update(answer(mode).join(''));
  return hash.digest('hex').slice(0, 16);
}
