// The piece of an answer as a guest reads and writes it (CONTRACT.md §5.6).
import { describe, expect, it } from 'vitest';
import { BODY_EXTRA_BYTES } from '../../../src/core/plugin-bounds.js';
import { EVENT_KINDS } from '../../../src/plugin/abi.js';
import type { HookScene } from '../../../src/plugin/hook.js';
import { eventScene, OUT, observe, scene } from '../support/scene.js';

const at = `(i32.const ${OUT})`;
const text = `(call $event_text ${at} (i32.const 64))`;
const end = eventScene('', { eventKind: 'end' });
const replace = (content: string, over: HookScene = eventScene('abc')) =>
  observe(w => `(call $event_replace ${w.text(content)})`, over);

describe('event_text', () => {
  it('gives the piece, and nothing at the end', () => {
    const { value, bytes } = observe(() => text, eventScene('déjà'));
    expect(bytes.toString('utf8', 0, Number(value))).toBe('déjà');
    expect(observe(() => text, end).value).toBe(0n);
    expect(observe(() => `(call $event_text ${at} (i32.const 0))`, eventScene('abc')).value).toBe(3n);
  });

  it('is refused outside on_event', () => {
    for (const hook of ['on_request', 'on_response'] as const)
      expect(observe(() => text, scene({ hook })).value).toBe(-2n);
  });
});

describe('event_replace', () => {
  it('sets the text, empties it, and is seen by later reads', () => {
    expect(replace('***').outcome.eventText).toBe('***');
    expect(replace('').outcome.eventText).toBe('');
    const { value, bytes } = observe(
      w => `(block (result i32) (drop (call $event_replace ${w.text('ünew')})) ${text})`,
      eventScene('old text'),
    );
    expect(bytes.toString('utf8', 0, Number(value))).toBe('ünew');
  });

  it('is refused at the end and outside on_event', () => {
    expect(replace('x', end)).toMatchObject({ value: -2n, outcome: { eventText: null } });
    expect(replace('x', scene()).value).toBe(-2n);
  });

  it('takes twice the piece and 64 KiB, and no more', () => {
    const most = 2 * 3 + BODY_EXTRA_BYTES;
    const take = (length: number) =>
      observe(
        () =>
          `(block (result i32) (drop (memory.grow (i32.const 2))) (call $event_replace (i32.const 0) (i32.const ${length})))`,
        eventScene('abc'),
      ).value;
    expect([take(most), take(most + 1)]).toEqual([0n, -2n]);
  });
});

describe('held_append', () => {
  const held = [
    { kind: 'text', choice: 0 },
    { kind: 'tool_arguments', choice: 2 },
  ] as const;
  const append = (kind: string, choice: number, content: string) => (w: { text(t: string): string }) =>
    `(call $held_append (i32.const ${(EVENT_KINDS as readonly string[]).indexOf(kind)}) (i32.const ${choice}) ${w.text(content)})`;

  it('adds text behind what is held of each kind and choice, in order', () => {
    const { outcome } = observe(
      w =>
        `(i32.add (i32.add ${append('text', 0, 'a')(w)} ${append('tool_arguments', 2, 'x')(w)}) ${append('text', 0, 'b')(w)})`,
      eventScene('', { eventKind: 'end', held }),
    );
    expect(outcome.heldAppend).toEqual([
      { kind: 'text', choice: 0, text: 'ab' },
      { kind: 'tool_arguments', choice: 2, text: 'x' },
    ]);
  });

  it('is refused where nothing of that kind and choice is held, and outside on_event', () => {
    const over = eventScene('abc', { held });
    for (const [kind, choice] of [
      ['text', 1],
      ['reasoning', 0],
      ['end', 0],
      ['none', 0],
    ] as const) {
      expect(observe(append(kind, choice, 'x'), over)).toMatchObject({
        value: -2n,
        outcome: { heldAppend: null },
      });
    }
    expect(observe(append('text', 0, 'x'), scene({ held })).value).toBe(-2n);
  });

  it('takes 64 KiB a hook, and no more', () => {
    const over = eventScene('abc', { held });
    const one = (length: number) =>
      `(call $held_append (i32.const 0) (i32.const 0) (i32.const 0) (i32.const ${length}))`;
    const two = (length: number) =>
      observe(
        () =>
          `(block (result i32) (drop (memory.grow (i32.const 2))) (drop ${one(BODY_EXTRA_BYTES - 5)}) ${one(length)})`,
        over,
      ).value;
    expect([two(5), two(6)]).toEqual([0n, -2n]);
  });
});
