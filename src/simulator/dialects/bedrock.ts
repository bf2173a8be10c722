// The Bedrock dialect, `/model/ID/…`: converse and converse-stream for any model, invoke for Anthropic's body.
import { type Answer, planAnswer } from '../answer.js';
import { type Dialect, jsonReply, type Reply, type SimRequest, type WholeReply } from '../dialect.js';
import { encodeEvent, eventHeaders } from '../event-stream.js';
import { SimError } from '../sim-error.js';
import { anthropicEvents, anthropicMessage } from './anthropic-message.js';
import { readAnthropic } from './anthropic-prompt.js';
import { converseAnswer, converseStream, EVENT_STREAM_HEADERS } from './bedrock-answer.js';
import { readConverse } from './bedrock-prompt.js';

const TYPES: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};

export const bedrock: Dialect = {
  name: 'bedrock',
  routes: [
    { method: 'POST', path: /\/model\/([^/]+)\/converse$/, handle: request => converse(request, false) },
    {
      method: 'POST',
      path: /\/model\/([^/]+)\/converse-stream$/,
      handle: request => converse(request, true),
    },
    { method: 'POST', path: /\/model\/([^/]+)\/invoke$/, handle: request => invoke(request, false) },
    {
      method: 'POST',
      path: /\/model\/([^/]+)\/invoke-with-response-stream$/,
      handle: request => invoke(request, true),
    },
  ],
  error,
};

function error({ status, message }: SimError): WholeReply {
  const type = TYPES[status] ?? (status >= 500 ? 'InternalServerException' : 'ValidationException');
  return jsonReply({ message }, 0, status, { 'x-amzn-errortype': type });
}

function converse({ body, names, settings }: SimRequest, stream: boolean): Reply {
  const answer = planAnswer(readConverse(body, names[0] ?? ''), settings);
  if (stream) return converseStream(answer);
  return jsonReply(converseAnswer(answer), answer.outputTokens, 200, { 'x-amzn-requestid': answer.id });
}

function invoke({ body, names, settings }: SimRequest, stream: boolean): Reply {
  const model = names[0] ?? '';
  if (body.anthropic_version === undefined && !model.includes('anthropic')) {
    throw new SimError(400, 'invoke is simulated for the Anthropic body only: anthropic_version is missing');
  }
  const answer = planAnswer(readAnthropic(body, model, true), settings);
  if (stream) return invokeStream(answer);
  const counts = {
    'x-amzn-bedrock-input-token-count': String(answer.inputTokens),
    'x-amzn-bedrock-output-token-count': String(answer.outputTokens),
  };
  return jsonReply(anthropicMessage(answer), answer.outputTokens, 200, {
    'x-amzn-requestid': answer.id,
    ...(answer.usage ? counts : {}),
  });
}

const CHUNK = eventHeaders('chunk');

/** Each of Anthropic's events in base64; the last carries Bedrock's own count. */
function invokeStream(answer: Answer): Reply {
  const chunk = (json: string): Buffer => {
    return encodeEvent(CHUNK, `{"bytes":"${Buffer.from(json).toString('base64')}"}`);
  };
  const metrics = {
    inputTokenCount: answer.inputTokens,
    outputTokenCount: answer.outputTokens,
    invocationLatency: 0,
    firstByteLatency: 0,
  };
  const stop = { type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics };
  const { before, token, after } = anthropicEvents(answer);
  return {
    kind: 'stream',
    headers: { ...EVENT_STREAM_HEADERS, 'x-amzn-bedrock-content-type': 'application/json' },
    before: before.filter(([name]) => name !== 'ping').map(([, json]) => chunk(json)),
    tokens: answer.outputTokens,
    token: index => chunk(token(index)),
    after: after.map(([name, json]) =>
      chunk(name === 'message_stop' && answer.usage ? JSON.stringify(stop) : json),
    ),
  };
}
