// The simulator's chat completions, as the official OpenAI SDK sees them.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: OpenAI;
const messages = [{ role: 'user' as const, content: 'How high is the river today?' }];
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_level',
      parameters: { type: 'object', properties: { river: { type: 'string' }, days: { type: 'integer' } } },
    },
  },
];

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new OpenAI({ apiKey: 'none', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
});
afterAll(() => simulator.close());

describe('openai chat completions', () => {
  it('answers with text whose bytes confirm the usage', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages });
    const text = answer.choices[0]?.message.content ?? '';
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.prompt_tokens).toBe(7);
    expect(answer.usage?.completion_tokens).toBe(Math.ceil(text.length / 4));
    expect(answer.usage?.total_tokens).toBe(7 + (answer.usage?.completion_tokens ?? 0));
  });

  it('counts bytes of UTF-8, not characters', async () => {
    const content = 'Größe: 水位はどれくらいですか';
    const answer = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content }],
    });
    expect(answer.usage?.prompt_tokens).toBe(Math.ceil(new TextEncoder().encode(content).length / 4));
  });

  it('answers another text with another answer, and every time with another id', async () => {
    const contents = ['Hello', 'Hello', 'Hellp'];
    const answers = await Promise.all(
      contents.map(content =>
        client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] }),
      ),
    );
    const [a, b, c] = answers.map(answer => answer.choices[0]?.message.content);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    expect(new Set(answers.map(answer => answer.id)).size).toBe(3);
  });

  it('streams the same text and usage as it answers whole', async () => {
    const whole = await client.chat.completions.create({ model: 'gpt-4o', messages });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.choices.length === 0) usage = chunk.usage;
      else expect(chunk.usage).toBeNull();
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
  });

  it('streams no usage where nobody asked for it', async () => {
    const stream = await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true });
    for await (const chunk of stream) {
      expect(chunk).not.toHaveProperty('usage');
      expect(chunk.choices).toHaveLength(1);
    }
  });

  it('stops at max_tokens with finish_reason length', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages, max_tokens: 5 });
    expect(answer.usage?.completion_tokens).toBe(5);
    expect(answer.choices[0]?.message.content).toHaveLength(20);
    expect(answer.choices[0]?.finish_reason).toBe('length');
  });

  it('gives as many choices as asked for, each its own text', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages, n: 3 });
    expect(new Set(answer.choices.map(choice => choice.message.content)).size).toBe(3);
    expect(answer.choices.map(choice => choice.index)).toEqual([0, 1, 2]);
  });

  it('calls a tool that the user names, with arguments of its schema', async () => {
    const asked = [{ role: 'user' as const, content: 'Please use get_level.' }];
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: asked, tools });
    const call = answer.choices[0]?.message.tool_calls?.[0];
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call?.type === 'function' && call.function.name).toBe('get_level');
    const args: unknown = JSON.parse(call?.type === 'function' ? call.function.arguments : '');
    expect(args).toEqual({ river: expect.any(String), days: expect.any(Number) });
  });

  it('streams a forced tool call in fragments that join to the same arguments', async () => {
    const request = { model: 'gpt-4o', messages, tools, tool_choice: 'required' as const };
    const whole = await client.chat.completions.create(request);
    const final = await client.chat.completions.stream(request).finalChatCompletion();
    const [a, b] = [whole.choices[0]?.message.tool_calls?.[0], final.choices[0]?.message.tool_calls?.[0]];
    expect(a?.type === 'function' && a.function.arguments).toBe(
      b?.type === 'function' && b.function.arguments,
    );
  });

  it('answers with text once the tool has answered, and without tools where tool_choice is none', async () => {
    const none = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Please use get_level.' }],
      tools,
      tool_choice: 'none',
    });
    expect(none.choices[0]?.message.tool_calls).toBeUndefined();
    const after = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [
        { role: 'user', content: 'Please use get_level.' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'get_level', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'get_level says 3' },
      ],
      tools,
    });
    expect(after.choices[0]?.finish_reason).toBe('stop');
    // ceil(21/4) + the call's name is not a text, its arguments are: ceil(2/4) + ceil(16/4)
    expect(after.usage?.prompt_tokens).toBe(6 + 1 + 4);
  });

  it('answers in the JSON schema that is asked for', async () => {
    const answer = await client.chat.completions.create({
      model: 'gpt-4o',
      messages,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'level',
          schema: { type: 'object', properties: { unit: { enum: ['m', 'ft'] }, value: { type: 'number' } } },
        },
      },
    });
    const value: unknown = JSON.parse(answer.choices[0]?.message.content ?? '');
    expect(value).toEqual({ unit: expect.stringMatching(/^(m|ft)$/), value: expect.any(Number) });
  });

  it('refuses a request without messages as OpenAI does', async () => {
    const refused = client.chat.completions.create({ model: 'gpt-4o', messages: [] });
    await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(refused).rejects.toMatchObject({ param: 'messages', type: 'invalid_request_error' });
  });

  it.each([
    [401, OpenAI.AuthenticationError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [503, OpenAI.InternalServerError],
  ])('raises the SDK’s own error for status=%i', async (status, type) => {
    const refused = client.chat.completions.create(
      { model: 'gpt-4o', messages },
      { headers: { 'x-weir-sim': `status=${status}` } },
    );
    await expect(refused).rejects.toBeInstanceOf(type);
    await expect(refused).rejects.toMatchObject({ status });
  });
});
