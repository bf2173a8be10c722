// The simulator's Gemini dialect, as the official Google SDK sees it, and its two stream framings as bytes.
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';

let simulator: Simulator;
let client: GoogleGenAI;
const model = 'gemini-2.5-flash';
const contents = 'How high is the river today?';
const body = JSON.stringify({ contents: [{ parts: [{ text: contents }] }] });

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: simulator.url } });
});
afterAll(() => simulator.close());

async function raw(verb: string): Promise<{ type: string | null; text: string }> {
  const response = await fetch(`${simulator.url}/v1beta/models/${model}:${verb}`, { method: 'POST', body });
  return { type: response.headers.get('content-type'), text: await response.text() };
}

describe('gemini', () => {
  it('answers with text whose bytes confirm the usage', async () => {
    const answer = await client.models.generateContent({
      model,
      contents,
      config: { systemInstruction: 'Be brief.' },
    });
    const output = Math.ceil((answer.text ?? '').length / 4);
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 10, candidatesTokenCount: output });
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
  });

  it('streams the same text, with cumulative usage in every chunk', async () => {
    const whole = await client.models.generateContent({ model, contents });
    let text = '';
    let output = 0;
    for await (const chunk of await client.models.generateContentStream({ model, contents })) {
      text += chunk.text ?? '';
      expect(chunk.usageMetadata?.candidatesTokenCount).toBeGreaterThanOrEqual(output);
      output = chunk.usageMetadata?.candidatesTokenCount ?? 0;
    }
    expect(text).toBe(whole.text);
    expect(output).toBe(whole.usageMetadata?.candidatesTokenCount);
  });

  it('frames SSE with CRLF and, without alt=sse, one JSON array', async () => {
    const sse = await raw('streamGenerateContent?alt=sse');
    expect(sse.type).toBe('text/event-stream');
    const events = sse.text.split('\r\n\r\n').slice(0, -1);
    const array = await raw('streamGenerateContent');
    expect(array.type).toContain('application/json');
    const strip = ({ responseId: _, ...rest }: { responseId: string }) => rest;
    const chunks = (JSON.parse(array.text) as { responseId: string }[]).map(strip);
    expect(events.map(event => strip(JSON.parse(event.slice('data: '.length))))).toEqual(chunks);
  });

  it('calls a forced function, streamed and whole alike', async () => {
    const request = {
      model,
      contents,
      config: {
        tools: [
          {
            functionDeclarations: [
              { name: 'get_level', parametersJsonSchema: { properties: { river: { type: 'string' } } } },
            ],
          },
        ],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
      },
    };
    const whole = await client.models.generateContent(request);
    expect(whole.functionCalls?.[0]).toMatchObject({
      name: 'get_level',
      args: { river: expect.any(String) },
    });
    for await (const chunk of await client.models.generateContentStream(request)) {
      expect(chunk.functionCalls?.[0]?.args).toEqual(whole.functionCalls?.[0]?.args);
    }
  });

  it('stops at maxOutputTokens', async () => {
    const answer = await client.models.generateContent({ model, contents, config: { maxOutputTokens: 3 } });
    expect(answer.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect(answer.usageMetadata?.candidatesTokenCount).toBe(3);
  });

  it('embeds and counts', async () => {
    const { embeddings } = await client.models.embedContent({ model, contents: ['the sea', 'the sky'] });
    expect(embeddings?.map(item => item.values?.length)).toEqual([768, 768]);
    expect((await client.models.countTokens({ model, contents })).totalTokens).toBe(7);
  });

  it('raises the SDK’s own error', async () => {
    const headers = { 'x-weir-sim': 'status=429' };
    const refused = client.models.generateContent({ model, contents, config: { httpOptions: { headers } } });
    await expect(refused).rejects.toBeInstanceOf(ApiError);
    await expect(refused).rejects.toThrow('RESOURCE_EXHAUSTED');
  });
});
