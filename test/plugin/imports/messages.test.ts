// The conversation as a guest reads and writes it (CONTRACT.md §5.5).
import { describe, expect, it } from 'vitest';
import { BODY_EXTRA_BYTES } from '../../../src/core/plugin-bounds.js';
import type { MessageView } from '../../../src/plugin/hook.js';
import { OUT, observe, scene } from '../support/scene.js';

const CHAT = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'naïve "quotes"\n' },
    {
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    },
  ],
};
const at = `(i32.const ${OUT})`;
const text = (i: number, capacity = 64) =>
  `(call $message_text (i32.const ${i}) ${at} (i32.const ${capacity}))`;

describe('the conversation', () => {
  it('has a count, roles and texts in wire order', () => {
    const over = scene({ chat: CHAT });
    expect(observe(() => '(call $message_count)', over).value).toBe(3n);
    const roles = [0, 1, 2].map(i => {
      const { value, bytes } = observe(
        () => `(call $message_role (i32.const ${i}) ${at} (i32.const 16))`,
        over,
      );
      return bytes.toString('latin1', 0, Number(value));
    });
    expect(roles).toEqual(['system', 'user', 'assistant']);
    const texts = [0, 1, 2].map(i => {
      const { value, bytes } = observe(() => text(i), over);
      return bytes.toString('utf8', 0, Number(value));
    });
    expect(texts).toEqual(['be brief', 'naïve "quotes"\n', '{"a":1}']);
  });

  it('gives full lengths where the capacity is less', () => {
    const { value, bytes } = observe(() => text(1, 5), scene({ chat: CHAT }));
    expect(value).toBe(16n);
    expect(bytes.toString('hex', 0, 6)).toBe(`${Buffer.from('naïv').toString('hex')}00`);
    expect(observe(() => text(1, 0), scene({ chat: CHAT })).value).toBe(16n);
  });

  it('is -1 for indices that are none', () => {
    for (const i of [3, -1, 2147483647]) {
      expect(observe(() => text(i), scene({ chat: CHAT })).value).toBe(-1n);
      expect(
        observe(() => `(call $message_role (i32.const ${i}) ${at} (i32.const 9))`, scene({ chat: CHAT }))
          .value,
      ).toBe(-1n);
    }
  });

  it('has the count 0 where there is none, and -1 where it cannot be seen', () => {
    expect(observe(() => '(call $message_count)').value).toBe(0n);
    const unseen: MessageView = {
      ...scene().messages,
      count: -1,
      bytes: 0,
      opaqueParts: 0,
      role: () => '',
      text: () => new Uint8Array(0),
      accepts: () => false,
    };
    expect(observe(() => '(call $message_count)', scene({ messages: unseen })).value).toBe(-1n);
    expect(observe(() => text(0), scene({ messages: unseen })).value).toBe(-1n);
  });

  it('is there in every hook', () => {
    for (const hook of ['on_response', 'on_event'] as const) {
      expect(observe(() => '(call $message_count)', scene({ chat: CHAT, hook })).value).toBe(3n);
    }
  });
});

describe('message_set_text', () => {
  it('puts a text into the outcome, and later reads in the hook see it', () => {
    const { value, bytes, outcome } = observe(
      w => `(block (result i32)
        (drop (call $message_set_text (i32.const 1) ${w.text('[REDACTED] ü')}))
        ${text(1)})`,
      scene({ chat: CHAT }),
    );
    expect(value).toBe(13n);
    expect(bytes.toString('utf8', 0, 13)).toBe('[REDACTED] ü');
    expect(outcome.messages).toEqual(new Map([[1, '[REDACTED] ü']]));
  });

  it('keeps the last text of an index', () => {
    const { outcome } = observe(
      w => `(i32.add
        (call $message_set_text (i32.const 0) ${w.text('first')})
        (call $message_set_text (i32.const 0) ${w.text('second')}))`,
      scene({ chat: CHAT }),
    );
    expect(outcome.messages).toEqual(new Map([[0, 'second']]));
  });

  it('puts U+FFFD for what is not UTF-8', () => {
    const { outcome } = observe(
      w => `(call $message_set_text (i32.const 0) ${w.text(Uint8Array.of(0x61, 0xff, 0x62))})`,
      scene({ chat: CHAT }),
    );
    expect(outcome.messages?.get(0)).toBe('a\uFFFDb');
  });

  it('is refused outside on_request', () => {
    for (const hook of ['on_response', 'on_event'] as const) {
      const { value, outcome } = observe(
        w => `(call $message_set_text (i32.const 0) ${w.text('x')})`,
        scene({ chat: CHAT, hook }),
      );
      expect([value, outcome.messages]).toEqual([-2n, null]);
    }
  });

  it('is -1 for an index that is none, and refused where the view takes no such text', () => {
    const over = scene({ chat: CHAT });
    const set = (i: number) =>
      observe(w => `(call $message_set_text (i32.const ${i}) ${w.text('no json')})`, over).value;
    expect(set(9)).toBe(-1n);
    const picky = scene({
      messages: Object.assign(Object.create(over.messages), { count: 3, bytes: 30, accepts: () => false }),
    });
    expect(observe(w => `(call $message_set_text (i32.const 0) ${w.text('x')})`, picky).value).toBe(-2n);
  });

  it('takes twice the conversation and 64 KiB over all messages, and no more', () => {
    const over = scene({
      chat: {
        messages: [
          { role: 'user', content: 'abcd' },
          { role: 'user', content: '' },
        ],
      },
    });
    const most = 2 * 4 + BODY_EXTRA_BYTES;
    const set = (i: number, length: number) =>
      `(call $message_set_text (i32.const ${i}) (i32.const 0) (i32.const ${length}))`;
    const memory = '(drop (memory.grow (i32.const 2)))';
    const one = (length: number) =>
      observe(() => `(block (result i32) ${memory} ${set(0, length)})`, over).value;
    expect([one(most), one(most + 1)]).toEqual([0n, -2n]);
    const two = (length: number) =>
      observe(() => `(block (result i32) ${memory} (drop ${set(0, most - 10)}) ${set(1, length)})`, over)
        .value;
    expect([two(10), two(11)]).toEqual([0n, -2n]);
    // A text that is set again gives its room back.
    const again = observe(
      () => `(block (result i32) ${memory} (drop ${set(0, most)}) ${set(0, most)})`,
      over,
    ).value;
    expect(again).toBe(0n);
  });
});
