// The meter of a response: readings, compressed bodies, ends.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { METER_AT_BOUNDARY, type MeterReading } from '../../src/core/meter-reading.js';
import type { SpanReader } from '../../src/kernel/meter.js';
import { type MeterStream, type ResponseHead, ResponseMeter } from '../../src/pipeline/response-meter.js';
import { cuts } from '../kernel/meter-reading.js';

const meter = ResponseMeter.load();
const head: ResponseHead = {
  api: 'openai.chat',
  provider: 'openai',
  kind: 'openai',
  requestModel: 'm',
  status: 200,
  contentType: 'text/event-stream; charset=utf-8',
  contentEncoding: '',
  bedrockInputTokens: null,
  bedrockOutputTokens: null,
  events: false,
};
const events = [
  'data: {"model":"gpt-x","choices":[{"delta":{"content":"hi"}}]}\n\n',
  'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}\n\n',
  'data: [DONE]\n\n',
];
const body = Buffer.from(events.join(''));

const finished = (stream: MeterStream): Promise<MeterReading> =>
  new Promise(resolve => stream.finish(resolve));

function read(
  partial: Partial<ResponseHead>,
  bytes: Uint8Array,
  size: number | 'whole' = 'whole',
): Promise<MeterReading> {
  const stream = meter.open({ ...head, ...partial });
  for (const chunk of cuts(bytes, size)) stream.push(chunk);
  return finished(stream);
}

describe('a response', () => {
  it('is read to its end, at once', () => {
    const stream = meter.open(head);
    for (const event of events)
      expect(stream.push(Buffer.from(event)) & METER_AT_BOUNDARY).toBe(METER_AT_BOUNDARY);
    let reading: MeterReading | null = null;
    stream.finish(said => {
      reading = said;
    });
    expect(reading).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 4, source: 'provider' },
      modelServed: 'gpt-x',
      finishReason: 'stop',
      error: null,
      events: 3,
      whole: true,
    });
  });

  it('says what is known when it is abandoned', () => {
    const stream = meter.open(head);
    stream.push(Buffer.from(events.slice(0, 1).join('')));
    expect(stream.abandon()).toMatchObject({
      modelServed: 'gpt-x',
      finishReason: null,
      usage: { source: 'none' },
    });
  });

  it.each(['', 'gzip', 'br', 'deflate'])('tells of its text as it passes: encoding %j', async encoding => {
    let text = '';
    const spans: SpanReader = kernel => {
      for (let i = 0; i < kernel.spanCount; i++)
        text += `${kernel.spanKind(i)} ${Buffer.from(kernel.spanBytes(i)).toString()}`;
    };
    const packed =
      encoding === 'gzip'
        ? gzipSync(body)
        : encoding === 'br'
          ? brotliCompressSync(body)
          : encoding === 'deflate'
            ? deflateSync(body)
            : body;
    await read({ contentEncoding: encoding, spans }, packed, 50);
    expect(text).toBe('text hi');
  });

  it('frees its slot once, and cannot be used after its end', () => {
    const before = meter.kernel.openSlots;
    const stream = meter.open(head);
    expect(meter.kernel.openSlots).toBe(before + 1);
    stream.abandon();
    expect(meter.kernel.openSlots).toBe(before);
    expect(() => stream.abandon()).toThrow(/ended twice/);
    expect(() => stream.finish(() => {})).toThrow(/ended twice/);
    expect(() => stream.push(body)).toThrow(/after the end/);
  });

  it.each([
    [
      'an error in a 200 stream',
      { status: 200 },
      'data: {"error":{"message":"overloaded"}}\n\n',
      'overloaded',
    ],
    [
      'Bedrock’s message',
      { status: 400, api: 'bedrock.converse' as const },
      '{"message":"bad input"}',
      'bad input',
    ],
    ['a message that is no error', { status: 200, api: 'ollama.chat' as const }, '{"message":"fine"}', null],
    [
      'an error without a message',
      { status: 200 },
      '{"error":{"code":5}}',
      'the provider reported an error without a message',
    ],
  ])('tells %s', async (_, partial, text, wanted) => {
    expect((await read(partial, Buffer.from(text))).error).toBe(wanted);
  });

  it('takes no status for a finish reason while work goes on', async () => {
    const created = 'data: {"type":"response.created","response":{"status":"in_progress"}}\n\n';
    expect((await read({ api: 'openai.responses' }, Buffer.from(created))).finishReason).toBeNull();
  });
});

describe('a compressed response', () => {
  const encodings: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(body),
    deflate: deflateSync(body),
    br: brotliCompressSync(body),
  };

  it.each(Object.keys(encodings))('is decoded for the meter: %s', async contentEncoding => {
    const reading = await read({ contentEncoding }, encodings[contentEncoding] ?? body, 5);
    expect(reading).toMatchObject({ usage: { inputTokens: 3, outputTokens: 4 }, whole: true });
  });

  it('that is cut short or garbage is not whole, and ends all the same', async () => {
    const gzip = gzipSync(body);
    expect(await read({ contentEncoding: 'gzip' }, Buffer.from('no gzip'))).toMatchObject({ whole: false });
    expect(await read({ contentEncoding: 'gzip' }, gzip.subarray(0, gzip.length - 20))).toMatchObject({
      whole: false,
    });
  });

  it('that nobody can decode is not read', async () => {
    const reading = await read(
      { contentEncoding: 'sdch', contentType: 'application/json' },
      Buffer.from([1, 2, 3]),
    );
    expect(reading).toMatchObject({ whole: false, usage: { source: 'none' } });
  });

  it('frees its slot when it is abandoned in the middle', () => {
    const before = meter.kernel.openSlots;
    const stream = meter.open({ ...head, contentEncoding: 'gzip' });
    stream.push(gzipSync(body).subarray(0, 20));
    stream.abandon();
    expect(meter.kernel.openSlots).toBe(before);
  });
});
