// Events that are recognised by their template say what they say when they are parsed: a stream against each of its events alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PipeRun, passed, sse, TestStage } from './pipe-run.js';

const text = fc.oneof(
  fc.constantFrom('', 'a', ' b', '"', '\\', '\\"', '"},"x":{"content":"', '\n', 'é😀', '0', '\ud83d'),
  fc.string({ maxLength: 12 }),
);
const filler = fc.string({ maxLength: 8 });
const number = fc.nat({ max: 2000 });

const EVENTS = fc.oneof(
  fc
    .record({ id: fc.constant('x'), created: number, i: fc.constantFrom(0, 0, 0, 1), text, filler })
    .map(e => ({
      id: e.id,
      created: e.created,
      choices: [{ index: e.i, delta: { content: e.text }, logprobs: null }],
      obfuscation: e.filler,
    })),
  fc.record({ i: fc.constantFrom(0, 0, 1), text, filler, number }).map(e => ({
    type: 'response.output_text.delta',
    sequence_number: e.number,
    output_index: e.i,
    delta: e.text,
    obfuscation: e.filler,
  })),
  fc.record({ text, filler }).map(e => ({ contentBlockIndex: 0, delta: { text: e.text }, p: e.filler })),
  fc.record({ text, type: fc.constantFrom('thinking', 'text', 'partial_json') }).map(e => ({
    type: 'content_block_delta',
    index: 1,
    delta: { [e.type]: e.text },
  })),
);

/** The last event's shape comes again and again, as in a stream. */
const STREAM = fc.array(fc.tuple(EVENTS, fc.array(EVENTS, { maxLength: 3 })), {
  minLength: 2,
  maxLength: 40,
});

const seen = (events: readonly unknown[]): { shown: string[]; out: string } => {
  const stage = new TestStage(({ text: said }) => passed(`<${said}>`));
  const out = new PipeRun([stage]).all([sse(...events)]);
  return {
    shown: stage.shown.filter(one => one.kind !== 'end').map(one => `${one.kind} ${one.choice} ${one.text}`),
    out,
  };
};

describe('an event that is recognised', () => {
  it('says and becomes what it does alone', () => {
    fc.assert(
      fc.property(STREAM, parts => {
        const events = parts.flatMap(([one, others]) => [one, ...others]);
        const together = seen(events);
        const alone = events.map(event => seen([event]));
        expect(together.shown).toEqual(alone.flatMap(one => one.shown));
        expect(together.out).toBe(alone.map(one => one.out).join(''));
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  const line = (content: string, rest = ''): string =>
    `data: {"choices":[{"delta":{"content":"${content}"}}]}${rest}\n\n`;

  it.each([
    ['a quote that is escaped', line('c\\')],
    ['more behind it', line('d', ']')],
    ['less of it', line('e').replace('}}]}', '}}]')],
  ])('ends where the template ends, not with %s', (_, bad) => {
    const stage = new TestStage();
    const run = new PipeRun([stage]).feed([line('a'), line('b'), bad]);
    expect(stage.texts).toEqual(['a', 'b']);
    expect(run.failures).toEqual(['unreadable: an event of the answer is not JSON']);
  });

  it('has the name of the template', () => {
    const stage = new TestStage();
    const named = (kind: string): string => `event: response.${kind}.delta\ndata: {"delta":"a"}\n\n`;
    new PipeRun([stage], { api: 'openai.responses' }).feed(
      ['output_text', 'output_text', 'refusal'].map(named),
    );
    expect(stage.kinds).toEqual(['text', 'text', 'refusal']);
  });
});
