// Weir's errors in each dialect's own shape: every code, so that a new one cannot be told wrongly.
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/core/api.js';
import { CODES, type WeirCode } from '../../src/core/codes.js';
import { WeirError } from '../../src/core/error.js';
import { errorAnswer, errorEvent } from '../../src/http/error-body.js';

const ID = 'req_01ARYZ6S410000000000000000';
const ALL = Object.keys(CODES) as WeirCode[];
const evil = new WeirError('weir_no_route', 'no "route"\r\n\u0000 for <b>', {
  detail: { candidates: ['a"', 'b\n'] },
});

const body = (dialect: Dialect | null, error: WeirError): Record<string, unknown> =>
  JSON.parse(errorAnswer(dialect, error, ID).body) as Record<string, unknown>;

describe.each(ALL)('%s', code => {
  const error = new WeirError(code, 'what happened');

  it('is told in every dialect with message, code and id', () => {
    for (const dialect of [
      'openai',
      'anthropic',
      'gemini',
      'vertex',
      'bedrock',
      'cohere',
      'ollama',
      null,
    ] as const) {
      const answer = errorAnswer(dialect, error, ID);
      expect(answer.contentType).toBe('application/json');
      for (const part of ['what happened', code, ID]) expect(answer.body).toContain(part);
    }
  });

  it('has the shape that SDKs read', () => {
    const known = expect.stringMatching(/^[a-z_]+$/);
    expect(body('openai', error)).toEqual({
      error: { message: 'what happened', type: known, code, param: null, request_id: ID },
    });
    expect(body('anthropic', error)).toEqual({
      type: 'error',
      error: { type: known, message: 'what happened', code, details: { error_code: code } },
      request_id: ID,
    });
    expect(body('gemini', error)).toMatchObject({
      error: {
        code: CODES[code].status,
        message: 'what happened',
        status: expect.stringMatching(/^[A-Z_]+$/),
      },
    });
    expect(Object.keys(body('bedrock', error))).toEqual(['message']);
    expect(Object.keys(body('cohere', error))).toEqual(['message']);
    expect(Object.keys(body('ollama', error))).toEqual(['error']);
    expect(errorAnswer('bedrock', error, ID).headers).toEqual([
      'x-amzn-errortype',
      expect.stringMatching(/^[A-Z]\w+$/),
      'x-amzn-requestid',
      ID,
    ]);
    expect(errorAnswer('anthropic', error, ID).headers).toEqual(['request-id', ID]);
    expect(errorAnswer('openai', error, ID).headers).toEqual(['x-request-id', ID]);
    expect(body(null, error)).toEqual(body('openai', error));
    expect(body('vertex', error)).toEqual(body('gemini', error));
  });
});

describe('the kind of an error', () => {
  it.each<[WeirCode, string, string, string, string]>([
    [
      'weir_bad_path',
      'invalid_request_error',
      'invalid_request_error',
      'INVALID_ARGUMENT',
      'ValidationException',
    ],
    [
      'weir_no_key',
      'authentication_error',
      'authentication_error',
      'UNAUTHENTICATED',
      'UnrecognizedClientException',
    ],
    ['weir_key_model', 'permission_error', 'permission_error', 'PERMISSION_DENIED', 'AccessDeniedException'],
    [
      'weir_no_route',
      'invalid_request_error',
      'invalid_request_error',
      'NOT_FOUND',
      'ResourceNotFoundException',
    ],
    ['weir_overloaded', 'server_error', 'overloaded_error', 'UNAVAILABLE', 'ServiceUnavailableException'],
    ['weir_upstream_broke', 'server_error', 'api_error', 'INTERNAL', 'InternalServerException'],
    ['weir_first_byte_timeout', 'server_error', 'api_error', 'DEADLINE_EXCEEDED', 'ModelTimeoutException'],
  ])('%s is each dialect’s own', (code, openai, anthropic, google, bedrock) => {
    const error = new WeirError(code, 'm');
    expect(body('openai', error)).toMatchObject({ error: { type: openai } });
    expect(body('anthropic', error)).toMatchObject({ error: { type: anthropic } });
    expect(body('gemini', error)).toMatchObject({ error: { status: google } });
    expect(errorAnswer('bedrock', error, ID).headers[1]).toBe(bedrock);
  });
});

describe('what an error tells', () => {
  it('stays JSON whatever stands in it, with its detail where there is room', () => {
    expect(body('openai', evil)).toMatchObject({
      error: { message: evil.message, candidates: ['a"', 'b\n'] },
    });
    expect(body('anthropic', evil)).toMatchObject({
      error: { message: evil.message, candidates: ['a"', 'b\n'] },
    });
    expect(body('gemini', evil)).toMatchObject({
      error: {
        details: [
          {
            reason: 'weir_no_route',
            domain: 'weir',
            metadata: { request_id: ID, candidates: ['a"', 'b\n'] },
          },
        ],
      },
    });
    for (const dialect of ['bedrock', 'cohere', 'ollama'] as const) expect(body(dialect, evil)).toBeDefined();
  });
});

describe('an error inside a stream', () => {
  const sse = 'text/event-stream; charset=utf-8';
  const error = new WeirError('weir_idle_timeout', 'it stopped\nhere');

  it.each<[string, Dialect | null, boolean, string, RegExp | null]>([
    ['OpenAI chat', 'openai', false, sse, /^data: \{"error":\{.*"code":"weir_idle_timeout".*\}\n\n$/],
    [
      'OpenAI Responses',
      'openai',
      true,
      sse,
      /^event: error\ndata: \{"type":"error","code":"weir_idle_timeout".*\}\n\n$/,
    ],
    ['Anthropic', 'anthropic', false, sse, /^event: error\ndata: \{"type":"error","error":\{.*\}\n\n$/],
    ['Gemini', 'gemini', false, sse, /^data: \{"error":\{"code":504.*\}\r\n\r\n$/],
    ['Vertex', 'vertex', false, sse, /^data: \{"error":\{"code":504.*\}\r\n\r\n$/],
    ['Ollama', 'ollama', false, 'application/x-ndjson', /^\{"error":".*"\}\n$/],
    ['Gemini’s array', 'gemini', false, 'application/json', null],
    ['Bedrock’s frames', 'bedrock', false, 'application/vnd.amazon.eventstream', null],
    ['plain JSON', 'openai', false, 'application/json', null],
    ['nobody’s dialect', null, false, sse, null],
  ])('%s', (_, dialect, responses, contentType, wanted) => {
    const event = errorEvent(dialect, responses, contentType, error, ID);
    if (wanted === null) expect(event).toBeNull();
    else expect(event).toMatch(wanted);
    // One line of data, so that no reader takes it for two events.
    if (event !== null) expect(event.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});
