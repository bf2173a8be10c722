// The Cohere dialect, `…/v2/chat`: whole, or typed events with `[DONE]` at the end.
import { type Answer, type Finish, planAnswer } from '../answer.js';
import {
  type Dialect,
  jsonReply,
  namedSse,
  type Reply,
  type SimRequest,
  SSE_HEADERS,
  sse,
  type WholeReply,
} from '../dialect.js';
import { type JsonObject, objectOf, stringOf } from '../json.js';
import { countField, type Prompt, readMessages } from '../prompt.js';
import { ANY_JSON } from '../schema.js';
import { SimError } from '../sim-error.js';
import { readTools } from './openai-prompt.js';

const FINISH: Readonly<Record<Finish, string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool: 'TOOL_CALL',
};

export const cohere: Dialect = {
  name: 'cohere',
  routes: [{ method: 'POST', path: /\/v2\/chat$/, handle: chat }],
  error: ({ message, status }: SimError): WholeReply => jsonReply({ message }, 0, status),
};

function chat({ body, settings }: SimRequest): Reply {
  const answer = planAnswer(readPrompt(body), settings);
  if (body.stream === true) return streamed(answer);
  const { tool, text, finish } = answer.first;
  const content =
    tool === null ? { content: [{ type: 'text', text: text() }] } : { tool_calls: [call(answer, true)] };
  const message = { role: 'assistant', ...content };
  return jsonReply(
    { id: answer.id, finish_reason: FINISH[finish], message, ...usage(answer) },
    answer.outputTokens,
  );
}

function readPrompt(body: JsonObject): Prompt {
  const model = stringOf(body.model);
  if (model === null) throw new SimError(400, 'invalid request: model is required.', 'model');
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    throw new SimError(400, 'invalid request: messages must not be empty.', 'messages');
  }
  return {
    model,
    ...readMessages(null, body.messages),
    tools: readTools(body.tools),
    toolChoice: body.tool_choice === 'REQUIRED' ? 'any' : body.tool_choice === 'NONE' ? 'none' : 'auto',
    schema: readFormat(objectOf(body.response_format)),
    maxTokens: countField(body, 'max_tokens'),
    choices: 1,
  };
}

function readFormat(format: JsonObject | null): JsonObject | null {
  if (format?.type !== 'json_object') return null;
  return objectOf(format.json_schema ?? format.schema) ?? ANY_JSON;
}

function streamed(answer: Answer): Reply {
  const { tool, finish } = answer.first;
  const before = [event({ type: 'message-start', id: answer.id, delta: { message: OPENING } })];
  if (tool === null) {
    before.push(
      event({ type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } }),
    );
  } else {
    before.push(
      event({ type: 'tool-call-start', index: 0, delta: { message: { tool_calls: call(answer, false) } } }),
    );
  }
  const type = tool === null ? 'content-delta' : 'tool-call-delta';
  const head =
    `{"type":"${type}","index":0,"delta":{"message":` +
    (tool === null ? '{"content":{"text":"' : '{"tool_calls":{"function":{"arguments":"');
  const tail = tool === null ? '"}}}}' : '"}}}}}';
  const end = { type: 'message-end', delta: { finish_reason: FINISH[finish], ...usage(answer) } };
  return {
    kind: 'stream',
    headers: SSE_HEADERS,
    before,
    tokens: answer.outputTokens,
    token: index => namedSse(type, `${head}${answer.first.piece(index)}${tail}`),
    after: [
      event({ type: tool === null ? 'content-end' : 'tool-call-end', index: 0 }),
      event(end),
      sse('[DONE]'),
    ],
  };
}

const OPENING = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };

function event(value: { readonly type: string; readonly [field: string]: unknown }): string {
  return namedSse(value.type, JSON.stringify(value));
}

function call({ first: { tool } }: Answer, whole: boolean): object {
  const args = whole ? tool?.args : '';
  return { id: `call_${tool?.id}`, type: 'function', function: { name: tool?.name, arguments: args } };
}

function usage({ usage: shown, inputTokens, outputTokens }: Answer): object {
  if (!shown) return {};
  const counts = { input_tokens: inputTokens, output_tokens: outputTokens };
  return { usage: { billed_units: counts, tokens: counts, cached_tokens: 0 } };
}
