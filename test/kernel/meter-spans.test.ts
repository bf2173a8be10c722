// The spans of kernel meter: each dialect's generated text, of the right kind, each text once and apart from the others.
import { describe, expect, it } from 'vitest';
import { CLAIM_OTHER, MeterKernel } from '../../src/kernel/meter.js';
import { cuts, readAll } from './meter-reading.js';

const kernel = MeterKernel.load();

const sse = (...events: unknown[]): string => events.map(one => `data: ${JSON.stringify(one)}\n\n`).join('');
const json = (value: unknown): string => JSON.stringify(value);
const part = (n: number): number => n * 65536;
const object = (n: number): string => `tool_arguments ${part(32_768 + n)}`;

/** Body, and its texts by kind and index. */
const CASES: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  'chat: choices, tool calls and their names': [
    sse(
      { choices: [{ index: 1, delta: { content: 'B', reasoning_content: 'r' } }] },
      {
        choices: [
          { index: 0, delta: { tool_calls: [{ index: 1, function: { name: 'f', arguments: '{"a' } }] } },
        ],
      },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: '":1}' } }] } }] },
      {
        choices: [
          { index: 0, delta: { tool_calls: [{ index: 2, function: { name: 'g', arguments: '{}' } }] } },
        ],
      },
      { choices: [{ index: 1, delta: { refusal: 'no' } }] },
    ),
    {
      'text 1': 'B',
      'reasoning 1': 'r',
      'refusal 1': 'no',
      'tool_name 0': 'f',
      'tool_name 1': 'g',
      [`tool_arguments ${part(1)}`]: '{"a":1}',
      [`tool_arguments ${part(2)}`]: '{}',
    },
  ],
  'chat: a choice without an index, by its place': [
    json({ choices: [{ message: { content: 'A' } }, { message: { content: 'B' } }] }),
    { 'text 0': 'A', 'text 1': 'B' },
  ],
  'chat: text that stands twice in a choice': [
    sse(
      { choices: [{ index: 0, text: '', delta: { content: '' } }] },
      { choices: [{ index: 0, text: 'one', delta: { content: 'one' } }] },
      { choices: [{ index: 0, text: ' two', delta: { content: ' two' } }] },
    ),
    { 'text 0': 'one two' },
  ],
  'chat: a stream that repeats the whole message': [
    sse({ choices: [{ index: 0, delta: { content: 'a' }, message: { content: 'a' } }] }),
    { 'text 0': 'a' },
  ],
  'Anthropic, streamed': [
    sse(
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'f', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { partial_json: '{"x":' } },
      { type: 'content_block_delta', index: 1, delta: { partial_json: '2}' } },
    ),
    { 'tool_name 0': 'f', 'tool_arguments 1': '{"x":2}' },
  ],
  'Anthropic, whole': [
    json({
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'hi' },
        { type: 'tool_use', name: 'f', input: { a: ['}', { b: '\\"{' }] } },
        { type: 'tool_use', name: 'g', input: {} },
      ],
    }),
    {
      'reasoning 0': 'hm',
      [`text ${part(1)}`]: 'hi',
      'tool_name 0': 'f',
      'tool_name 1': 'g',
      [object(0)]: '{"a":["}",{"b":"\\\\\\"{"}]}',
      [object(1)]: '{}',
    },
  ],
  'Gemini: calls, code, a thought that says so first': [
    sse(
      { candidates: [{ content: { parts: [{ thought: true, text: 'hm' }, { text: 'a' }] } }] },
      {
        candidates: [
          { content: { parts: [{ text: 'b' }, { functionCall: { name: 'f', args: { x: 1 } } }] } },
        ],
      },
      { candidates: [{ content: { parts: [{ functionCall: { args: { x: 1 }, name: 'f' } }] } }] },
      { candidates: [{ content: { parts: [{ executableCode: { code: 'print()' } }] } }] },
    ),
    {
      'reasoning 0': 'hm',
      'text 0': 'ab',
      'tool_name 0': 'f',
      'tool_name 1': 'f',
      'tool_arguments 0': 'print()',
      [object(0)]: '{"x":1}',
      [object(1)]: '{"x":1}',
    },
  ],
  'Ollama: a call whose arguments are an object': [
    `${json({ message: { thinking: 'hm', tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] } })}\n`,
    { 'reasoning 0': 'hm', 'tool_name 0': 'f', [object(0)]: '{"x":1}' },
  ],
  'Bedrock converse, whole': [
    json({
      output: {
        message: {
          content: [
            { reasoningContent: { reasoningText: { text: 'hm' } } },
            { toolUse: { name: 'f', input: { x: 1 } } },
          ],
        },
      },
    }),
    { 'reasoning 0': 'hm', 'tool_name 0': 'f', [object(0)]: '{"x":1}' },
  ],
  'Cohere: calls of both versions': [
    `${json({ text: 'a', tool_calls: [{ name: 'f', parameters: { x: 1 } }] })}\n`,
    { 'text 0': 'a', 'tool_name 0': 'f', [object(0)]: '{"x":1}' },
  ],
  'Responses, whole': [
    json({
      output: [
        { type: 'reasoning', summary: [{ text: 's0' }, { text: 's1' }] },
        { type: 'message', content: [{ text: 'a' }, { refusal: 'no' }] },
        { type: 'function_call', name: 'f', arguments: '{"x":1}' },
      ],
    }),
    {
      'reasoning 0': 's0',
      [`reasoning ${part(1)}`]: 's1',
      'text 1': 'a',
      [`refusal ${part(1) + 1}`]: 'no',
      'tool_name 0': 'f',
      'tool_arguments 2': '{"x":1}',
    },
  ],
  'Responses, streamed: nothing twice': [
    sse(
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 1, delta: 's' },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'a' },
      { type: 'response.output_text.done', output_index: 1, content_index: 0, text: 'a' },
      { type: 'response.content_part.done', output_index: 1, content_index: 0, part: { text: 'a' } },
      { type: 'response.output_item.done', output_index: 1, item: { content: [{ text: 'a' }] } },
      { type: 'response.output_item.added', output_index: 2, item: { name: 'f', arguments: '' } },
      { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{}' },
      { type: 'response.function_call_arguments.done', output_index: 2, arguments: '{}' },
      { type: 'response.output_item.done', output_index: 2, item: { name: 'f', arguments: '{}' } },
      { type: 'response.output_item.added', output_index: 3, item: { name: 'g', arguments: '' } },
      { type: 'response.function_call_arguments.done', output_index: 3, arguments: '{"y":1}' },
      { type: 'response.output_item.done', output_index: 3, item: { name: 'g', arguments: '{"y":1}' } },
      { type: 'response.completed', response: { output: [{ name: 'f', content: [{ text: 'a' }] }] } },
    ),
    {
      [`reasoning ${part(1)}`]: 's',
      'text 1': 'a',
      'tool_name 0': 'f',
      'tool_name 1': 'g',
      'tool_arguments 2': '{}',
      'tool_arguments 3': '{"y":1}',
    },
  ],
  'assistants: nothing twice': [
    sse(
      { object: 'thread.message.delta', delta: { content: [{ index: 0, text: { value: 'a' } }] } },
      { object: 'thread.message', content: [{ text: { value: 'a' } }] },
    ),
    { 'text 0': 'a' },
  ],
};

const sorted = (texts: Iterable<readonly [string, string]>): unknown => [...texts].sort();

describe('spans', () => {
  it.each(Object.keys(CASES))('are each text once, at every split point: %s', name => {
    const [body, texts] = CASES[name] ?? ['', {}];
    const bytes = Buffer.from(body);
    for (let at = 0; at <= bytes.length; at++) {
      const read = readAll(kernel, [bytes.subarray(0, at), bytes.subarray(at)]);
      expect(sorted(read.texts), `cut at ${at}`).toEqual(sorted(Object.entries(texts)));
    }
    expect(sorted(readAll(kernel, cuts(bytes, 1)).texts)).toEqual(sorted(Object.entries(texts)));
  });

  it.each([
    [
      'an index',
      sse(
        { choices: [{ delta: { content: 'B' }, index: 1 }] },
        { choices: [{ delta: { content: 'A' }, index: 0 }] },
      ),
      { 'text 0': 'A', 'text 1': 'B' },
    ],
    [
      'the index of a call',
      sse({ choices: [{ delta: { tool_calls: [{ function: { arguments: '{}' }, index: 3 }] } }] }),
      { [`tool_arguments ${part(3)}`]: '{}' },
    ],
    [
      'a thought',
      sse({
        candidates: [
          {
            content: {
              parts: [
                { text: 'hm', thought: true },
                { text: 'a', thought: false },
              ],
            },
          },
        ],
      }),
      { 'reasoning 0': 'hm', 'text 0': 'a' },
    ],
    [
      'a type',
      sse(
        { delta: 'hm', output_index: 0, type: 'response.reasoning_text.delta' },
        { delta: 'so', output_index: 0, type: 'response.reasoning_text.delta' },
        { delta: 'a', output_index: 1, type: 'response.output_text.delta' },
        { delta: 'AAAA', output_index: 1, type: 'response.audio.delta' },
      ),
      { 'reasoning 0': 'hmso', 'text 1': 'a' },
    ],
  ])('are put right within a push by %s that comes after the text', (_, body, texts) => {
    expect(sorted(readAll(kernel, [Buffer.from(body)]).texts)).toEqual(sorted(Object.entries(texts)));
  });

  it('tell the index of texts before it in streams that say it late, wherever they are cut', () => {
    const delta = (text: string): unknown => ({
      content_index: 0,
      delta: text,
      output_index: 4,
      type: 't.delta',
    });
    const body = Buffer.from(sse({ item: {}, output_index: 4 }, delta('a'), delta('b')));
    for (let at = 0; at <= body.length; at++) {
      const { texts } = readAll(kernel, [body.subarray(0, at), body.subarray(at)]);
      expect(sorted(texts), `cut at ${at}`).toEqual([['text 4', 'ab']]);
    }
  });

  it('stand in the kernel`s memory, as long as the reader is called', () => {
    const slot = kernel.open(CLAIM_OTHER, false);
    const found: string[] = [];
    kernel.push(slot, Buffer.from('{"completion":"a\\n"}'), () => {
      const at = kernel.spanAt(0);
      found.push(Buffer.from(kernel.bytes.subarray(at, at + kernel.spanLength(0))).toString());
    });
    expect(found).toEqual(['a\\n']);
    expect(kernel.spanCount).toBe(0);
    expect(() => kernel.spanAt(0)).toThrow();
    kernel.close(slot);
  });
});
