// The simulator's Ollama dialect, as the official SDK sees it.
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: Ollama;
const model = 'llama3.2';
const messages = [{ role: 'user', content: 'How high is the river today?' }];

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new Ollama({ host: simulator.url });
});
afterAll(() => simulator.close());

describe('ollama', () => {
  it('chats, streamed and whole alike, with its counts on the last line', async () => {
    const whole = await client.chat({ model, messages });
    let text = '';
    let evaluated: number | undefined;
    for await (const part of await client.chat({ model, messages, stream: true })) {
      text += part.message.content;
      if (part.done) evaluated = part.eval_count;
    }
    expect(text).toBe(whole.message.content);
    expect(whole).toMatchObject({ done_reason: 'stop', prompt_eval_count: 7 });
    expect(evaluated).toBe(Math.ceil(text.length / 4));
  });

  it('streams NDJSON where nothing is said about streaming', async () => {
    const body = JSON.stringify({ model, messages });
    const response = await fetch(`${simulator.url}/api/chat`, { method: 'POST', body });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines.map(line => (JSON.parse(line) as { done: boolean }).done).indexOf(true)).toBe(
      lines.length - 1,
    );
  });

  it('generates, bounded by num_predict', async () => {
    const answer = await client.generate({ model, prompt: 'The river', options: { num_predict: 4 } });
    expect(answer).toMatchObject({ done_reason: 'length', eval_count: 4, prompt_eval_count: 3 });
    expect(answer.response).toHaveLength(16);
  });

  it('calls a tool that the user names', async () => {
    const parameters = { type: 'object', properties: { river: { type: 'string' } } };
    const answer = await client.chat({
      model,
      messages: [{ role: 'user', content: 'Use get_level.' }],
      tools: [{ type: 'function', function: { name: 'get_level', parameters } }],
    });
    expect(answer.message.tool_calls?.[0]?.function).toMatchObject({
      name: 'get_level',
      arguments: { river: expect.any(String) },
    });
  });

  it('embeds each input, and lists models', async () => {
    const { embeddings, prompt_eval_count } = await client.embed({ model, input: ['the sea', ''] });
    expect(embeddings.map(vector => vector.length)).toEqual([768, 768]);
    expect(prompt_eval_count).toBe(2);
    expect((await client.list()).models.length).toBeGreaterThan(0);
  });

  it('raises the SDK’s own error', async () => {
    await expect(client.chat({ model: '', messages })).rejects.toMatchObject({
      status_code: 400,
      error: 'model is required',
    });
  });
});
