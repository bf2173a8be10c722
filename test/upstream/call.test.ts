// One call as undici drives it: what its sink hears, and that it hears of an end exactly once.
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/error.js';
import { type CallSink, UpstreamCall } from '../../src/upstream/call.js';

function recorder(faulty: keyof CallSink | null = null): CallSink & { heard: string[] } {
  const heard: string[] = [];
  const say = (what: keyof CallSink, text: string): void => {
    heard.push(text);
    if (what === faulty) throw new TypeError('a bug');
  };
  return {
    heard,
    onHead(status) {
      say('onHead', `head ${status}`);
      return true;
    },
    onChunk(chunk) {
      say('onChunk', `chunk ${chunk.length}`);
      return true;
    },
    onDone: () => say('onDone', 'done'),
    onFailed: error => void heard.push(error.code),
  };
}

/** A call with a socket; `abort` does what undici's does: it reports the reason as the error. */
function connected(sink: CallSink): UpstreamCall {
  const call = new UpstreamCall(sink, 'openai');
  call.onConnect(reason => call.onError(reason ?? new Error('aborted')));
  return call;
}

const reason = new WeirError('weir_client_closed', 'gone');

describe('a call', () => {
  it('tells head, chunks and end', () => {
    const sink = recorder();
    const call = connected(sink);
    call.onHeaders(103, [], () => undefined);
    call.onHeaders(200, [], () => undefined);
    call.onData(Buffer.from('abc'));
    call.onComplete();
    call.onError(new Error('late'));
    expect(sink.heard).toEqual(['head 200', 'chunk 3', 'done']);
  });

  it('that is cancelled tells the reason once', () => {
    const sink = recorder();
    const call = connected(sink);
    call.cancel(reason);
    call.cancel(reason);
    expect(sink.heard).toEqual(['weir_client_closed']);
  });

  it('that is cancelled while it waits for a connection tells at once and takes the connection down', () => {
    const sink = recorder();
    const call = new UpstreamCall(sink, 'openai');
    call.cancel(reason);
    expect(sink.heard).toEqual(['weir_client_closed']);
    let aborted = false;
    call.onConnect(() => {
      aborted = true;
    });
    call.onError(new Error('aborted'));
    expect([aborted, sink.heard]).toEqual([true, ['weir_client_closed']]);
  });

  it.each([
    ['before a connection', 0, 'weir_connect_failed'],
    ['before the answer', 1, 'weir_upstream_broke'],
    ['in the middle of the answer', 2, 'weir_upstream_broke'],
  ])('that fails %s', (_, steps, code) => {
    const sink = recorder();
    const call = steps > 0 ? connected(sink) : new UpstreamCall(sink, 'openai');
    if (steps > 1) call.onHeaders(200, [], () => undefined);
    call.onError(Object.assign(new Error('broken'), { code: 'UND_ERR_SOCKET' }));
    expect(sink.heard.at(-1)).toBe(code);
  });

  it.each<keyof CallSink>(['onHead', 'onChunk', 'onDone'])(
    'whose %s throws has failed inside, not upstream',
    place => {
      const sink = recorder(place);
      const call = connected(sink);
      call.onHeaders(200, [], () => undefined);
      if (place !== 'onHead') call.onData(Buffer.from('abc'));
      if (place === 'onDone') call.onComplete();
      expect(sink.heard.at(-1)).toBe('weir_internal');
    },
  );
});
