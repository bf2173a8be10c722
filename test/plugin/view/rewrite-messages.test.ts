// Rewritten texts: any text comes out as it was put in, in bodies of any spelling, and every other byte stays.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConversationKernel } from '../../../src/kernel/conversation.js';
import { ConversationView } from '../../../src/plugin/view/conversation-view.js';
import { rewriteMessages } from '../../../src/plugin/view/rewrite-messages.js';
import { random, scrawled } from '../../kernel/conversation-reading.js';

const kernel = ConversationKernel.load();
const open = (body: Buffer): ConversationView =>
  ConversationView.open(kernel, 'anthropic.messages', body, false, 1e9);
const textOf = (view: ConversationView, i: number): string => Buffer.from(view.text(i)).toString();
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '\0',
      '\n',
      '\u001f',
      '\u007f',
      '\u2028',
      '😀',
      '\ud83d',
      '\ude00',
      'u',
      '/',
      'é',
    ),
  }),
);
const body = (texts: readonly string[]) => ({
  system: 'fixed',
  messages: texts.map((content, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: i % 3 === 0 ? content : [{ type: 'text', text: content, cache_control: { type: 'ephemeral' } }],
  })),
  max_tokens: 1.5e3,
});

describe('a rewritten body', () => {
  it('has any texts in any places, and is byte for byte as it was between them', () => {
    const texts = fc.array(fc.tuple(text, fc.option(text)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.integer(), (pairs, seed) => {
        const before = Buffer.from(scrawled(body(pairs.map(([old]) => old)), random(seed)));
        const view = open(before);
        // Text 0 is the system prompt.
        const edits = new Map(pairs.flatMap(([, put], i) => (put === null ? [] : [[i + 1, put] as const])));
        const after = rewriteMessages(before, view, edits);
        const again = open(after);
        const wanted = pairs.map(([old, put]) => Buffer.from(put ?? old).toString());
        expect(Array.from({ length: again.count }, (_, i) => textOf(again, i))).toEqual(['fixed', ...wanted]);
        for (let i = 0; i <= view.count; i++) {
          const between = (v: ConversationView, of: Buffer): Buffer =>
            of.subarray(i === 0 ? 0 : v.end(i - 1), i === v.count ? of.length : v.start(i));
          expect(between(again, after).equals(between(view, before))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('escapes what JSON requires and halves of surrogate pairs, and nothing else', () => {
    const before = Buffer.from('{"messages":[{"role":"user","content":"x"}]}');
    const put = '"\\/\b\f\n\r\t\0\u001f\u007f\u2028\u2029é😀\ud83d';
    expect(rewriteMessages(before, open(before), new Map([[0, put]])).toString()).toBe(
      '{"messages":[{"role":"user","content":"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\u2028\u2029é😀\\ud83d"}]}',
    );
  });

  it('takes JSON of its kind for a raw value, as it is written', () => {
    const before = Buffer.from(
      '{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"i","name":"f","input": {"a":1} }]}]}',
    );
    const view = open(before);
    const after = rewriteMessages(before, view, new Map([[0, '{ "a" : 1.0e2, "é":[] }']]));
    expect(after.toString()).toBe(before.toString().replace('{"a":1}', '{ "a" : 1.0e2, "é":[] }'));
    expect(() => rewriteMessages(before, view, new Map([[0, '[1]']]))).toThrow(
      'text 0 cannot be changed to this',
    );
    expect(() => rewriteMessages(before, view, new Map([[1, 'x']]))).toThrow(RangeError);
  });

  it('is the same object where nothing is edited, and another body is not taken for the one shown', () => {
    const before = Buffer.from('{"messages":[{"role":"user","content":"x"}]}');
    const view = open(before);
    expect(rewriteMessages(before, view, new Map())).toBe(before);
    expect(() => rewriteMessages(Buffer.from('{}'), view, new Map([[0, 'y']]))).toThrow('not the one shown');
  });
});
