// What a hook says of itself is bounded and scrubbed: denial, evidence, tags, log (CONTRACT.md §5.8).
import { describe, expect, it } from 'vitest';
import {
  DENY_MESSAGE_BYTES_MAX,
  EVIDENCE_MAX,
  EVIDENCE_TEXT_BYTES_MAX,
  LOG_BYTES_MAX,
  LOG_LINES_PER_HOOK,
  TAG_BYTES_MAX,
} from '../../../src/core/plugin-bounds.js';
import type { Denial } from '../../../src/plugin/hook.js';
import { scrub } from '../../../src/plugin/scrub.js';
import type { Wat } from '../support/guest.js';
import { eventScene, host, observe, scene } from '../support/scene.js';

type Options = Parameters<typeof observe>[2];
/** Imports without a result, one after the other. */
const run = (calls: (w: Wat) => string, over = scene(), options: Options = {}) =>
  observe(w => `(block (result i32) ${calls(w)} (i32.const 0))`, over, options).outcome;
const SECRET = 'sk-very-secret-key';
const scrubbing: Options = { host: host({ scrub: text => scrub(text, [SECRET]) }) };

describe('deny', () => {
  const deny = (
    status: number,
    code: string,
    message: string | Uint8Array,
    retryAfterMs = 0,
    options: Options = {},
  ): Denial | null =>
    run(
      w =>
        `(call $deny (i32.const ${status}) ${w.text(code)} ${w.text(message)} (i32.const ${retryAfterMs}))`,
      scene(),
      options,
    ).denial;

  it('says status, code, message and when to come back', () => {
    expect(deny(429, 'too_many', 'Wait a little.', 1500)).toEqual({
      status: 429,
      code: 'too_many',
      message: 'Wait a little.',
      retryAfterMs: 1500,
    });
  });

  it('takes statuses from 400 to 599, else 403', () => {
    const statuses = [400, 599, 399, 600, 200, 0, -1].map(status => deny(status, 'c', '')?.status);
    expect(statuses).toEqual([400, 599, 403, 403, 403, 403, 403]);
  });

  it('takes codes of 1 to 64 small letters, digits and underscores, else none', () => {
    for (const code of ['a', 'a_1', 'x'.repeat(64)]) expect(deny(403, code, '')?.code).toBe(code);
    for (const code of ['', 'A', 'a-b', 'a b', 'ü', 'x'.repeat(65)])
      expect(deny(403, code, '')?.code).toBe(null);
  });

  it('has no message where it is empty, and no time where it is not above 0', () => {
    expect(deny(403, 'c', '', 0)).toMatchObject({ message: null, retryAfterMs: null });
    expect(deny(403, 'c', '', -5)).toMatchObject({ retryAfterMs: null });
  });

  it('cuts the message at 1 KiB, at the end of a character', () => {
    expect(deny(403, 'c', 'm'.repeat(DENY_MESSAGE_BYTES_MAX + 1))?.message).toBe(
      'm'.repeat(DENY_MESSAGE_BYTES_MAX),
    );
    expect(deny(403, 'c', `m${'€'.repeat(400)}`)?.message).toBe(`m${'€'.repeat(341)}`);
  });

  it('scrubs control characters, what is not UTF-8, and secrets, also across the cut', () => {
    expect(deny(403, 'c', 'a\r\n\t\0\x7f\u0085b')?.message).toBe(`a${'\uFFFD'.repeat(6)}b`);
    expect(deny(403, 'c', Uint8Array.of(0x61, 0xc3, 0x28, 0xff))?.message).toBe('a\uFFFD(\uFFFD');
    expect(deny(403, 'c', `it is ${SECRET}!`, 0, scrubbing)?.message).toBe('it is ***!');
    const cut = `${'m'.repeat(DENY_MESSAGE_BYTES_MAX - 5)}${SECRET}`;
    expect(deny(403, 'c', cut, 0, scrubbing)?.message).toBe(`${'m'.repeat(DENY_MESSAGE_BYTES_MAX - 5)}***`);
  });

  it('counts the last time', () => {
    const outcome = run(w =>
      ['one', 'two']
        .map(code => `(call $deny (i32.const 403) ${w.text(code)} ${w.text('')} (i32.const 0))`)
        .join(''),
    );
    expect(outcome.denial?.code).toBe('two');
  });
});

describe('evidence', () => {
  const text = (key: string, value: string) => (w: Wat) =>
    `(call $evidence_str ${w.text(key)} ${w.text(value)})`;
  const number = (key: string, value: bigint) => (w: Wat) =>
    `(call $evidence_i64 ${w.text(key)} (i64.const ${value}))`;

  it('is texts and numbers under keys', () => {
    const { evidence } = run(w => text('rule.name', 'cards')(w) + number('hits_2', 3n)(w));
    expect(evidence).toEqual([
      ['rule.name', 'cards'],
      ['hits_2', 3],
    ]);
  });

  it('reads keys as they are now, also where others of the same length stood before', () => {
    const { evidence } = run(w => {
      const key = w.text('k0');
      const at = /const (\d+)/.exec(key)?.[1] ?? '';
      const put = (digit: string) =>
        `(i32.store8 (i32.const ${Number(at) + 1}) (i32.const ${digit.charCodeAt(0)}))`;
      return ['0', '1', '2'].map(digit => `${put(digit)} (call $evidence_i64 ${key} (i64.const 7))`).join('');
    });
    expect(evidence.map(([key]) => key)).toEqual(['k0', 'k1', 'k2']);
  });

  it('keeps numbers that JavaScript cannot hold as text', () => {
    const { evidence } = run(
      w => number('a', 2n ** 53n)(w) + number('b', -(2n ** 63n))(w) + number('c', 2n ** 53n - 1n)(w),
    );
    expect(evidence).toEqual([
      ['a', '9007199254740992'],
      ['b', '-9223372036854775808'],
      ['c', 9007199254740991],
    ]);
  });

  it('takes keys of 1 to 32 small letters, digits, underscores and dots', () => {
    const good = ['a', 'a.b_1', 'k'.repeat(32)];
    const bad = ['', 'A', 'a-b', 'a b', 'ü', 'k'.repeat(33)];
    const { evidence } = run(w =>
      [...good, ...bad].map(key => text(key, 'v')(w) + number(key, 1n)(w)).join(''),
    );
    expect(evidence.map(([key]) => key)).toEqual(good);
  });

  it('cuts and scrubs texts', () => {
    const { evidence } = run(
      w => text('cut', 'v'.repeat(300))(w) + text('dirty', `a\n${SECRET}`)(w),
      scene(),
      scrubbing,
    );
    expect(evidence).toEqual([
      ['cut', 'v'.repeat(EVIDENCE_TEXT_BYTES_MAX)],
      ['dirty', 'a\uFFFD***'],
    ]);
  });

  it(`is at most ${EVIDENCE_MAX} pieces over all hooks of the request`, () => {
    const many = (count: number, before: number) =>
      run(
        w => Array.from({ length: count }, (_, i) => number(`k${i}`, 1n)(w)).join(''),
        scene({ evidenceCount: before }),
      ).evidence.length;
    expect([many(20, 0), many(20, 14), many(20, 16), many(20, 30)]).toEqual([16, 2, 0, 0]);
  });

  it('under a key that the hook has used already replaces it, also when all places are taken', () => {
    const { evidence } = run(
      w => number('a', 1n)(w) + number('a', 2n)(w) + number('b', 1n)(w),
      scene({ evidenceCount: 15 }),
    );
    expect(evidence).toEqual([['a', 2]]);
  });
});

describe('tag', () => {
  const tag = (key: string, value: string) => (w: Wat) => `(call $tag ${w.text(key)} ${w.text(value)})`;
  const settings = { tags: ['risk', 'tier'] };

  it('sets what the policy lists, and nothing else', () => {
    const { tags } = run(
      w => tag('risk', 'high')(w) + tag('other', 'x')(w) + tag('risk', 'low')(w),
      scene(),
      { settings },
    );
    expect(tags).toEqual([['risk', 'low']]);
  });

  it('never sets one that the consumer has', () => {
    const { tags } = run(tag('tier', 'gold'), scene({ consumerTags: ['tier'] }), { settings });
    expect(tags).toEqual([]);
  });

  it('cuts and scrubs values', () => {
    const { tags } = run(w => tag('risk', 'v'.repeat(200))(w) + tag('tier', `\n${SECRET}`)(w), scene(), {
      settings,
      ...scrubbing,
    });
    expect(tags).toEqual([
      ['risk', 'v'.repeat(TAG_BYTES_MAX)],
      ['tier', '\uFFFD***'],
    ]);
  });
});

describe('log', () => {
  const log = (level: number, text: string) => (w: Wat) => `(call $log (i32.const ${level}) ${w.text(text)})`;

  it('keeps four lines a hook and counts the rest', () => {
    const outcome = run(w => [0, 1, 2, 3, 1, 1].map((level, i) => log(level, `line ${i}`)(w)).join(''));
    expect(outcome.logs).toEqual([0, 1, 2, 3].map(level => ({ level, text: `line ${level}` })));
    expect(outcome.logs).toHaveLength(LOG_LINES_PER_HOOK);
    expect(outcome.logsDropped).toBe(2);
  });

  it('brings levels within 0 and 3', () => {
    expect(run(w => log(-5, 'a')(w) + log(9, 'b')(w)).logs.map(({ level }) => level)).toEqual([0, 3]);
  });

  it('cuts at 512 bytes and scrubs', () => {
    const { logs } = run(
      w => log(1, 'x'.repeat(600))(w) + log(1, `a\x1b[2J\n${SECRET}`)(w),
      scene(),
      scrubbing,
    );
    expect(logs.map(({ text }) => text)).toEqual(['x'.repeat(LOG_BYTES_MAX), 'a\uFFFD[2J\uFFFD***']);
  });

  it('has four lines anew in the next hook', () => {
    const lines = (w: Wat) => Array.from({ length: 5 }, () => log(1, 'x')(w)).join('');
    for (const over of [eventScene('a'), eventScene('b')]) expect(run(lines, over).logs).toHaveLength(4);
  });
});
