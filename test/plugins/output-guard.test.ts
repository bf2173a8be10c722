// output-guard: however an answer is split, and however its texts are mixed, the client has what redacting each whole text would give.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventKind } from '../../src/plugin/abi.js';
import { type AnswerPiece, type AnswerSeen, through } from './support/answer.js';
import { policy, refusal } from './support/policy.js';

const R = '[R]';
const guard = (config: object) => policy('output-guard', { replacement: R, ...config });
const falcon = guard({ texts: ['Project Falcon', 'Falcon Nine', 'falcons'] });

const pieces = (...texts: string[]): AnswerPiece[] => texts.map(text => ({ kind: 'text', choice: 0, text }));
const textOf = (seen: AnswerSeen): string | undefined => seen.texts['text 0'];

describe('forbidden texts', () => {
  const answer = 'About project falcon: Falcon Nine, falcons, Falcon Ten. Project Falco';
  const clean = `About ${R}: ${R}, ${R}, Falcon Ten. Project Falco`;

  it('are written over at every split of an answer into two and three pieces', () => {
    expect(textOf(through(falcon, pieces(answer)))).toBe(clean);
    for (let i = 0; i <= answer.length; i++) {
      const first = answer.slice(0, i);
      expect(textOf(through(falcon, pieces(first, answer.slice(i))))).toBe(clean);
      for (let j = i; j <= answer.length; j += 5)
        expect(textOf(through(falcon, pieces(first, answer.slice(i, j), answer.slice(j))))).toBe(clean);
    }
  });

  it('are written over where every byte is a piece', () => {
    expect(textOf(through(falcon, pieces(...answer)))).toBe(clean);
  });

  it('hold back only while a tail may be the beginning of one', () => {
    expect(through(falcon, pieces('nothing ', 'at all ', 'here')).heldMax).toBe(0);
    expect(through(falcon, pieces('a p', 'roj', 'x and more')).heldMax).toBe(2);
  });

  it('are told in evidence, by number alone', () => {
    const seen = through(falcon, pieces(answer));
    expect(seen.evidence).toEqual([
      ['matches', 3],
      ['first_text', 0],
    ]);
    expect(through(falcon, pieces('hi')).evidence).toEqual([['matches', 0]]);
  });

  it('end the answer where that is wanted: nothing that is held goes out', () => {
    const strict = guard({ texts: ['open', { text: 'secret word', action: 'end' }], message: 'no' });
    const seen = through(strict, pieces('fine. ', 'an open sec', 'ret w', 'ord and more'));
    expect(seen.ended?.denial).toMatchObject({ code: 'output_forbidden', message: 'no' });
    expect(textOf(seen)).toBe('fine. ');
    expect(seen.ended?.evidence).toContainEqual(['in', 'text']);
  });

  it('are found with regard to case, as whole words, and by pattern where that is asked for', () => {
    expect(textOf(through(guard({ texts: ['Cat'], ignore_case: false }), pieces('cat Cat')))).toBe(
      `cat ${R}`,
    );
    const words = guard({ texts: ['cat'], whole_words: true });
    expect(textOf(through(words, pieces('c', 'at cat', 'alog bobcat ca', 't')))).toBe(
      `${R} catalog bobcat ${R}`,
    );
    const shapes = guard({ patterns: ['###-##-####', 'id@@?\\#'] });
    expect(textOf(through(shapes, pieces('1123-4', '5-67890, idXY-#, id12-#')))).toBe(`1${R}0, ${R}, id12-#`);
  });

  it('are left in kinds that are not looked at', () => {
    const only = guard({ texts: ['cat'], kinds: ['tool_arguments'] });
    const seen = through(only, [
      { kind: 'text', choice: 0, text: 'cat' },
      { kind: 'tool_arguments', choice: 1, text: '{"a":"c' },
      { kind: 'tool_arguments', choice: 1, text: 'at"}' },
    ]);
    expect(seen.texts).toEqual({ 'text 0': 'cat', 'tool_arguments 1': `{"a":"${R}"}` });
  });

  it('are found across pieces of other texts between', () => {
    const seen = through(falcon, [
      { kind: 'text', choice: 0, text: 'the Project Fal' },
      { kind: 'text', choice: 1, text: 'another Falcon' },
      { kind: 'reasoning', choice: 0, text: 'Proj' },
      { kind: 'text', choice: 0, text: 'con ends' },
      { kind: 'text', choice: 1, text: ' Nine' },
    ]);
    expect(seen.texts).toEqual({
      'text 0': `the ${R} ends`,
      'text 1': `another ${R}`,
      'reasoning 0': 'Proj',
    });
  });
});

describe('any answer', () => {
  const letters = fc.constantFrom('a', 'b', 'A', ' ', 'é', '字', '"');
  const text = fc.string({ unit: letters, minLength: 1, maxLength: 5 });
  const place = fc.record({
    kind: fc.constantFrom<EventKind>('text', 'reasoning', 'refusal', 'tool_arguments'),
    choice: fc.integer({ min: 0, max: 2 }),
  });
  const piece = fc
    .tuple(place, fc.string({ unit: letters, maxLength: 6 }))
    .map(([at, t]) => ({ ...at, text: t }));

  it('reaches the client as if each of its texts had been redacted whole', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.array(piece, { maxLength: 14 }),
        (texts, wholeWords, answer) => {
          const loaded = guard({ texts, whole_words: wholeWords });
          const whole: Record<string, string> = {};
          for (const one of answer) {
            const key = `${one.kind} ${one.choice}`;
            whole[key] = (whole[key] ?? '') + one.text;
          }
          for (const key of Object.keys(whole))
            whole[key] = redactedWhole(whole[key] ?? '', texts, wholeWords);
          expect(through(loaded, answer).texts).toEqual(whole);
        },
      ),
      { numRuns: 250, seed: 21 },
    );
  });
});

/** Leftmost, of several the longest; ASCII letters of either case. */
function redactedWhole(whole: string, texts: readonly string[], wholeWords: boolean): string {
  const WORD = '[\\w\\u0080-\\uffff]';
  const bytes = (one: string): number => Buffer.byteLength(one);
  const source = [...texts]
    .sort((a, b) => bytes(b) - bytes(a))
    .map(one => {
      const before = wholeWords && new RegExp(`^${WORD}`).test(one) ? `(?<!${WORD})` : '';
      const behind = wholeWords && new RegExp(`${WORD}$`).test(one) ? `(?!${WORD})` : '';
      return before + one.replace(/[a-z]/gi, c => `[${c.toLowerCase()}${c.toUpperCase()}]`) + behind;
    })
    .join('|');
  return whole.replace(new RegExp(source, 'g'), R);
}

describe('bounds and settings', () => {
  it('ends an answer with more open texts than it can keep', () => {
    const many = Array.from({ length: 300 }, (_, choice) => ({
      kind: 'text' as const,
      choice,
      text: 'Project',
    }));
    expect(through(falcon, many).ended?.denial?.code).toBe('output_unguarded');
    expect(through(falcon, many.slice(0, 30)).texts['text 29']).toBe('Project');
  });

  it('keeps a tail as long as a forbidden text may be', () => {
    const long = 'x'.repeat(127);
    const loaded = guard({ texts: [`${long}y`] });
    expect(textOf(through(loaded, pieces(long, 'y!')))).toBe(`${R}!`);
    expect(textOf(through(loaded, pieces(long, 'z')))).toBe(`${long}z`);
    expect(textOf(through(loaded, pieces(`${long}x`, 'y')))).toBe(`x${R}`);
  });

  it.each([
    [{}, '1 to 128 texts'],
    [{ texts: [''] }, 'config.texts[0]'],
    [{ texts: ['x'.repeat(129)] }, 'config.texts[0]'],
    [{ texts: ['a', 7] }, 'config.texts[1]'],
    [{ texts: [{ text: 'a', acton: 'end' }] }, 'config.texts[0].acton'],
    [{ texts: ['a'], kinds: ['answer'] }, 'config.kinds'],
    [{ texts: ['a'], replacement: '"' }, 'config.replacement'],
    [{ texts: ['a'], action: 'drop' }, 'config.action'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('output-guard', config)).toContain(named);
  });
});
