// What a caller hears of a plugin: status, kind in his dialect, whether to come back.
import { describe, expect, it } from 'vitest';
import { errorAnswer } from '../../src/http/error-body.js';
import { outcomeOf } from '../../src/pipeline/outcome.js';
import { pluginDenied, pluginFailed, pluginOpaque } from '../../src/pipeline/plugins/plugin-errors.js';

const denial = (status: number, retryAfterMs: number | null = null) =>
  pluginDenied('p', { status, code: 'why', message: 'no', retryAfterMs });

describe('a denial', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [418, 'invalid_request_error'],
    [429, 'requests'],
    [500, 'server_error'],
    [503, 'server_error'],
  ])('of %s is of the kind %s', (status, type) => {
    const error = denial(status);
    expect([error.facts.status, outcomeOf(error)]).toEqual([status, 'blocked']);
    const { body } = errorAnswer('openai', error, 'req_1');
    expect(JSON.parse(body)).toMatchObject({
      error: { type, code: 'weir_plugin_denied', reason: 'why', policy: 'p' },
    });
  });

  it('is worth waiting for only where it says so, for a minute at most', () => {
    expect(
      [denial(429), denial(429, 60_000), denial(429, 60_001)].map(error => error.facts.retryable),
    ).toEqual([false, true, false]);
  });

  it('without words has its policy’s name', () => {
    const error = pluginDenied('p', null);
    expect([error.message, error.facts.status, error.detail]).toEqual([
      'policy p denies this request',
      403,
      { policy: 'p' },
    ]);
  });
});

describe('a failure', () => {
  it('is 503, not worth a retry, and says what happened', () => {
    const { facts, message, detail } = pluginFailed('p', 'fuel', 'all 100 units of fuel were used');
    expect([facts.status, facts.retryable, facts.source, detail.failure]).toEqual([
      503,
      false,
      'plugin',
      'fuel',
    ]);
    expect(message).toContain('all 100 units of fuel were used');
    expect(pluginFailed('p', 'worker_lost', null).message).toContain('worker lost');
  });

  it('to see what is to be judged is 422', () => {
    expect(pluginOpaque('p', 'the body').facts.status).toBe(422);
  });
});
