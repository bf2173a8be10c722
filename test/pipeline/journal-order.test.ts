// The order that the ledger lives by: what completes an answer is on the wire only when its settlement is in the journal.
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { encodeEvent, eventHeaders } from '../../src/simulator/event-stream.js';
import { type Answer, type Scene, startScene, turns, Wire } from './journal-scene.js';

const CHAT = 'POST /p/v1/chat/completions HTTP/1.1';
const ASK = '{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}';
const ASK_STREAM =
  '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}';
const JSON_BODY =
  '{"id":"c","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"yes"}}],"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9}}';

const delta = (text: string): string =>
  `data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;
const USAGE =
  'data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o","choices":[],"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10}}\n\n';

const SSE = { 'content-type': 'text/event-stream' };

/** The provider's answer in the test's hand. */
function scripted(): { answer: Answer; response: Promise<ServerResponse> } {
  let take: (response: ServerResponse) => void;
  const response = new Promise<ServerResponse>(resolve => {
    take = resolve;
  });
  return { answer: (_request, given) => take(given), response };
}

const settled = (scene: Scene): Promise<void> =>
  scene.journal.until(({ settlements }) => settlements.length > 0);

describe('an answer that is not a stream', () => {
  type Row = [what: string, head: string, answer: Answer, completing: RegExp];
  test_rows([
    [
      'of known length',
      CHAT,
      (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': JSON_BODY.length })
          .end(JSON_BODY),
      /"total_tokens":9\}\}$/,
    ],
    [
      'in chunks',
      CHAT,
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write(JSON_BODY.slice(0, 50));
        response.end(JSON_BODY.slice(50));
      },
      /"total_tokens":9\}\}/,
    ],
    ['without a body', CHAT, (_, response) => response.writeHead(204).end(), /^HTTP\/1\.1 204/],
    [
      'with an empty body',
      CHAT,
      (_, response) => response.writeHead(200, { 'content-length': 0 }).end(),
      /^HTTP\/1\.1 200/,
    ],
    [
      'to HEAD',
      'HEAD /p/v1/models HTTP/1.1',
      (_, response) => response.writeHead(200, { 'content-length': 7 }).end(),
      /^HTTP\/1\.1 200/,
    ],
    [
      'that is the provider’s error',
      CHAT,
      (_, response) => response.writeHead(400, { 'content-length': 2 }).end('{}'),
      /\{\}$/,
    ],
  ]);

  function test_rows(rows: readonly Row[]): void {
    it.each(rows)('%s waits for its settlement', async (_what, head, answer, completing) => {
      const scene = await startScene(answer);
      const wire = new Wire(scene.port, head, head.startsWith('POST') ? ASK : '');
      await settled(scene);
      await turns();
      expect(wire.text).not.toMatch(completing);
      expect(scene.flows.size).toBe(1);
      scene.journal.write();
      await wire.until(({ text }) => completing.test(text));
      expect([scene.flows.size, scene.journal.settlements[0]?.entry.outcome]).toEqual([0, 'served']);
    });
  }
});

describe('the last byte of a body of known length', () => {
  it('waits although the provider is paused behind a slow client', async () => {
    const size = 8 << 20;
    const body = Buffer.alloc(size, 'a');
    body.write('THE END', size - 7);
    const scene = await startScene((_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': size }).end(body),
    );
    const wire = new Wire(scene.port, 'GET /p/v1/files/f/content HTTP/1.1');
    await settled(scene);
    await turns(50);
    expect(wire.text.includes('THE END')).toBe(false);
    scene.journal.write();
    await wire.has('THE END');
  });
});

describe('a stream’s final event', () => {
  const message = (type: string, payload: string): Buffer => encodeEvent(eventHeaders(type), payload);
  type Row = [
    dialect: string,
    kind: string,
    head: string,
    body: string,
    type: string,
    first: string | Buffer,
    last: string | Buffer,
    mark: string,
  ];
  it.each<Row>([
    [
      'OpenAI chat',
      'openai',
      CHAT,
      ASK_STREAM,
      SSE['content-type'],
      delta('one') + USAGE,
      'data: [DONE]\n\n',
      '[DONE]',
    ],
    [
      'OpenAI responses',
      'openai',
      'POST /p/v1/responses HTTP/1.1',
      '{"model":"gpt-4o","stream":true,"input":"hi"}',
      SSE['content-type'],
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"one"}\n\n',
      'event: response.completed\ndata: {"type":"response.completed","response":{"model":"gpt-4o","status":"completed","usage":{"input_tokens":8,"output_tokens":2}}}\n\n',
      'response.completed',
    ],
    [
      'Anthropic',
      'anthropic',
      'POST /p/v1/messages HTTP/1.1',
      '{"model":"claude-sonnet-4-5","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
      SSE['content-type'],
      'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-sonnet-4-5","usage":{"input_tokens":8,"output_tokens":1}}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"one"}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
      'message_stop',
    ],
    [
      'Ollama',
      'ollama',
      'POST /p/api/chat HTTP/1.1',
      '{"model":"llama3","messages":[{"role":"user","content":"hi"}]}',
      'application/x-ndjson',
      '{"model":"llama3","message":{"role":"assistant","content":"one"},"done":false}\n',
      '{"model":"llama3","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":8,"eval_count":2}\n',
      '"done":true',
    ],
    [
      'Gemini',
      'gemini',
      'POST /p/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse HTTP/1.1',
      '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}',
      SSE['content-type'],
      'data: {"candidates":[{"content":{"parts":[{"text":"one"}],"role":"model"}}],"modelVersion":"gemini-2.5-flash"}\r\n\r\n',
      'data: {"candidates":[{"content":{"parts":[{"text":"two"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":2}}\r\n\r\n',
      'finishReason',
    ],
    [
      'Cohere',
      'cohere',
      'POST /p/v2/chat HTTP/1.1',
      '{"model":"command-a","stream":true,"messages":[{"role":"user","content":"hi"}]}',
      SSE['content-type'],
      'event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"one"}}}}\n\n',
      'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":8,"output_tokens":2}}}}\n\n',
      'message-end',
    ],
    [
      'Bedrock',
      'bedrock',
      'POST /p/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream HTTP/1.1',
      '{"messages":[{"role":"user","content":[{"text":"hi"}]}]}',
      'application/vnd.amazon.eventstream',
      message('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"one"}}'),
      Buffer.concat([
        message('messageStop', '{"stopReason":"end_turn"}'),
        message('metadata', '{"usage":{"inputTokens":8,"outputTokens":2,"totalTokens":10}}'),
      ]),
      'stopReason',
    ],
  ])(
    'of %s waits for the end of the stream and for its settlement',
    async (_, kind, head, body, type, first, last, mark) => {
      const { answer, response } = scripted();
      const scene = await startScene(answer, '', kind);
      const wire = new Wire(scene.port, head, body);
      const provider = await response;
      provider.writeHead(200, { 'content-type': type }).write(first);
      await wire.has('one');
      provider.write(last);
      // What follows the final event comes in a later read: nothing can be settled before.
      provider.write(type.includes('event-stream') ? ': still here\n\n' : Buffer.alloc(0));
      await turns();
      expect(wire.text).not.toContain(mark);
      provider.end();
      await settled(scene);
      await turns();
      expect(wire.text).not.toContain(mark);
      scene.journal.write();
      await wire.has('0\r\n\r\n');
      expect(wire.text).toContain(mark);
      const entry = scene.journal.settlements[0]?.entry;
      expect([entry?.outcome, entry?.usage?.outputTokens]).toEqual(['served', 2]);
    },
  );

  it('goes out with what is known where the provider does not end, once that is written', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    const provider = await response;
    provider.writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    provider.write(`${USAGE}data: [DONE]\n\n`);
    scene.sweep();
    await turns();
    // The first look may have come before the final event did.
    for (let i = 1; scene.journal.told.at(-1)?.usage.source !== 'provider'; i++) {
      scene.sweep(i * 300);
      await turns();
    }
    expect(wire.text).not.toContain('[DONE]');
    expect(scene.journal.told.at(-1)?.usage).toMatchObject({ inputTokens: 8, outputTokens: 2 });
    expect(scene.journal.admissions[0]?.entry.status).toBe(200);
    scene.journal.write();
    await wire.has('[DONE]');
    expect(scene.journal.settlements.length).toBe(0);
    provider.end(': bye\n\n');
    await settled(scene);
    scene.journal.write();
    await wire.has('0\r\n\r\n');
    expect(wire.text).toContain(': bye');
  });
});

describe('what Weir answers itself', () => {
  it('waits for the settlement of a refusal', async () => {
    const scene = await startScene(
      () => undefined,
      'policies: [{ name: no, deny: { status: 403, message: "no" } }]',
    );
    const wire = new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    await turns();
    expect(wire.text).toBe('');
    scene.journal.write();
    await wire.has('weir_denied');
    expect(scene.journal.admissions.length).toBe(0);
  });

  it('waits for the settlement before it ends a stream that broke', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    const provider = await response;
    provider.writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    provider.destroy();
    await settled(scene);
    await turns();
    expect([wire.text.includes('weir_upstream_broke'), wire.closed]).toEqual([false, false]);
    scene.journal.write();
    await wire.until(({ closed }) => closed);
    expect(wire.text).toContain('weir_upstream_broke');
  });

  it('says of health at once: it has no record', async () => {
    const scene = await startScene(() => undefined);
    await new Wire(scene.port, 'GET /weir/healthz HTTP/1.1').has('ok\n');
    expect(scene.journal.settlements.length).toBe(0);
  });
});

describe('a client that leaves before its settlement is written', () => {
  it.each<[string, Answer]>([
    ['an answer', (_, response) => response.end(JSON_BODY)],
    ['an error', (_, response) => response.destroy()],
  ])('gets nothing more of %s', async (_, answer) => {
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    wire.leave();
    await wire.until(({ closed }) => closed);
    await turns();
    scene.journal.write();
    expect([scene.flows.size, scene.journal.settlements.length]).toEqual([0, 1]);
  });
});

describe('a settlement', () => {
  it.each<[string, (wire: Wire, provider: ServerResponse) => void, string]>([
    ['the client left', wire => wire.leave(), 'weir_client_closed'],
    ['the provider broke', (_, provider) => provider.destroy(), 'weir_upstream_broke'],
  ])('has closed its attempt where %s', async (_, end, error) => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    const provider = await response;
    provider.writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    expect(scene.flows.snapshot().length).toBe(1);
    end(wire, provider);
    await settled(scene);
    const { entry, attempts } = scene.journal.settlements[0] ?? {};
    expect([entry?.status, attempts?.[0]?.error]).toEqual([200, error]);
    expect(attempts?.[0]?.totalMs).not.toBe(null);
    await turns();
    expect(entry?.attempts).toEqual(attempts);
  });
});

describe('a drain', () => {
  it('waits for settlements, and those of what it cuts', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    (await response).writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    scene.thread.draining = true;
    for (const flow of scene.flows.snapshot()) flow.interrupt();
    for (const flow of scene.flows.snapshot()) flow.interrupt();
    await turns();
    expect([scene.flows.size, wire.closed, wire.text.includes('weir_draining')]).toEqual([1, false, false]);
    scene.journal.write();
    await wire.until(({ closed }) => closed);
    expect(wire.text).toContain('weir_draining');
    expect(scene.journal.settlements.map(({ entry }) => entry.outcome)).toEqual(['interrupted']);
    expect(scene.flows.size).toBe(0);
  });
});
