// The simulator's Cohere v2 chat, as the official SDK sees it.
import { type Cohere, CohereClientV2, CohereError } from 'cohere-ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: CohereClientV2;
const request = {
  model: 'command-a-03-2025',
  messages: [{ role: 'user' as const, content: 'How high is the river today?' }],
};
const tools: Cohere.ToolV2[] = [
  {
    type: 'function',
    function: {
      name: 'get_level',
      parameters: { type: 'object', properties: { river: { type: 'string' } } },
    },
  },
];

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new CohereClientV2({ token: 'none', environment: simulator.url });
});
afterAll(() => simulator.close());

const textOf = (message: Cohere.AssistantMessageResponse): string => {
  const item = message.content?.[0];
  return item?.type === 'text' ? item.text : '';
};

describe('cohere', () => {
  it('answers with text whose bytes confirm the usage', async () => {
    const answer = await client.chat(request);
    const output = Math.ceil(textOf(answer.message).length / 4);
    expect(answer.finishReason).toBe('COMPLETE');
    expect(answer.usage?.tokens).toEqual({ inputTokens: 7, outputTokens: output });
    expect(answer.usage?.billedUnits).toMatchObject({ inputTokens: 7, outputTokens: output });
  });

  it('streams its typed events in order, the same text and usage', async () => {
    const whole = await client.chat(request);
    const types: string[] = [];
    let text = '';
    let usage: Cohere.Usage | undefined;
    for await (const event of await client.chatStream(request)) {
      if (types.at(-1) !== event.type) types.push(event.type);
      if (event.type === 'content-delta') text += event.delta?.message?.content?.text ?? '';
      if (event.type === 'message-end') usage = event.delta?.usage;
    }
    expect(types).toEqual(['message-start', 'content-start', 'content-delta', 'content-end', 'message-end']);
    expect(text).toBe(textOf(whole.message));
    expect(usage).toEqual(whole.usage);
  });

  it('calls a required tool, streamed and whole alike', async () => {
    const forced = { ...request, tools, toolChoice: 'REQUIRED' as const };
    const whole = await client.chat(forced);
    let args = '';
    for await (const event of await client.chatStream(forced)) {
      if (event.type === 'tool-call-delta')
        args += event.delta?.message?.toolCalls?.function?.arguments ?? '';
    }
    expect(whole.finishReason).toBe('TOOL_CALL');
    expect(whole.message.toolCalls?.[0]?.function?.arguments).toBe(args);
  });

  it('raises the SDK’s own error', async () => {
    const refused = client.chat({ ...request, messages: [] });
    await expect(refused).rejects.toBeInstanceOf(CohereError);
    await expect(refused).rejects.toMatchObject({ statusCode: 400 });
  });
});
