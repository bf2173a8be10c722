// An Answer as OpenAI's response object, its one output item, and its typed events in OpenAI's order.
import type { Answer } from '../answer.js';
import { namedSse, type Reply, SSE_HEADERS } from '../dialect.js';
import { escaped } from '../json.js';

/** The finished response, its output `items`. */
export function responseObject(answer: Answer, echo: object, items: readonly object[]): object {
  const cut = answer.first.finish === 'length';
  return {
    ...echo,
    status: cut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    output: items,
    usage: answer.usage ? usage(answer) : null,
  };
}

/** Message or function call; empty and in progress where not `done`. */
export function responseItem(answer: Answer, done: boolean): object {
  const { tool, finish } = answer.first;
  const status = done ? (finish === 'length' ? 'incomplete' : 'completed') : 'in_progress';
  const id = itemId(answer);
  if (tool !== null) {
    const args = done ? tool.args : '';
    return {
      id,
      type: 'function_call',
      status,
      arguments: args,
      call_id: `call_${tool.id}`,
      name: tool.name,
    };
  }
  return { id, type: 'message', status, role: 'assistant', content: done ? [part(answer.first.text())] : [] };
}

export function responseStream(answer: Answer, echo: object): Reply {
  const { tool } = answer.first;
  const begun = {
    ...echo,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    output: [],
    usage: null,
  };
  const place = { item_id: itemId(answer), output_index: 0 };
  const opening: Event[] = [
    ['response.created', { response: begun }],
    ['response.in_progress', { response: begun }],
    ['response.output_item.added', { output_index: 0, item: responseItem(answer, false) }],
  ];
  if (tool === null)
    opening.push(['response.content_part.added', { ...place, content_index: 0, part: part('') }]);
  const type = tool === null ? 'response.output_text.delta' : 'response.function_call_arguments.delta';
  const rest = tool === null ? ',"content_index":0,"logprobs":[]' : '';
  const tail = `,"item_id":"${escaped(place.item_id)}","output_index":0${rest},"delta":"`;
  return {
    kind: 'stream',
    headers: { ...SSE_HEADERS, 'x-request-id': `req_${answer.id}` },
    before: opening.map((event, i) => frame(event, i)),
    tokens: answer.outputTokens,
    token: i =>
      namedSse(
        type,
        `{"type":"${type}","sequence_number":${opening.length + i}${tail}${answer.first.piece(i)}"}`,
      ),
    after: closing(answer, echo, place).map((event, i) =>
      frame(event, opening.length + answer.outputTokens + i),
    ),
  };
}

type Event = readonly [type: string, fields: object];

function frame([type, fields]: Event, sequence: number): string {
  return namedSse(type, JSON.stringify({ type, sequence_number: sequence, ...fields }));
}

function closing(answer: Answer, echo: object, place: object): Event[] {
  const { tool, finish } = answer.first;
  const item = responseItem(answer, true);
  const events: Event[] = [];
  if (tool === null) {
    const text = answer.first.text();
    events.push(['response.output_text.done', { ...place, content_index: 0, text, logprobs: [] }]);
    events.push(['response.content_part.done', { ...place, content_index: 0, part: part(text) }]);
  } else {
    const done = { ...place, arguments: tool.args, name: tool.name };
    events.push(['response.function_call_arguments.done', done]);
  }
  events.push(['response.output_item.done', { output_index: 0, item }]);
  const last = finish === 'length' ? 'response.incomplete' : 'response.completed';
  events.push([last, { response: responseObject(answer, echo, [item]) }]);
  return events;
}

function itemId(answer: Answer): string {
  return `${answer.first.tool === null ? 'msg' : 'fc'}_${answer.id}`;
}

function part(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function usage({ inputTokens, outputTokens }: Answer): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
