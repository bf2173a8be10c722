// Kernel meter under made-up and damaged bodies: it equals its twin where the body is sound, does not depend on the cuts, never traps.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeterKernel } from '../../src/kernel/meter.js';
import { cuts, readAll } from '../kernel/meter-reading.js';
import { known, twinReading } from './meter-twin.js';

const kernel = MeterKernel.load();
const codec = new EventStreamCodec(toUtf8, fromUtf8);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.constantFrom(
    '',
    ' word',
    '\\',
    '"',
    '\\"}],"usage":{"prompt_tokens":7}',
    '\n\ndata: {',
    'a'.repeat(70),
    '\u2028é😀',
  ),
);
const count = fc.integer({ min: 0, max: 100_000 });
const usage = fc.dictionary(
  fc.constantFrom(
    'prompt_tokens',
    'completion_tokens',
    'total_tokens',
    'input_tokens',
    'cached_tokens',
    'promptTokenCount',
  ),
  count,
);
const details = fc.record({ cached_tokens: count, audio_tokens: count }, { requiredKeys: [] });

const inputs = fc.dictionary(text, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 });
const called = fc.record({ name: text, arguments: fc.oneof(text, inputs) });
/** Tools that are called, in every dialect's way. */
const calls: fc.Arbitrary<unknown>[] = [
  fc.record({
    choices: fc.tuple(
      fc.record({
        index: fc.nat(2),
        delta: fc.record({ tool_calls: fc.array(fc.record({ index: fc.nat(3), function: called })) }),
      }),
    ),
  }),
  fc.record({
    message: fc.record({ thinking: text, tool_calls: fc.array(fc.record({ function: called })) }),
  }),
  fc.record({
    content: fc.array(fc.oneof(fc.record({ text }), fc.record({ name: text, input: inputs }))),
  }),
  fc.record({
    candidates: fc.tuple(
      fc.record({
        content: fc.record({
          parts: fc.array(
            fc.oneof(
              fc.record({ thought: fc.constant(true), text }),
              fc.record({ functionCall: fc.record({ args: inputs, name: text }) }),
            ),
          ),
        }),
      }),
    ),
  }),
  fc.record({
    type: fc.constantFrom('response.output_item.added', 'response.output_item.done'),
    output_index: fc.nat(3),
    item: fc.record({ name: text, arguments: text }),
  }),
  fc.record({
    type: fc.constantFrom('response.function_call_arguments.delta', 'response.reasoning_text.delta'),
    output_index: fc.nat(3),
    content_index: fc.nat(2),
    delta: text,
  }),
];

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      id: fc.constant('c-1'),
      choices: fc.tuple(fc.record({ index: fc.constant(0), delta: fc.record({ content: text }) })),
      obfuscation: text,
    }),
  },
  fc.record({ usage: fc.tuple(usage, details).map(([u, d]) => ({ ...u, prompt_tokens_details: d })) }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('response.output_text.delta'),
      sequence_number: count,
      delta: text,
    }),
  },
  fc.record({
    type: fc.constant('response.completed'),
    response: fc.record({
      model: text,
      usage,
      output: fc.anything({ maxDepth: 3, withNullPrototype: false }),
    }),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('content_block_delta'),
      index: fc.nat(3),
      delta: fc.record({ text }),
    }),
  },
  fc.record({ message: fc.record({ model: text, usage }) }),
  fc.record({
    usage: fc.record({
      iterations: fc.array(fc.record({ input_tokens: count, output_tokens: count }), { maxLength: 3 }),
    }),
  }),
  fc.record({
    candidates: fc.array(fc.record({ content: fc.record({ parts: fc.array(fc.record({ text })) }) }), {
      maxLength: 2,
    }),
    usageMetadata: usage,
  }),
  fc.record({
    model: text,
    created_at: text,
    message: fc.record({ content: text }),
    done: fc.boolean(),
    eval_count: count,
  }),
  fc.record({ x: fc.jsonValue({ maxDepth: 4 }), error: fc.constant(null) }),
  { weight: 4, arbitrary: fc.oneof(...calls) },
);

type Frame = (events: unknown[]) => Buffer;
const lines =
  (end: string): Frame =>
  events =>
    Buffer.from(events.map(one => `data: ${JSON.stringify(one)}${end}${end}`).join(''));
const frames: Readonly<Record<string, Frame>> = {
  'SSE, LF': lines('\n'),
  'SSE, CRLF': lines('\r\n'),
  'SSE, CR': lines('\r'),
  NDJSON: events => Buffer.from(events.map(one => `${JSON.stringify(one)}\n`).join('')),
  'a JSON array': events => Buffer.from(JSON.stringify(events, null, 2)),
  'an AWS event stream': events =>
    Buffer.concat(
      events.map(one =>
        Buffer.from(
          codec.encode({
            headers: { ':event-type': { type: 'string', value: 'chunk' } },
            body: Buffer.from(
              JSON.stringify({ p: 'abc', bytes: Buffer.from(JSON.stringify(one)).toString('base64') }),
            ),
          }),
        ),
      ),
    ),
};

function summary(body: Buffer, size: number | 'whole' | 'random', seed = 1): unknown {
  const { reading, texts } = readAll(kernel, cuts(body, size, seed), { wrapped: true });
  const { model, finishReason, errorMessage, message, events, whole } = reading;
  const numbers = [...known(reading.numbers)];
  return {
    numbers,
    last: [...known(reading.last)],
    model,
    finishReason,
    errorMessage,
    message,
    events,
    whole,
    texts: [...texts].sort(),
  };
}

describe('made-up streams', () => {
  it.each(Object.keys(frames))('are read as by the twin: %s', name => {
    const frame = frames[name];
    if (frame === undefined) throw new Error(name);
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 12 }),
        fc.integer(),
        fc.nat(40),
        (events, seed, size) => {
          // JSON.parse(JSON.stringify()) as the wire does: undefined and -0 do not pass.
          const body = frame(JSON.parse(JSON.stringify(events)) as unknown[]);
          const twin = twinReading(body, true);
          const { reading, texts } = readAll(kernel, cuts(body, size || 'random', seed), { wrapped: true });
          expect(known(reading.numbers)).toEqual(twin.numbers);
          expect(known(reading.last)).toEqual(twin.last);
          expect(reading.events).toBe(twin.events);
          expect([...texts].sort()).toEqual([...twin.texts].sort());
          expect(reading.whole).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('damaged streams', () => {
  const damage = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom('flip', 'insert', 'remove', 'cut'), fc.nat(255)),
    { minLength: 1, maxLength: 6 },
  );

  it.each(Object.keys(frames))('read the same however they are cut, and never trap: %s', name => {
    const frame = frames[name];
    if (frame === undefined) throw new Error(name);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), damage, fc.integer(), (events, mishaps, seed) => {
        let body = frame(JSON.parse(JSON.stringify(events)) as unknown[]);
        for (const [where, how, byte] of mishaps) body = damaged(body, where, how, byte);
        const whole = summary(body, 'whole');
        expect(summary(body, 1)).toEqual(whole);
        expect(summary(body, 'random', seed)).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('are not needed to survive garbage', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom('', 'data: ', '{"usage":', '[{', '\0\0\0'),
        (bytes, head) => {
          const body = Buffer.concat([Buffer.from(head), bytes]);
          expect(summary(body, 3)).toEqual(summary(body, 'whole'));
        },
      ),
      { numRuns: 500 },
    );
  });
});

function damaged(body: Buffer, where: number, how: string, byte: number): Buffer {
  if (body.length === 0) return body;
  const at = where % body.length;
  if (how === 'cut') return body.subarray(0, Math.max(1, body.length - (where % 9)));
  if (how === 'remove') return Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
  const one = Buffer.from([how === 'flip' ? (body[at] ?? 0) ^ (1 << (byte & 7)) : byte]);
  return Buffer.concat([body.subarray(0, at), one, body.subarray(at + (how === 'flip' ? 1 : 0))]);
}
