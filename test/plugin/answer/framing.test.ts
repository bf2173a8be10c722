// Framings that answers come in: each is cut into its events wherever the bytes are cut, and only changed text makes other bytes.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../../src/core/api.js';
import { PipeRun, passed, TestStage } from './pipe-run.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

function frame(type: string, payload: string, message = 'event'): Buffer {
  return Buffer.from(
    codec.encode({
      headers: {
        ':event-type': { type: 'string', value: type },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: message },
      },
      body: Buffer.from(payload),
    }),
  );
}

const wrap = (json: unknown): string =>
  JSON.stringify({ bytes: Buffer.from(JSON.stringify(json)).toString('base64'), p: 'abc' });

interface Framed {
  readonly api: ApiName;
  readonly contentType: string;
  /** As it comes; as it goes out with every text in upper case. */
  readonly body: string | Buffer;
  readonly upper: string | Buffer;
  readonly texts: readonly string[];
}

const chat = (text: string): string => `{"choices":[ {"delta": {"content" : "${text}"}} ] ,"x":1.0}`;

const CASES: Readonly<Record<string, Framed>> = {
  'SSE with LF, comments, names and other fields': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: `: hello\n\nevent: x\nid: 1\ndata: ${chat('a\\n')}\n\nretry: 5\ndata:${chat('b')}\n\n\n\ndata: [DONE]\n\n`,
    upper: `: hello\n\nevent: x\nid: 1\ndata: ${chat('A\\n')}\n\nretry: 5\ndata:${chat('B')}\n\n\n\ndata: [DONE]\n\n`,
    texts: ['a\n', 'b'],
  },
  'SSE with CRLF, without a last empty line': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: `data: ${chat('a')}\r\n\r\ndata: ${chat('b')}`,
    upper: `data: ${chat('A')}\r\n\r\ndata: ${chat('B')}`,
    texts: ['a', 'b'],
  },
  'SSE with CR, and with all three': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: `data: ${chat('a')}\r\rdata: ${chat('b')}\n\r\ndata: ${chat('c')}\r\n\ndata: ${chat('d')}\n\r`,
    upper: `data: ${chat('A')}\r\rdata: ${chat('B')}\n\r\ndata: ${chat('C')}\r\n\ndata: ${chat('D')}\n\r`,
    texts: ['a', 'b', 'c', 'd'],
  },
  'SSE with a byte-order mark and data in several lines, with its name behind': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: '\uFEFFdata: {"choices":\ndata:[{"delta":\ndata:  {"content":"é a"}}\ndata: ]}\nevent: x\n\n',
    upper: '\uFEFFdata: {"choices":\ndata:[{"delta":\ndata:  {"content":"É A"}}\ndata: ]}\nevent: x\n\n',
    texts: ['é a'],
  },
  'SSE with CRLF and data in several lines': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: 'data: {"choices":\r\ndata:[{"delta":\r\ndata:  {"content":"a"}}]}\r\n\r\n',
    upper: 'data: {"choices":\r\ndata:[{"delta":\r\ndata:  {"content":"A"}}]}\r\n\r\n',
    texts: ['a'],
  },
  'SSE that is called JSON': {
    api: 'openai.chat',
    contentType: 'application/json',
    body: `data: ${chat('a')}\n\n`,
    upper: `data: ${chat('A')}\n\n`,
    texts: ['a'],
  },
  'JSON that is called SSE': {
    api: 'openai.chat',
    contentType: 'text/event-stream',
    body: ` ${chat('a')}\n`,
    upper: ` ${chat('A')}\n`,
    texts: ['a'],
  },
  'lines of JSON': {
    api: 'ollama.chat',
    contentType: 'application/x-ndjson',
    body: '{"message":{"content":"a\\u0062"},"done":false}\r\n\n{"message":{"content":"c"},"done":true}\n',
    upper: '{"message":{"content":"AB"},"done":false}\r\n\n{"message":{"content":"C"},"done":true}\n',
    texts: ['ab', 'c'],
  },
  'lines of JSON that nobody called so, the last without an end': {
    api: 'ollama.generate',
    contentType: 'application/json',
    body: '{"response":"a"}\n{"response":"b","done":true}',
    upper: '{"response":"A"}\n{"response":"B","done":true}',
    texts: ['a', 'b'],
  },
  'the elements of an array': {
    api: 'gemini.generate',
    contentType: 'application/json; charset=UTF-8',
    body: '[{"candidates":[{"content":{"parts":[{"text":"a]}"}]}}]}\n,\r\n{"candidates":[{"content":{"parts":[{"text":"b"}]}}]}\n]\n',
    upper:
      '[{"candidates":[{"content":{"parts":[{"text":"A]}"}]}}]}\n,\r\n{"candidates":[{"content":{"parts":[{"text":"B"}]}}]}\n]\n',
    texts: ['a]}', 'b'],
  },
  'frames of an AWS event stream': {
    api: 'bedrock.converse',
    contentType: 'application/vnd.amazon.eventstream',
    body: Buffer.concat([
      frame('messageStart', '{"role":"assistant"}'),
      frame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"ﬁﬁﬁ"},"p":"x"}'),
      frame('empty', ''),
      frame('throttlingException', '{"message":"slow"}', 'exception'),
    ]),
    upper: Buffer.concat([
      frame('messageStart', '{"role":"assistant"}'),
      frame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"FIFIFI"},"p":"x"}'),
      frame('empty', ''),
      frame('throttlingException', '{"message":"slow"}', 'exception'),
    ]),
    texts: ['ﬁﬁﬁ'],
  },
  'frames that wrap the JSON of a model': {
    api: 'bedrock.invoke',
    contentType: 'application/vnd.amazon.eventstream',
    body: Buffer.concat([
      frame('chunk', wrap({ type: 'content_block_delta', index: 0, delta: { text: 'ﬁﬁﬁ' } })),
      frame('chunk', wrap({ type: 'message_stop' })),
    ]),
    upper: Buffer.concat([
      frame('chunk', wrap({ type: 'content_block_delta', index: 0, delta: { text: 'FIFIFI' } })),
      frame('chunk', wrap({ type: 'message_stop' })),
    ]),
    texts: ['ﬁﬁﬁ'],
  },
};

function run(
  { api, contentType, body }: Framed,
  size: number,
  upper: boolean,
): PipeRun & { stage: TestStage } {
  const stage = new TestStage(({ text }) => passed(upper ? text.toUpperCase() : text));
  const pipe = new PipeRun([stage], { api, contentType });
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) pipe.feed([bytes.subarray(at, at + size)]);
  pipe.pipe.end();
  return Object.assign(pipe, { stage });
}

describe('framings', () => {
  it.each(Object.keys(CASES))('are cut into events at any cut: %s', name => {
    const framed = CASES[name];
    if (framed === undefined) return;
    for (const size of [1, 2, 3, 7, 100, 10_000]) {
      const same = run(framed, size, false);
      expect(same.failures).toEqual([]);
      expect(same.bytes.equals(Buffer.from(framed.body)), `as it came, in pieces of ${size}`).toBe(true);
      const upper = run(framed, size, true);
      expect(upper.stage.texts).toEqual(framed.texts);
      expect(upper.bytes.toString('latin1')).toBe(Buffer.from(framed.upper).toString('latin1'));
      expect([upper.done, upper.pipe.changed, upper.stage.kinds.at(-1)]).toEqual([1, true, 'end']);
    }
  });

  it('let an event out as soon as it is whole', () => {
    const pipe = new PipeRun([new TestStage()], { contentType: 'text/event-stream' });
    pipe.feed([`data: ${chat('a')}\r\n\r`]);
    expect(pipe.text).toBe(`data: ${chat('a')}\r\n\r`);
    pipe.feed(['\n: ping']);
    pipe.feed(['\n\n']);
    expect(pipe.text).toBe(`data: ${chat('a')}\r\n\r\n: ping\n\n`);
  });

  it.each([
    ['a frame with a wrong checksum', 'bedrock.converse', corrupt(frame('x', '{"delta":{"text":"a"}}'), 40)],
    ['a prelude with a wrong checksum', 'bedrock.converse', corrupt(frame('x', '{}'), 2)],
    ['a frame that is cut off', 'bedrock.converse', frame('x', '{}').subarray(0, -3)],
    ['JSON that is cut off', 'openai.chat', Buffer.from('{"choices":[')],
    ['neither JSON nor events', 'openai.chat', Buffer.from('<html>')],
    ['a bare string', 'openai.chat', Buffer.from('data: "secret"\n\n')],
  ] as const)('that cannot be read are told of, and pass where the owner lets them: %s', (_, api, body) => {
    const closed = new PipeRun([new TestStage()], { api }).feed([body]);
    closed.pipe.end();
    expect(closed.failures[0]).toMatch(/^unreadable: /);
    expect([closed.bytes.length, closed.done]).toEqual([0, 0]);
    for (const size of [1, 9, 1000]) {
      const open = new PipeRun([new TestStage()], { api, onFail: pipe => pipe.bypass(null) });
      for (let at = 0; at < body.length; at += size) open.feed([body.subarray(at, at + size)]);
      open.pipe.end();
      expect([open.bytes.equals(body), open.failures.length, open.done]).toEqual([true, 1, 1]);
    }
  });
});

function corrupt(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
