// The simulator's Bedrock dialect: JSON, and binary event streams as the AWS SDK's own codec reads them.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
const codec = new EventStreamCodec(toUtf8, fromUtf8);
const model = encodeURIComponent('anthropic.claude-3-haiku-20240307-v1:0');
const text = 'How high is the river today?';
const converse = { messages: [{ role: 'user', content: [{ text }] }] };
const invoke = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 100,
  messages: [{ role: 'user', content: text }],
};

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
});
afterAll(() => simulator.close());

function post(operation: string, body: object, script = ''): Promise<Response> {
  return fetch(`${simulator.url}/model/${model}/${operation}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'x-weir-sim': script },
  });
}

type Event = { type: unknown; payload: string };

/** Cuts the body into messages by their length and has each decoded, CRCs checked. */
async function events(response: Response): Promise<Event[]> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const found: Event[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer).getUint32(at);
    const { headers, body } = codec.decode(bytes.subarray(at, at + length));
    found.push({ type: headers[':event-type']?.value, payload: toUtf8(body) });
    at += length;
  }
  return found;
}

type Converse = {
  output: { message: { content: { text: string; toolUse: { input: unknown } }[] } };
  usage: object;
  stopReason: string;
};

describe('bedrock', () => {
  it('streams converse as the events of an event stream, equal to the whole answer', async () => {
    const whole = (await (await post('converse', converse)).json()) as Converse;
    const streamed = await events(await post('converse-stream', converse));
    expect(new Set(streamed.map(event => event.type))).toEqual(
      new Set(['messageStart', 'contentBlockDelta', 'contentBlockStop', 'messageStop', 'metadata']),
    );
    const deltas = streamed.filter(event => event.type === 'contentBlockDelta');
    const joined = deltas
      .map(({ payload }) => (JSON.parse(payload) as { delta: { text: string } }).delta.text)
      .join('');
    expect(joined).toBe(whole.output.message.content[0]?.text);
    expect(JSON.parse(streamed.at(-1)?.payload ?? '')).toMatchObject({ usage: whole.usage });
    expect(whole.usage).toMatchObject({ inputTokens: 7, outputTokens: deltas.length });
  });

  it('calls a forced tool', async () => {
    const spec = { name: 'get_level', inputSchema: { json: { properties: { river: { type: 'string' } } } } };
    const forced = { ...converse, toolConfig: { tools: [{ toolSpec: spec }], toolChoice: { any: {} } } };
    const whole = (await (await post('converse', forced)).json()) as Converse;
    const streamed = await events(await post('converse-stream', forced));
    const input = streamed
      .filter(event => event.type === 'contentBlockDelta')
      .map(
        ({ payload }) =>
          (JSON.parse(payload) as { delta: { toolUse: { input: string } } }).delta.toolUse.input,
      )
      .join('');
    expect(whole.stopReason).toBe('tool_use');
    expect(JSON.parse(input)).toEqual(whole.output.message.content[0]?.toolUse.input);
  });

  it('streams invoke as Anthropic’s events in base64, with Bedrock’s own metrics on the last', async () => {
    const streamed = await events(await post('invoke-with-response-stream', invoke));
    const inner = streamed.map(({ payload }) => {
      const { bytes } = JSON.parse(payload) as { bytes: string };
      return JSON.parse(Buffer.from(bytes, 'base64').toString()) as { type: string };
    });
    expect(inner[0]?.type).toBe('message_start');
    const deltas = inner.filter(event => event.type === 'content_block_delta');
    expect(inner.at(-1)).toMatchObject({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 7, outputTokenCount: deltas.length },
    });
  });

  it('answers invoke with its counts in headers', async () => {
    const response = await post('invoke', invoke);
    expect(response.headers.get('x-amzn-bedrock-input-token-count')).toBe('7');
    expect(await response.json()).toMatchObject({ type: 'message', usage: { input_tokens: 7 } });
  });

  it('breaks the JSON of event 4 inside a frame that is whole', async () => {
    const streamed = await events(await post('converse-stream', converse, 'malformed=4'));
    expect(() => JSON.parse(streamed[2]?.payload ?? '')).not.toThrow();
    expect(() => JSON.parse(streamed[3]?.payload ?? '')).toThrow();
  });

  it('names the exception in a header', async () => {
    const throttled = await post('converse', converse, 'status=429');
    expect(throttled.headers.get('x-amzn-errortype')).toBe('ThrottlingException');
    const refused = await post('converse', {});
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ message: expect.stringContaining('messages') });
  });
});
