// What `weir plugin inspect` and `bench` try a module with where nothing else is named: a chat of about two kilobytes, and its answer as a stream.
import { type PluginCase, plainCase } from './plugin-case.js';

/** Bytes of the conversation's texts, about. */
const CONVERSATION_BYTES = 2048;
const SENTENCE = 'The weir holds the river back until the gate is opened, and counts what passes over it. ';
const TURNS = 6;

export function sampleCase(): PluginCase {
  const turn = SENTENCE.repeat(Math.ceil(CONVERSATION_BYTES / TURNS / SENTENCE.length));
  const messages = Array.from({ length: TURNS }, (_, i) => ({
    role: i === 0 ? 'system' : i % 2 === 1 ? 'user' : 'assistant',
    content: turn,
  }));
  const body = Buffer.from(JSON.stringify({ model: 'gpt-4o-mini', stream: true, max_tokens: 256, messages }));
  const headers = new Map([
    ['content-type', 'application/json'],
    ['user-agent', 'weir-sample'],
  ]);
  return {
    ...plainCase('sample', '.'),
    consumer: { name: 'team-a', key: 'sample', tags: { tier: 'gold' } },
    request: { method: 'POST', path: '/v1/chat/completions', query: '', host: null, headers, body },
    answer: { status: 200, headers: new Map([['content-type', 'text/event-stream']]), body: answerBody() },
  };
}

function answerBody(): Buffer {
  const head = { id: 'chatcmpl-sample', object: 'chat.completion.chunk', created: 0, model: 'gpt-4o-mini' };
  const words = SENTENCE.trim().split(/(?<= )/);
  const deltas = words.map(content => ({
    ...head,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }));
  const end = { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const usage = { prompt_tokens: 480, completion_tokens: words.length, total_tokens: 480 + words.length };
  const events = [...deltas, end, { ...head, choices: [], usage }];
  return Buffer.from(
    [...events.map(event => JSON.stringify(event)), '[DONE]'].map(data => `data: ${data}\n\n`).join(''),
  );
}
