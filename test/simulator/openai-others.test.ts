// The simulator's Responses, legacy completions, embeddings and models, as the official OpenAI SDK and the AI SDK see them.
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: OpenAI;
const input = 'How high is the river today?';
const tools = [
  {
    type: 'function' as const,
    name: 'get_level',
    parameters: { type: 'object', properties: { river: { type: 'string' } } },
    strict: false,
  },
];

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new OpenAI({ apiKey: 'none', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
});
afterAll(() => simulator.close());

describe('openai responses', () => {
  it('answers with text whose bytes confirm the usage', async () => {
    const response = await client.responses.create({ model: 'gpt-4o', input, instructions: 'Be brief.' });
    expect(response.status).toBe('completed');
    expect(response.usage).toMatchObject({
      input_tokens: 7 + 3,
      output_tokens: Math.ceil(response.output_text.length / 4),
    });
  });

  it('streams its typed events in order, numbered without a gap', async () => {
    const types: string[] = [];
    let next = 0;
    let last: OpenAI.Responses.ResponseStreamEvent | undefined;
    for await (const event of await client.responses.create({ model: 'gpt-4o', input, stream: true })) {
      expect(event.sequence_number).toBe(next++);
      if (types.at(-1) !== event.type) types.push(event.type);
      last = event;
    }
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const whole = await client.responses.create({ model: 'gpt-4o', input });
    expect(last?.type === 'response.completed' && last.response.usage).toEqual(whole.usage);
  });

  it('streams a text that the SDK joins to the text of the whole answer', async () => {
    const whole = await client.responses.create({ model: 'gpt-4o', input });
    const streamed = await client.responses.stream({ model: 'gpt-4o', input }).finalResponse();
    expect(streamed.output_text).toBe(whole.output_text);
  });

  it('calls a forced function, streamed and whole alike', async () => {
    const request = { model: 'gpt-4o', input, tools, tool_choice: 'required' as const };
    const whole = await client.responses.create(request);
    const streamed = await client.responses.stream(request).finalResponse();
    const [a, b] = [whole.output[0], streamed.output[0]];
    expect(a?.type === 'function_call' && a.name).toBe('get_level');
    expect(a?.type === 'function_call' && a.arguments).toBe(b?.type === 'function_call' && b.arguments);
  });

  it('is incomplete where max_output_tokens cuts it', async () => {
    const response = await client.responses.create({ model: 'gpt-4o', input, max_output_tokens: 4 });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 4 },
    });
  });
});

describe('openai embeddings', () => {
  it('gives unit vectors, equal for equal texts only', async () => {
    const texts = ['the sea', 'the sea', 'the sky'];
    const { data, usage } = await client.embeddings.create({ model: 'text-embedding-3-small', input: texts });
    const [a, b, c] = data.map(item => item.embedding);
    expect(a).toHaveLength(1536);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(a?.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 3);
    expect(usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
  });

  it('gives floats where they are asked for, of the dimensions asked for', async () => {
    const request = { model: 'text-embedding-3-small', input: 'the sea', dimensions: 256 };
    const floats = await client.embeddings.create({ ...request, encoding_format: 'float' });
    const packed = await client.embeddings.create(request);
    expect(floats.data[0]?.embedding).toHaveLength(256);
    expect(packed.data[0]?.embedding[7]).toBeCloseTo(floats.data[0]?.embedding[7] ?? Number.NaN, 5);
  });
});

describe('openai completions and models', () => {
  it('completes a prompt, streamed and whole alike', async () => {
    const request = { model: 'gpt-3.5-turbo-instruct', prompt: 'The river', max_tokens: 30 };
    const whole = await client.completions.create(request);
    let text = '';
    for await (const chunk of await client.completions.create({ ...request, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    expect(text).toBe(whole.choices[0]?.text);
    expect(whole.usage?.prompt_tokens).toBe(3);
  });

  it('lists its models and retrieves any', async () => {
    const ids = (await client.models.list()).data.map(model => model.id);
    expect(ids).toContain('weir-sim-small');
    expect((await client.models.retrieve('gpt-4o')).id).toBe('gpt-4o');
  });
});

describe('the AI SDK', () => {
  it.each(['chat', 'responses'] as const)('generates and streams text by %s', async api => {
    const provider = createOpenAI({ apiKey: 'none', baseURL: `${simulator.url}/v1` });
    const model = api === 'chat' ? provider.chat('gpt-4o') : provider.responses('gpt-4o');
    const whole = await generateText({ model, prompt: input });
    const streamed = streamText({ model, prompt: input });
    expect(await streamed.text).toBe(whole.text);
    expect((await streamed.usage).outputTokens).toBe(Math.ceil(whole.text.length / 4));
  });

  it('calls a tool by chat', async () => {
    const provider = createOpenAI({ apiKey: 'none', baseURL: `${simulator.url}/v1` });
    const schema = jsonSchema<{ river: string }>({
      type: 'object',
      properties: { river: { type: 'string' } },
    });
    const result = await generateText({
      model: provider.chat('gpt-4o'),
      prompt: 'Use get_level.',
      tools: { get_level: tool({ inputSchema: schema, execute: async () => 3 }) },
    });
    expect(result.toolResults[0]?.output).toBe(3);
  });
});
