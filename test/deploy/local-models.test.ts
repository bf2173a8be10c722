// docs/local-models.md is true: its configurations in front of servers that speak as Ollama (docs/api.md there) and vLLM document it.
import { readFileSync } from 'node:fs';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { type Answerer, type RunningGateway, startGateway, startProvider } from '../integration/harness.js';

const DOCS = readFileSync(new URL('../../docs/local-models.md', import.meta.url), 'utf8');
const yaml = (server: string): string =>
  [...DOCS.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(match => match[1] ?? '')
    .find(text => text.includes(server)) ?? '';
const newest = (gateway: RunningGateway) => gateway.newest(() => true);

it('Ollama serves in both of its dialects', async () => {
  const ollama: Answerer = (request, response, body) => {
    const asked = JSON.parse(body.toString()) as { model: string; stream?: boolean };
    if (request.url?.startsWith('/v1/') === true) {
      const usage = { prompt_tokens: 26, completion_tokens: 3, total_tokens: 29 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          object: 'chat.completion',
          model: asked.model,
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
          usage,
        }),
      );
      return;
    }
    const line = (more: object): string =>
      `${JSON.stringify({ model: asked.model, created_at: '2026-11-24T12:00:00Z', ...more })}\n`;
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(line({ message: { role: 'assistant', content: 'Hel' }, done: false }));
    response.end(
      line({
        message: { role: 'assistant', content: 'lo' },
        done: true,
        done_reason: 'stop',
        prompt_eval_count: 26,
        eval_count: 4,
      }),
    );
  };
  const provider = await startProvider(ollama);
  const gateway = await startGateway(
    `anonymous: allow\nworkers: 1\n${yaml('ollama').replace('http://127.0.0.1:11434', provider.url)}`,
  );
  const client = new Ollama({ host: `${gateway.url}/ollama` });
  let text = '';
  for await (const part of await client.chat({
    model: 'llama3.2:3b',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  }))
    text += part.message.content;
  expect(text).toBe('Hello');
  expect(await newest(gateway)).toMatchObject({
    ai: { api: 'ollama.chat', provider: 'ollama' },
    usage: { input_tokens: 26, output_tokens: 4, source: 'provider' },
  });
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none' });
  const answer = await openai.chat.completions.create({
    model: 'small',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect([answer.model, (await newest(gateway)).ai]).toMatchObject([
    'llama3.2:3b',
    { api: 'openai.chat', model: 'small', provider: 'ollama' },
  ]);
});

it('vLLM is asked for the usage of streams, and callers do not see that', async () => {
  const vllm: Answerer = ({ headers }, response, body) => {
    if (headers.authorization !== 'Bearer key-of-vllm')
      return void response.writeHead(401).end('{"error":"no"}');
    const asked = JSON.parse(body.toString()) as {
      model: string;
      stream_options?: { include_usage?: boolean };
    };
    const chunk = (more: object): string =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: asked.model, ...more })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello' }, finish_reason: null }] }),
    );
    response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    if (asked.stream_options?.include_usage === true)
      response.write(
        chunk({ choices: [], usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 } }),
      );
    response.end('data: [DONE]\n\n');
  };
  const provider = await startProvider(vllm);
  const text = yaml('vllm')
    .replace('http://127.0.0.1:8000', provider.url)
    .replace(/\$\{VLLM_API_KEY\}/, 'key-of-vllm');
  const { newWeirKey, weirKeySha256 } = await import('../../src/core/weir-key.js');
  const key = newWeirKey();
  const gateway = await startGateway(
    `workers: 1\nconsumers: [ { name: team, keys: [ { sha256: "${weirKeySha256(key)}" } ] } ]\n${text}`,
  );
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key });
  const usages: unknown[] = [];
  for await (const chunk of await openai.chat.completions.create({
    model: 'large',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  })) {
    expect(chunk.choices).toHaveLength(1);
    usages.push(chunk.usage ?? null);
  }
  expect(usages).toEqual([null, null]);
  expect(await newest(gateway)).toMatchObject({
    ai: { provider: 'vllm', model_served: 'meta-llama/Llama-3.1-70B-Instruct' },
    usage: { input_tokens: 1000, output_tokens: 500, source: 'provider' },
    // 1,500 tokens at 0.20 dollars a million.
    cost: { usd: '0.000300', status: 'computed' },
  });
});
