// The OpenAI dialect: its operations, and its errors. Also reached as Azure OpenAI and every compatible provider.
import { type Dialect, jsonReply } from '../dialect.js';
import type { SimError } from '../sim-error.js';
import { chatRoute } from './openai-chat.js';
import { completionsRoute } from './openai-completions.js';
import { embeddingsRoute } from './openai-embeddings.js';
import { modelRoutes } from './openai-models.js';
import { responsesRoute } from './openai-responses.js';

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'unknown_url'],
  413: ['invalid_request_error', 'request_too_large'],
  429: ['requests', 'rate_limit_exceeded'],
  503: ['server_error', 'overloaded'],
};

export const openai: Dialect = {
  name: 'openai',
  routes: [chatRoute, responsesRoute, embeddingsRoute, completionsRoute, ...modelRoutes],
  error,
};

function error({ status, message, param }: SimError) {
  const [type, code] = TYPES[status] ?? [status >= 500 ? 'server_error' : 'invalid_request_error', null];
  return jsonReply({ error: { message, type, param, code } }, 0, status);
}
