// The request's body as a guest reads and replaces it (CONTRACT.md §5.7).
import { describe, expect, it } from 'vitest';
import { BODY_EXTRA_BYTES } from '../../../src/core/plugin-bounds.js';
import { OUT, observe, scene } from '../support/scene.js';

const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'say "hi"' }] };
const TEXT = JSON.stringify(CHAT);
const at = `(i32.const ${OUT})`;
const none = scene();

describe('body_read', () => {
  const read = (offset: number, capacity: number, over = scene({ chat: CHAT })) => {
    const { value, bytes } = observe(
      () => `(call $body_read (i32.const ${offset}) ${at} (i32.const ${capacity}))`,
      over,
    );
    return [Number(value), bytes.toString('utf8', 0, capacity).replace(/\0+$/, '')];
  };

  it('gives the body’s whole length and bytes from the offset on', () => {
    expect(read(0, 200)).toEqual([TEXT.length, TEXT]);
    expect(read(10, 12)).toEqual([TEXT.length, TEXT.slice(10, 22)]);
    expect(read(10, 40)).toEqual([TEXT.length, TEXT.slice(10, 50)]);
    expect(read(0, 0)).toEqual([TEXT.length, '']);
  });

  it('gives nothing from behind the end', () => {
    for (const offset of [TEXT.length, TEXT.length + 1, -1])
      expect(read(offset, 20)).toEqual([TEXT.length, '']);
    expect(read(TEXT.length - 2, 20)).toEqual([TEXT.length, TEXT.slice(-2)]);
  });

  it('is -1 where there is no body', () => {
    expect(read(0, 20, none)[0]).toBe(-1);
  });
});

describe('body_query', () => {
  const query = (pointer: string, capacity = 100, over = scene({ chat: CHAT })) => {
    const { value, bytes } = observe(
      w => `(call $body_query ${w.text(pointer)} ${at} (i32.const ${capacity}))`,
      over,
    );
    return value < 0n ? Number(value) : bytes.toString('utf8', 0, Math.min(Number(value), capacity));
  };

  it('gives a string’s unescaped text, and other values as sent', () => {
    expect(query('/model')).toBe('gpt-4o');
    expect(query('/messages/0/content')).toBe('say "hi"');
    expect(query('/messages')).toBe(JSON.stringify(CHAT.messages));
  });

  it('is -1 for what is not there', () => {
    expect(query('/nothing')).toBe(-1);
    expect(query('no pointer')).toBe(-1);
    expect(query('/model', 100, none)).toBe(-1);
  });

  it('cuts at the capacity', () => {
    expect(query('/model', 3)).toBe('gpt');
    expect(query('/model', 0)).toBe('');
  });
});

describe('body_replace', () => {
  const over = scene({ chat: CHAT });
  const replace = (text: string) => (w: { text(t: string): string }) =>
    `(call $body_replace ${w.text(text)})`;

  it('puts other bytes in the place of the body, while reads show what there was', () => {
    const { value, bytes, outcome } = observe(
      w => `(block (result i32) (drop ${replace('{"model":"x"}')(w)})
        (call $body_query ${w.text('/model')} ${at} (i32.const 9)))`,
      over,
    );
    expect(bytes.toString('latin1', 0, Number(value))).toBe('gpt-4o');
    expect(Buffer.from(outcome.body ?? []).toString()).toBe('{"model":"x"}');
  });

  it('drops what the hook set within the old body, and refuses to set more', () => {
    const { outcome } = observe(
      w => `(block (result i32)
        (drop (call $message_set_text (i32.const 0) ${w.text('x')}))
        (drop (call $set_model ${w.text('other')}))
        ${replace('{}')(w)})`,
      over,
    );
    expect(outcome).toMatchObject({ messages: null, model: null });
    const set = (expression: (text: string) => string) =>
      observe(w => `(block (result i32) (drop ${replace('{}')(w)}) ${expression(w.text('x'))})`, over).value;
    expect(set(x => `(call $message_set_text (i32.const 0) ${x})`)).toBe(-2n);
    expect(set(x => `(call $set_model ${x})`)).toBe(-2n);
  });

  it('takes twice the original and 64 KiB, and no more', () => {
    const most = 2 * TEXT.length + BODY_EXTRA_BYTES;
    const take = (length: number) =>
      observe(
        () =>
          `(block (result i32) (drop (memory.grow (i32.const 2))) (call $body_replace (i32.const 0) (i32.const ${length})))`,
        over,
      );
    expect(take(most).outcome.body).toHaveLength(most);
    expect(take(most + 1)).toMatchObject({ value: -2n, outcome: { body: null } });
  });

  it('is refused where there is no body, and outside on_request', () => {
    expect(observe(replace('x'), none).value).toBe(-2n);
    for (const hook of ['on_response', 'on_event'] as const) {
      expect(observe(replace('x'), scene({ chat: CHAT, hook })).value).toBe(-2n);
    }
  });

  it('copies: what the guest writes afterwards changes nothing', () => {
    const { outcome } = observe(
      () => `(block (result i32)
        (i32.store8 (i32.const 16) (i32.const 65))
        (drop (call $body_replace (i32.const 16) (i32.const 1)))
        (i32.store8 (i32.const 16) (i32.const 66)) (i32.const 0))`,
      over,
    );
    expect(Buffer.from(outcome.body ?? []).toString()).toBe('A');
  });
});
