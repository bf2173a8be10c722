// What goes wrong upstream, in Weir's codes.
import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/error.js';
import { upstreamError } from '../../src/upstream/upstream-error.js';

const system = (code: string): Error => Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });

describe('an error from upstream', () => {
  it.each<[string, unknown, 'connect' | 'head' | 'body', string]>([
    ['undici’s connect timeout', new errors.ConnectTimeoutError(), 'connect', 'weir_connect_timeout'],
    ['undici’s overflow of headers', new errors.HeadersOverflowError(), 'head', 'weir_upstream_garbage'],
    [
      'undici’s parser',
      Object.assign(new errors.HTTPParserError('x'), { code: 'HPE_INVALID_CONSTANT' }),
      'head',
      'weir_upstream_garbage',
    ],
    [
      'contradicting lengths',
      new errors.ResponseContentLengthMismatchError(),
      'head',
      'weir_upstream_garbage',
    ],
    [
      'undici’s socket, before the head',
      new errors.SocketError('other side closed'),
      'head',
      'weir_upstream_broke',
    ],
    [
      'undici’s socket, in the body',
      new errors.SocketError('other side closed'),
      'body',
      'weir_upstream_broke',
    ],
    ['undici’s socket, while connecting', new errors.SocketError('x'), 'connect', 'weir_connect_failed'],
    ['a refused connection', system('ECONNREFUSED'), 'connect', 'weir_connect_failed'],
    ['an unknown host', system('ENOTFOUND'), 'connect', 'weir_connect_failed'],
    ['a resolver that is down', system('EAI_AGAIN'), 'connect', 'weir_connect_failed'],
    ['no way there', system('EHOSTUNREACH'), 'connect', 'weir_connect_failed'],
    ['a reset while connecting', system('ECONNRESET'), 'connect', 'weir_connect_failed'],
    ['a certificate that is none', system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'connect', 'weir_connect_failed'],
    ['a reset before the head', system('ECONNRESET'), 'head', 'weir_upstream_broke'],
    ['a reset in the body', system('EPIPE'), 'body', 'weir_upstream_broke'],
    ['something without a code', new Error('odd'), 'body', 'weir_upstream_broke'],
    ['no error at all', 'odd', 'head', 'weir_upstream_broke'],
    ['nothing', undefined, 'head', 'weir_upstream_broke'],
  ])('%s', (_, thrown, phase, code) => {
    const error = upstreamError(thrown, 'openai/gpt-4o', phase);
    expect(error.code).toBe(code);
    expect(error.facts.source).toBe('provider');
    // Names the target, and nothing of addresses inside.
    expect(error.message).toContain('openai/gpt-4o');
    expect(error.message).not.toContain('10.0.0.1');
    expect(error.cause).toBe(thrown);
  });

  it('that is Weir’s own stays what it is', () => {
    const own = new WeirError('weir_total_timeout', 'too long');
    expect(upstreamError(own, 'x', 'body')).toBe(own);
  });

  it('says whether the answer had begun', () => {
    const broke = new errors.SocketError('other side closed');
    expect(upstreamError(broke, 'x', 'head').message).toContain('before it answered');
    expect(upstreamError(broke, 'x', 'body').message).toContain('in the middle');
  });
});
