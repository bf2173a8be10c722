// The simulator's messages, as the official Anthropic SDK sees them.
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: Anthropic;
const request = {
  model: 'claude-simulated',
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'How high is the river today?' }],
};
const tools: Anthropic.Tool[] = [
  { name: 'get_level', input_schema: { type: 'object', properties: { river: { type: 'string' } } } },
];

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new Anthropic({ apiKey: 'none', baseURL: simulator.url, maxRetries: 0 });
});
afterAll(() => simulator.close());

describe('anthropic messages', () => {
  it('answers with text whose bytes confirm the usage', async () => {
    const message = await client.messages.create({ ...request, system: 'Be brief.' });
    const block = message.content[0];
    const text = block?.type === 'text' ? block.text : '';
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage).toMatchObject({ input_tokens: 7 + 3, output_tokens: Math.ceil(text.length / 4) });
  });

  it('streams the same text and usage as it answers whole', async () => {
    const whole = await client.messages.create(request);
    const streamed = await client.messages.stream(request).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.stop_reason).toBe('end_turn');
  });

  it('sends the events in Anthropic’s order, with a ping', async () => {
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...request, max_tokens: 2, stream: true })) {
      types.push(event.type);
    }
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const raw = await fetch(`${simulator.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ ...request, stream: true }),
    });
    expect(await raw.text()).toContain('event: ping\ndata: {"type":"ping"}\n\n');
  });

  it('calls a forced tool, streamed and whole alike', async () => {
    const forced = { ...request, tools, tool_choice: { type: 'tool' as const, name: 'get_level' } };
    const whole = await client.messages.create(forced);
    const streamed = await client.messages.stream(forced).finalMessage();
    expect(whole.stop_reason).toBe('tool_use');
    expect(whole.content[0]).toMatchObject({
      type: 'tool_use',
      name: 'get_level',
      input: { river: expect.any(String) },
    });
    const [a, b] = [whole.content[0], streamed.content[0]];
    expect(a?.type === 'tool_use' && a.input).toEqual(b?.type === 'tool_use' && b.input);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  it('stops at max_tokens', async () => {
    const message = await client.messages.create({ ...request, max_tokens: 3 });
    expect(message).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } });
  });

  it('counts tokens as it meters them', async () => {
    const { messages, model } = request;
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 7 });
  });

  it('refuses a request without max_tokens as Anthropic does', async () => {
    const refused = client.messages.create({ ...request, max_tokens: undefined as unknown as number });
    await expect(refused).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    await expect(refused).rejects.toThrow('max_tokens: Field required');
  });

  it.each([
    [401, Anthropic.AuthenticationError, 'authentication_error'],
    [429, Anthropic.RateLimitError, 'rate_limit_error'],
    [529, Anthropic.InternalServerError, 'overloaded_error'],
  ])('raises the SDK’s own error for status=%i', async (status, type, name) => {
    const refused = client.messages.create(request, { headers: { 'x-weir-sim': `status=${status}` } });
    await expect(refused).rejects.toBeInstanceOf(type);
    await expect(refused).rejects.toMatchObject({ error: { error: { type: name } } });
  });

  it('answers on Vertex by rawPredict and streamRawPredict, where the path holds the model', async () => {
    const path = '/v1/projects/p/locations/l/publishers/anthropic/models/claude-on-vertex';
    const { model: _, ...body } = { ...request, anthropic_version: 'vertex-2023-10-16' };
    const post = (verb: string) =>
      fetch(`${simulator.url}${path}:${verb}`, { method: 'POST', body: JSON.stringify(body) });
    expect(await (await post('rawPredict')).json()).toMatchObject({
      model: 'claude-on-vertex',
      type: 'message',
    });
    expect(await (await post('streamRawPredict')).text()).toContain('event: message_stop');
  });
});
