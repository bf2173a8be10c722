// Weir's errors in the caller's dialect (CONTRACT.md §2), so that official SDKs raise their own exception types.
// Shapes: OpenAI and Anthropic error objects, google.rpc.Status for Gemini, x-amzn-errortype for Bedrock,
// Cohere's and Ollama's one-field bodies; anything else gets the OpenAI shape.
import type { Dialect } from '../core/api.js';
import type { ErrorKind } from '../core/codes.js';
import type { WeirError } from '../core/error.js';

export interface ErrorAnswer {
  readonly contentType: string;
  readonly body: string;
  /** Dialect headers beside the common ones, flat: where SDKs look for a request's id, among others. */
  readonly headers: readonly string[];
}

/** The whole answer's body for an error before anything was sent. */
export function errorAnswer(dialect: Dialect | null, error: WeirError, requestId: string): ErrorAnswer {
  const json = (value: unknown, headers: readonly string[] = []): ErrorAnswer => ({
    contentType: 'application/json',
    body: JSON.stringify(value),
    headers,
  });
  switch (dialect) {
    case 'anthropic':
      return json(anthropicError(error, requestId), ['request-id', requestId]);
    case 'gemini':
    case 'vertex':
      return json(geminiError(error, requestId));
    case 'bedrock':
      return json({ message: told(error, requestId) }, [
        ...['x-amzn-errortype', BEDROCK_TYPES[error.facts.kind]],
        ...['x-amzn-requestid', requestId],
      ]);
    case 'cohere':
      return json({ message: told(error, requestId) });
    case 'ollama':
      return json({ error: told(error, requestId) });
    default:
      return json(openaiError(error, requestId), ['x-request-id', requestId]);
  }
}

/**
 * The error as one event of a stream that has begun, or null where the dialect or framing has no such event
 * (then cutting the connection is all that tells). Sent only between two whole events.
 */
export function errorEvent(
  dialect: Dialect | null,
  responses: boolean,
  contentType: string,
  error: WeirError,
  requestId: string,
): string | null {
  if (contentType.startsWith('text/event-stream')) {
    if (dialect === 'anthropic')
      return `event: error\ndata: ${JSON.stringify(anthropicError(error, requestId))}\n\n`;
    if (dialect === 'gemini' || dialect === 'vertex')
      return `data: ${JSON.stringify(geminiError(error, requestId))}\r\n\r\n`;
    if (responses) {
      const event = { type: 'error', code: error.code, message: error.message, param: null };
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
    }
    if (dialect === 'openai') return `data: ${JSON.stringify(openaiError(error, requestId))}\n\n`;
    return null;
  }
  if (dialect === 'ollama') return `${JSON.stringify({ error: told(error, requestId) })}\n`;
  return null;
}

const OPENAI_TYPES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'invalid_request_error',
  too_large: 'invalid_request_error',
  rate_limit: 'requests',
  token_limit: 'tokens',
  quota: 'insufficient_quota',
  overloaded: 'server_error',
  server: 'server_error',
  timeout: 'server_error',
};

const ANTHROPIC_TYPES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'invalid_request_error',
  too_large: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  token_limit: 'rate_limit_error',
  quota: 'rate_limit_error',
  overloaded: 'overloaded_error',
  server: 'api_error',
  timeout: 'api_error',
};

const GOOGLE_STATUS: Readonly<Record<ErrorKind, string>> = {
  invalid: 'INVALID_ARGUMENT',
  authentication: 'UNAUTHENTICATED',
  permission: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  too_large: 'INVALID_ARGUMENT',
  rate_limit: 'RESOURCE_EXHAUSTED',
  token_limit: 'RESOURCE_EXHAUSTED',
  quota: 'RESOURCE_EXHAUSTED',
  overloaded: 'UNAVAILABLE',
  server: 'INTERNAL',
  timeout: 'DEADLINE_EXCEEDED',
};

const BEDROCK_TYPES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'ValidationException',
  authentication: 'UnrecognizedClientException',
  permission: 'AccessDeniedException',
  not_found: 'ResourceNotFoundException',
  too_large: 'ValidationException',
  rate_limit: 'ThrottlingException',
  token_limit: 'ThrottlingException',
  quota: 'ServiceQuotaExceededException',
  overloaded: 'ServiceUnavailableException',
  server: 'InternalServerException',
  timeout: 'ModelTimeoutException',
};

function openaiError(error: WeirError, requestId: string): unknown {
  return {
    error: {
      message: error.message,
      type: OPENAI_TYPES[error.facts.kind],
      code: error.code,
      param: null,
      request_id: requestId,
      ...error.detail,
    },
  };
}

function anthropicError(error: WeirError, requestId: string): unknown {
  return {
    type: 'error',
    error: {
      type: ANTHROPIC_TYPES[error.facts.kind],
      message: error.message,
      code: error.code,
      details: { error_code: error.code },
      ...error.detail,
    },
    request_id: requestId,
  };
}

function geminiError(error: WeirError, requestId: string): unknown {
  return {
    error: {
      code: error.facts.status,
      message: error.message,
      status: GOOGLE_STATUS[error.facts.kind],
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: error.code,
          domain: 'weir',
          metadata: { request_id: requestId, ...error.detail },
        },
      ],
    },
  };
}

/** Where the dialect has one text only, the code and the id stand in it. */
function told(error: WeirError, requestId: string): string {
  return `${error.message} (${error.code}, ${requestId})`;
}
