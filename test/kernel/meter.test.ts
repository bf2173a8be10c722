// Kernel meter by itself: every framing and oddity, at every split point, with the slots in good order.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { describe, expect, it } from 'vitest';
import { METER_AT_BOUNDARY, METER_ERROR_SEEN, METER_FINAL_SEEN } from '../../src/core/meter-reading.js';
import * as R from '../../src/core/raw-usage.js';
import { CLAIM_EVENTSTREAM, CLAIM_JSON, CLAIM_SSE, MeterKernel } from '../../src/kernel/meter.js';
import { known } from '../oracle/meter-twin.js';
import { cuts, readAll, type WholeReading } from './meter-reading.js';

const kernel = MeterKernel.load();
const codec = new EventStreamCodec(toUtf8, fromUtf8);

function message(eventType: string, payload: string, messageType = 'event'): Buffer {
  const headers = {
    ':event-type': { type: 'string', value: eventType } as const,
    ':message-type': { type: 'string', value: messageType } as const,
  };
  return Buffer.from(codec.encode({ headers, body: Buffer.from(payload) }));
}

const chunkOf = (json: string): Buffer =>
  message('chunk', `{"bytes":"${Buffer.from(json).toString('base64')}","p":"abcdef"}`);

const chat = (delta: string, rest = ''): string =>
  `{"model":"m-1","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${rest}}`;
const usage = '"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}';
const three = [chat('{"content":"Hé\\n"}'), chat('{"content":"llo"}'), chat('{}', `,${usage}`)];

const sse = (end: string): string =>
  `${three.map(json => `data: ${json}${end}${end}`).join('')}data: [DONE]${end}${end}`;

/** Bodies that say the same thing: prompt 12, completion 34, text "Hé\nllo". */
const SAME: Readonly<Record<string, Buffer>> = {
  'SSE with LF': Buffer.from(sse('\n')),
  'SSE with CRLF': Buffer.from(sse('\r\n')),
  'SSE with CR': Buffer.from(sse('\r')),
  'SSE without the last blank line': Buffer.from(sse('\n').trimEnd()),
  'SSE with a byte-order mark': Buffer.from(`\uFEFF${sse('\n')}`),
  'SSE with comments and pings': Buffer.from(
    `: hi\n\n${sse('\n').replaceAll('data: {', ': PROCESSING\n\nevent: ping\ndata: {"type":"ping"}\n\nid: 7\nretry: 10\ndata:{')}`,
  ),
  'SSE with event: after data:': Buffer.from(sse('\n').replaceAll('}\n\n', '}\nevent: chunk\n\n')),
  'SSE with several data lines an event': Buffer.from(
    sse('\n').replaceAll(',"choices"', ',\ndata: "choices"').replaceAll('{"model"', '{\ndata:"model"'),
  ),
  NDJSON: Buffer.from(three.map(json => `${json}\n`).join('')),
  'a streamed JSON array': Buffer.from(`[${three.join('\n,\r\n')}]\n`),
  'an AWS event stream': Buffer.concat(three.map(json => message('x', json))),
};

function everySplit(body: Buffer, check: (reading: WholeReading) => void): void {
  for (let at = 0; at <= body.length; at++) check(readAll(kernel, [body.subarray(0, at), body.subarray(at)]));
}

describe('framings', () => {
  it.each(Object.keys(SAME))('reads %s the same at every split point', name => {
    everySplit(SAME[name] ?? Buffer.alloc(0), ({ reading, texts }) => {
      expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(12);
      expect(reading.numbers[R.RAW_COMPLETION_TOKENS]).toBe(34);
      expect(reading.model).toBe('m-1');
      expect(texts.get('text 0')).toBe('Hé\nllo');
      expect(reading.whole).toBe(true);
      expect(reading.objects.map(String)).toEqual([usage.slice(8)]);
    });
  });

  it.each(Object.keys(SAME))('reads %s byte by byte', name => {
    const { reading, texts } = readAll(kernel, cuts(SAME[name] ?? Buffer.alloc(0), 1));
    expect(known(reading.numbers)).toEqual(
      new Map([
        [R.RAW_PROMPT_TOKENS, 12],
        [R.RAW_COMPLETION_TOKENS, 34],
        [R.RAW_TOTAL_TOKENS, 46],
      ]),
    );
    expect(texts.get('text 0')).toBe('Hé\nllo');
  });

  it('decodes base64 chunks at every split point', () => {
    const body = Buffer.concat([
      chunkOf('{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Grüße"}}'),
      chunkOf('{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":88}}'),
      chunkOf(
        '{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":273,"outputTokenCount":72}}',
      ),
    ]);
    for (let at = 0; at <= body.length; at++) {
      const { reading, texts, flags } = readAll(kernel, [body.subarray(0, at), body.subarray(at)], {
        wrapped: true,
      });
      expect(reading.numbers[R.RAW_OUTPUT_TOKENS]).toBe(88);
      expect(reading.numbers[R.RAW_METRICS_INPUT]).toBe(273);
      expect(reading.finishReason).toBe('end_turn');
      expect(texts.get('text 2')).toBe('Grüße');
      expect(reading.whole).toBe(true);
      expect((flags.at(-1) ?? 0) & METER_FINAL_SEEN).toBe(METER_FINAL_SEEN);
    }
  });

  it.each([
    ['SSE labelled as JSON', sse('\n'), CLAIM_JSON],
    ['JSON labelled as SSE', three.join('\n'), CLAIM_SSE],
    ['SSE labelled as an AWS event stream', `: x\n${sse('\n')}`, CLAIM_EVENTSTREAM],
  ])('decides by the bytes: %s', (_, body, claim) => {
    const { reading } = readAll(kernel, cuts(Buffer.from(body), 3), { claim });
    expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(12);
    expect(reading.whole).toBe(true);
  });

  it('finds usage behind a 5 MB event and a base64 image', () => {
    const output = `"output":[{"type":"image","result":"${'aGVsbG8/'.repeat(700_000)}"}]`;
    const body = `data: {"type":"response.completed","response":{${output},"usage":{"input_tokens":5,"output_tokens":6}}}\n\n`;
    const { reading } = readAll(kernel, cuts(Buffer.from(body), 1460));
    expect(reading.numbers[R.RAW_INPUT_TOKENS]).toBe(5);
    expect(reading.numbers[R.RAW_OUTPUT_TOKENS]).toBe(6);
  });

  it('reads chunks longer than its input region', () => {
    const body = Buffer.from(`{"choices":[{"message":{"content":"${'text '.repeat(50_000)}"}}],${usage}}`);
    const { reading, texts } = readAll(kernel, [body]);
    expect(reading.numbers[R.RAW_COMPLETION_TOKENS]).toBe(34);
    expect(texts.get('text 0')).toBe('text '.repeat(50_000));
  });
});

describe('the scanner', () => {
  it('finds a key and its value wherever they fall in a block of 64 bytes', () => {
    for (let shift = 0; shift < 132; shift++) {
      for (const space of ['', ' ', '\n\t ']) {
        const body = `{"x":"${'a'.repeat(shift)}",${space}"usage"${space}:${space}{${space}"prompt_tokens"${space}:${space}987${space}}}`;
        const { reading } = readAll(kernel, [Buffer.from(body)]);
        expect(reading.numbers[R.RAW_PROMPT_TOKENS], `shift ${shift}`).toBe(987);
      }
    }
  });

  it('sees through runs of backslashes at any place in a block', () => {
    for (let shift = 50; shift < 80; shift++) {
      for (let slashes = 0; slashes < 6; slashes++) {
        const text = JSON.stringify(
          `${'a'.repeat(shift)}${'\\'.repeat(slashes)}"}],"usage":{"prompt_tokens":1}`,
        );
        const { reading, texts } = readAll(kernel, [Buffer.from(`{"text":${text},${usage}}`)]);
        expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(12);
        expect(texts.get('text 0')).toBe(JSON.parse(text));
      }
    }
  });

  it.each([
    ['usage as a string', '{"usage":"{\\"prompt_tokens\\":5}"}'],
    ['usage inside text', '{"choices":[{"message":{"content":"\\"usage\\":{\\"prompt_tokens\\":5}"}}]}'],
    ['usage in an object that nobody asked for', '{"metadata2":{"usage":{"prompt_tokens":5}}}'],
    ['null', '{"usage":null}'],
    [
      'a number that is no count',
      '{"usage":{"prompt_tokens":-5,"completion_tokens":1e3,"total_tokens":"7"}}',
    ],
    ['a number beyond 2^53', '{"usage":{"prompt_tokens":12345678901234567890}}'],
  ])('finds nothing in %s', (_, body) => {
    expect(known(readAll(kernel, cuts(Buffer.from(body), 3)).reading.numbers)).toEqual(new Map());
  });

  it('keeps an explicit zero, drops fractions, takes the largest and remembers the last', () => {
    const lines = [
      '{"usage":{"prompt_tokens":169,"completion_tokens":0}}',
      '{"usage":{"prompt_tokens":79.0}}',
    ];
    const { reading } = readAll(kernel, [Buffer.from(lines.join('\n'))]);
    expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(169);
    expect(reading.last[R.RAW_PROMPT_TOKENS]).toBe(79);
    expect(reading.numbers[R.RAW_COMPLETION_TOKENS]).toBe(0);
    expect(reading.numbers[R.RAW_TOTAL_TOKENS]).toBe(-1);
  });

  it('sums iterations within an event and takes the largest sum over events', () => {
    const event = (n: number): string =>
      `{"usage":{"iterations":[{"input_tokens":${n}},{"input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":1}}]}}`;
    const { reading } = readAll(kernel, cuts(Buffer.from(event(10) + event(7)), 2));
    expect(reading.numbers[R.RAW_ITERATION_INPUT]).toBe(15);
    expect(reading.numbers[R.RAW_ITERATION_CACHE_WRITE_1H]).toBe(1);
  });

  it('survives nesting deeper than it follows', () => {
    const deep = `${'[{"a":'.repeat(500)}1${'}]'.repeat(500)}`;
    const { reading } = readAll(kernel, cuts(Buffer.from(`{"x":${deep},${usage}}`), 5));
    expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(12);
    expect(reading.whole).toBe(true);
  });

  it('bounds what it keeps: long names, long errors, a usage object over 2 KiB', () => {
    const long = 'n'.repeat(5000);
    const body = `{"model":"${long}","error":{"message":"${long}"},"usage":{"x":"${long}","prompt_tokens":3}}`;
    const { reading } = readAll(kernel, cuts(Buffer.from(body), 100));
    expect(reading.model).toHaveLength(256);
    expect(reading.errorMessage).toHaveLength(1024);
    expect(reading.objects).toEqual([]);
    expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(3);
  });

  it('finds the same masks by SIMD as byte by byte', () => {
    let state = 7;
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.alloc(64);
      for (let i = 0; i < 64; i++) {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        bytes[i] = round % 2 ? (state >> 8) & 255 : ('"\\{}[]:,a Yy_'.charCodeAt((state >> 8) % 13) ?? 0);
      }
      for (let which = 0; which < 4; which++)
        expect(kernel.mask(bytes, true, which)).toBe(kernel.mask(bytes, false, which));
    }
  });
});

describe('what a stream says beside usage', () => {
  const flagsOf = (text: string): number => readAll(kernel, [Buffer.from(text)]).flags.at(-1) ?? 0;

  it.each([
    ['[DONE]', 'data: [DONE]\n\n'],
    ['message_stop', 'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ['response.completed', 'data: {"type":"response.completed"}\n\n'],
    ['message-end', 'data: {"type":"message-end"}\n\n'],
    ['done: true', '{"done":true}\n'],
    ['is_finished: true', '{"is_finished":true}\n'],
  ])('sees the closing event %s', (_, body) => {
    expect(flagsOf(body) & METER_FINAL_SEEN).toBe(METER_FINAL_SEEN);
    expect(flagsOf(body.replace(/DONE|true|_stop|completed|-end/g, 'x')) & METER_FINAL_SEEN).toBe(0);
  });

  it.each([
    ['an object', 'data: {"error":{"message":"no \\"tool\\"","code":5}}\n\n', 'no "tool"'],
    ['a string', '{"error":"model not found"}\n', 'model not found'],
    ['in a choice', 'data: {"choices":[{"error":{"message":"bad"}}]}\n\n', 'bad'],
    [
      'in a failed response',
      'data: {"type":"response.failed","response":{"error":{"message":"oops"}}}\n\n',
      'oops',
    ],
  ])('sees an error that is %s', (_, body, text) => {
    const { reading, flags } = readAll(kernel, cuts(Buffer.from(body), 4));
    expect(reading.errorMessage).toBe(text);
    expect((flags.at(-1) ?? 0) & METER_ERROR_SEEN).toBe(METER_ERROR_SEEN);
  });

  it('takes error: null for no error', () => {
    expect(flagsOf('data: {"error":null,"response":{"error":null}}\n\n') & METER_ERROR_SEEN).toBe(0);
  });

  it('sees an event stream exception', () => {
    const body = message('throttlingException', '{"message":"Too many requests"}', 'exception');
    const { reading, flags } = readAll(kernel, [body]);
    expect(reading.message).toBe('Too many requests');
    expect((flags[0] ?? 0) & METER_ERROR_SEEN).toBe(METER_ERROR_SEEN);
  });

  it('knows where one event ends and the next has not begun', () => {
    const first = 'data: {"a":1}\n\n';
    const body = Buffer.from(`${first}data: {"b":2}\n\n`);
    const boundaries = cuts(body, 1).map((_, i) => i + 1);
    const { flags } = readAll(kernel, cuts(body, 1));
    const at = boundaries.filter((_, i) => ((flags[i] ?? 0) & METER_AT_BOUNDARY) !== 0);
    expect(at).toEqual([first.length, body.length]);
  });
});

describe('bodies that are not what they should be', () => {
  it.each([
    ['HTML', '<html>{"usage":{"prompt_tokens":3}}</html>', CLAIM_JSON],
    ['JSON that is cut short', '{"usage":{"prompt_tokens":3', CLAIM_JSON],
    ['an event that is cut short', 'data: {"usage":{"prompt_tok\n\ndata: {}\n\n', CLAIM_SSE],
    ['braces that do not match', '{"a":[}', CLAIM_JSON],
    ['data that is no JSON', 'data: hello\n\n', CLAIM_SSE],
  ])('says that %s is not whole', (_, body, claim) => {
    for (const size of [1, 5, 'whole'] as const)
      expect(readAll(kernel, cuts(Buffer.from(body), size), { claim }).reading.whole).toBe(false);
  });

  it('goes on after a broken event', () => {
    const body = `data: {"usage":{"prompt\n\ndata: garbage\n\ndata: {${usage}}\n\n`;
    expect(readAll(kernel, cuts(Buffer.from(body), 3)).reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(12);
  });

  it('believes nothing behind a wrong checksum', () => {
    const good = message('x', `{${usage}}`);
    for (const at of [9, good.length - 20, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      const { reading } = readAll(kernel, [bad, message('x', '{"usage":{"prompt_tokens":99}}')]);
      expect(reading.whole).toBe(false);
      expect(reading.numbers[R.RAW_PROMPT_TOKENS]).not.toBe(99);
    }
  });

  it('takes audio for what it is', () => {
    expect(readAll(kernel, [Buffer.from('ID3\u0004abc')]).reading.whole).toBe(true);
  });
});

describe('slots', () => {
  it('keep a thousand interleaved streams apart and are used again', () => {
    const slots = Array.from({ length: 1000 }, () => kernel.open(CLAIM_SSE, false));
    const bodies = slots.map((_, i) =>
      Buffer.from(`data: {"model":"m${i}","usage":{"prompt_tokens":${i}}}\n\n`),
    );
    for (let at = 0; at < 60; at++)
      for (const [i, slot] of slots.entries())
        kernel.push(slot, (bodies[i] ?? Buffer.alloc(0)).subarray(at, at + 1));
    for (const [i, slot] of slots.entries()) {
      const reading = kernel.close(slot);
      expect(reading.numbers[R.RAW_PROMPT_TOKENS]).toBe(i);
      expect(reading.model).toBe(`m${i}`);
    }
    const grown = kernel.memoryBytes;
    const again = Array.from({ length: 1000 }, () => kernel.open(CLAIM_SSE, false));
    for (const slot of again) kernel.close(slot);
    expect(kernel.memoryBytes).toBe(grown);
    expect(kernel.openSlots).toBe(0);
  });

  it('refuse to be used after their end', () => {
    const slot = kernel.open(CLAIM_SSE, false);
    kernel.close(slot);
    expect(() => kernel.push(slot, Buffer.from('x'))).toThrow(/not open/);
    expect(() => kernel.close(slot)).toThrow(/not open/);
  });

  it('do not grow the memory in 100,000 pushes', () => {
    const slot = kernel.open(CLAIM_SSE, false);
    const before = kernel.memoryBytes;
    const event = Buffer.from(`data: ${chat('{"content":"x"}')}\n\n`);
    for (let i = 0; i < 100_000; i++) kernel.push(slot, event);
    expect(kernel.memoryBytes).toBe(before);
    expect(kernel.close(slot).events).toBe(100_000);
  });
});

describe('the layout', () => {
  it('has the same fields in the kernel and in core', () => {
    const read = (path: string): string =>
      readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
    const kernelFields = [...read('assembly/meter/fields.ts').matchAll(/export const (\w+): i32 = (\d+);/g)]
      .filter(([, name]) => !/^(META_|SUM_BASE|FIELDS$)/.test(name ?? ''))
      .map(([, name, id]) => `RAW_${name}=${id}`);
    const coreFields = Object.entries(R)
      .filter(
        ([name, value]) => name.startsWith('RAW_') && name !== 'RAW_FIELDS' && typeof value === 'number',
      )
      .map(([name, value]) => `${name}=${value}`);
    expect(coreFields.sort()).toEqual(kernelFields.sort());
    expect(R.RAW_FIELDS).toBe(kernel.constant('FIELDS'));
  });
});
