// The provider behind the gateway that is killed: answers request number n with what truth.js says, in OpenAI's or Anthropic's dialect.
// A process of its own, because it outlives every gateway. Prints `{"port":n}`; ends with its parent (its standard input closes).
import http from 'node:http';
import { LINGER_MS, MODELS, numberOf, SLOW_GAP_MS, truth } from './truth.js';

const WORD = 'river ';

function openaiUsage({ input, output, cached }) {
  const prompt_tokens_details = { cached_tokens: cached };
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details,
  };
}

const anthropicUsage = ({ input, output, cached }) => ({
  input_tokens: input - cached,
  cache_read_input_tokens: cached,
  cache_creation_input_tokens: 0,
  output_tokens: output,
});

function whole({ dialect, usage, events }) {
  const text = WORD.repeat(events);
  if (dialect === 'anthropic')
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: MODELS.anthropic,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: anthropicUsage(usage),
    };
  const message = { role: 'assistant', content: text };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: MODELS.openai,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: openaiUsage(usage),
  };
}

/** The events of a stream as text, the last of them the one that ends it. */
function pieces(wanted, body) {
  return wanted.dialect === 'anthropic' ? anthropicPieces(wanted) : openaiPieces(wanted, body);
}

function openaiPieces({ usage, events }, { stream_options }) {
  const event = fields =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: MODELS.openai, ...fields })}\n\n`;
  const delta = (value, finish_reason) => ({ choices: [{ index: 0, delta: value, finish_reason }] });
  const list = Array.from({ length: events }, () => event(delta({ content: WORD }, null)));
  list.push(event(delta({}, 'stop')));
  if (stream_options?.include_usage === true) list.push(event({ choices: [], usage: openaiUsage(usage) }));
  list.push('data: [DONE]\n\n');
  return list;
}

function anthropicPieces({ usage, events }) {
  const event = data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const message = {
    ...whole({ dialect: 'anthropic', usage: { ...usage, output: 1 }, events: 0 }),
    content: [],
    stop_reason: null,
  };
  const delta = { type: 'text_delta', text: WORD };
  return [
    event({ type: 'message_start', message }),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: events }, () => event({ type: 'content_block_delta', index: 0, delta })),
    event({ type: 'content_block_stop', index: 0 }),
    event({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output },
    }),
    event({ type: 'message_stop' }),
  ];
}

function stream(response, list, { gapMs, lingerMs }) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let next = 0;
  const step = () => {
    if (response.destroyed) return;
    response.write(list[next++]);
    if (next === list.length) setTimeout(() => response.end(), lingerMs);
    else if (gapMs > 0) setTimeout(step, gapMs);
    else setImmediate(step);
  };
  step();
}

function answer(response, body) {
  const number = numberOf(body.user ?? body.metadata?.user_id);
  if (number === null) {
    response.writeHead(400).end('{"error":{"message":"this request has no number"}}');
    return;
  }
  const wanted = truth(number.n, number.slow);
  if (wanted.streams) {
    const gapMs = wanted.manner === 'slow' ? SLOW_GAP_MS : 0;
    stream(response, pieces(wanted, body), { gapMs, lingerMs: wanted.manner === 'lingers' ? LINGER_MS : 0 });
    return;
  }
  const text = JSON.stringify(whole(wanted));
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
  }, wanted.waitMs);
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => answer(response, JSON.parse(Buffer.concat(chunks).toString())));
  request.on('error', () => response.destroy()); // the gateway was killed
  response.on('error', () => undefined);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on('end', () => process.exit(0)).resume();
