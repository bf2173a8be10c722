// The Anthropic dialect, `…/messages` and `…/messages/count_tokens`; on Vertex also `:rawPredict`.
import type { Answer } from '../answer.js';
import { planAnswer } from '../answer.js';
import {
  type Dialect,
  jsonReply,
  namedSse,
  type Reply,
  type SimRequest,
  SSE_HEADERS,
  type WholeReply,
} from '../dialect.js';
import { SimError } from '../sim-error.js';
import { countAll } from '../tokens.js';
import { anthropicEvents, anthropicMessage } from './anthropic-message.js';
import { readAnthropic } from './anthropic-prompt.js';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

export const anthropic: Dialect = {
  name: 'anthropic',
  routes: [
    { method: 'POST', path: /\/messages\/count_tokens$/, handle: countTokens },
    { method: 'POST', path: /\/messages$/, handle: request => create(request, modelOf(request), undefined) },
    {
      method: 'POST',
      path: /\/models\/([^/]+):rawPredict$/,
      handle: request => create(request, request.names[0] ?? '', undefined),
    },
    {
      method: 'POST',
      path: /\/models\/([^/]+):streamRawPredict$/,
      handle: request => create(request, request.names[0] ?? '', true),
    },
  ],
  error,
};

function error({ status, message }: SimError): WholeReply {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return jsonReply({ type: 'error', error: { type, message }, request_id: null }, 0, status);
}

function modelOf({ body }: SimRequest): string {
  if (typeof body.model === 'string' && body.model !== '') return body.model;
  throw new SimError(400, 'model: Field required', 'model');
}

function create(request: SimRequest, model: string, stream: true | undefined): Reply {
  const answer = planAnswer(readAnthropic(request.body, model, true), request.settings);
  const headers = { 'request-id': `req_${answer.id}` };
  if (stream ?? request.body.stream === true) return streamed(answer, headers);
  return jsonReply(anthropicMessage(answer), answer.outputTokens, 200, headers);
}

function countTokens(request: SimRequest): Reply {
  const prompt = readAnthropic(request.body, modelOf(request), false);
  return jsonReply({ input_tokens: countAll(prompt.texts) });
}

function streamed(answer: Answer, headers: Record<string, string>): Reply {
  const events = anthropicEvents(answer);
  return {
    kind: 'stream',
    headers: { ...SSE_HEADERS, ...headers },
    before: events.before.map(([name, json]) => namedSse(name, json)),
    tokens: answer.outputTokens,
    token: index => namedSse('content_block_delta', events.token(index)),
    after: events.after.map(([name, json]) => namedSse(name, json)),
  };
}
