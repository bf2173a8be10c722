// Headers as a guest reads and edits them (CONTRACT.md §5.7, 5.8).
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES_MAX, HEADERS_MAX } from '../../../src/core/plugin-bounds.js';
import type { HookScene } from '../../../src/plugin/hook.js';
import type { Wat } from '../support/guest.js';
import { eventScene, host, OUT, observe, scene } from '../support/scene.js';

const LIST = {
  'user-agent': 'curl',
  'x-empty': '',
  authorization: 'Bearer secret',
  'content-type': 'a/b',
  'x-weir-key': 'k',
};
const request = scene({ headerList: LIST });
const get = (name: string, over: HookScene = request, capacity = 32) => {
  const { value, bytes } = observe(
    w => `(call $header_get ${w.text(name)} (i32.const ${OUT}) (i32.const ${capacity}))`,
    over,
  );
  return value < 0n ? Number(value) : bytes.toString('latin1', 0, Math.min(Number(value), capacity));
};
const set = (name: string | Uint8Array, value: string | Uint8Array) => (w: Wat) =>
  `(call $header_set ${w.text(name)} ${w.text(value)})`;

describe('header_get', () => {
  it('gives a header by its name in any case', () => {
    expect(get('user-agent')).toBe('curl');
    expect(get('User-Agent')).toBe('curl');
    expect(get('x-empty')).toBe('');
  });

  it('is -1 for what is absent, and for names that are none', () => {
    for (const name of ['x-other', '', 'a b', 'ü', 'x'.repeat(129)]) expect(get(name)).toBe(-1);
  });

  it('never shows a credential, cookie, framing or Weir’s own', () => {
    const hidden = scene({ header: () => 'shown', hasHeaders: true });
    for (const name of FORBIDDEN) expect([name, get(name, hidden)]).toEqual([name, -1]);
  });

  it('shows the response’s in on_response and is refused elsewhere', () => {
    expect(get('user-agent', scene({ headerList: LIST, hook: 'on_response' }))).toBe('curl');
    expect(get('user-agent', eventScene('x'))).toBe(-2);
  });

  it('shows the hook’s own edits', () => {
    const { value, bytes } = observe(
      w => `(block (result i32)
        (drop ${set('user-agent', 'mine')(w)})
        (call $header_get ${w.text('user-agent')} (i32.const ${OUT}) (i32.const 9)))`,
      request,
    );
    expect(bytes.toString('latin1', 0, Number(value))).toBe('mine');
    const removed = observe(
      w => `(block (result i32)
        (drop (call $header_remove ${w.text('user-agent')}))
        (call $header_get ${w.text('user-agent')} (i32.const ${OUT}) (i32.const 9)))`,
      request,
    );
    expect(removed.value).toBe(-1n);
  });
});

const FORBIDDEN = [
  'authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'www-authenticate',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
  'cookie',
  'set-cookie',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'expect',
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'x-weir-key',
  'x-weir-reason',
  'x-amz-date',
  'X-Amz-Security-Token',
  'Content-MD5',
];

describe('header edits', () => {
  it('are in the outcome, the last of a name', () => {
    const { outcome } = observe(
      w => `(block (result i32)
        (drop ${set('X-One', '1')(w)}) (drop ${set('x-one', '2')(w)})
        (call $header_remove ${w.text('user-agent')}))`,
      request,
    );
    expect(outcome.headers).toEqual([
      { name: 'x-one', value: '2' },
      { name: 'user-agent', value: null },
    ]);
  });

  it('are refused for what plugins must not set', () => {
    for (const name of FORBIDDEN) {
      expect([name, observe(set(name, 'v'), request).value]).toEqual([name, -2n]);
      expect(observe(w => `(call $header_remove ${w.text(name)})`, request).value).toBe(-2n);
    }
  });

  it('are refused for names that are no tokens and values with control characters or beyond ASCII', () => {
    for (const name of ['', 'a b', 'a:b', 'a\r\n', 'ü', 'x'.repeat(129)])
      expect(observe(set(name, 'v'), request).value).toBe(-2n);
    for (const value of ['a\r\nb', 'a\nb', '\0', '\x7f', 'a\tb', 'ü', Uint8Array.of(0xff)]) {
      expect(observe(set('x-a', value), request).value).toBe(-2n);
    }
    expect(observe(set('x-a', ' ~!'), request).outcome.headers).toEqual([{ name: 'x-a', value: ' ~!' }]);
  });

  it('are refused for values that hold a configured secret or a Weir key', () => {
    const guarded = { host: host({ holdsSecret: value => value.includes('sk-secret') }) };
    const values = ['sk-secret', 'Bearer sk-secret!', `a weir_${'A'.repeat(49)}`, 'sk-other'];
    const said = values.map(value => observe(set('x-a', value), request, guarded).value);
    expect(said).toEqual([-2n, -2n, -2n, 0n]);
  });

  it('are taken in on_request and on_response only', () => {
    expect(observe(set('x-a', '1'), scene({ hook: 'on_response', headerList: {} })).value).toBe(0n);
    expect(observe(set('x-a', '1'), eventScene('x')).value).toBe(-2n);
    expect(observe(w => `(call $header_remove ${w.text('x-a')})`, eventScene('x')).value).toBe(-2n);
  });

  it(`are at most ${HEADERS_MAX} names`, () => {
    const many = (w: Wat, count: number) => {
      const all = Array.from({ length: count }, (_, i) => `(drop ${set(`x-${i}`, 'v')(w)})`).join('');
      return `(block (result i32) ${all} ${set('x-last', 'v')(w)})`;
    };
    expect(observe(w => many(w, HEADERS_MAX - 1), request).value).toBe(0n);
    const full = observe(w => many(w, HEADERS_MAX), request);
    expect(full.value).toBe(-2n);
    expect(full.outcome.headers).toHaveLength(HEADERS_MAX);
    // One that was edited already costs no place.
    expect(
      observe(w => `(block (result i32) (drop ${many(w, HEADERS_MAX)}) ${set('x-1', 'w')(w)})`, request)
        .value,
    ).toBe(0n);
  });

  it(`are at most ${HEADER_BYTES_MAX} bytes of names and values`, () => {
    const most = HEADER_BYTES_MAX - 'x-a'.length;
    expect(observe(set('x-a', 'v'.repeat(most)), request).value).toBe(0n);
    expect(observe(set('x-a', 'v'.repeat(most + 1)), request).value).toBe(-2n);
    const both = (length: number) =>
      observe(
        w =>
          `(block (result i32) (drop ${set('x-a', 'v'.repeat(4000))(w)}) ${set('x-b', 'v'.repeat(length))(w)})`,
        request,
      ).value;
    const left = HEADER_BYTES_MAX - 4003 - 3;
    expect([both(left), both(left + 1)]).toEqual([0n, -2n]);
  });
});
