// The official `ollama` client through the gateway: chat, generate, embed, list, tools, errors, breaks, abort.
import { Ollama } from 'ollama';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ClientWorld,
  collect,
  consumerOf,
  expectAborted,
  expectFailed,
  expectServed,
  REQUEST_ID,
  rejection,
  startElsewhere,
  startWorld,
  TOO_LONG,
} from './support.js';

let world: ClientWorld;

const model = 'llama3.2';
const messages = [{ role: 'user', content: 'Tell me about weirs.' }];
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_level',
      description: 'The water level of a river',
      parameters: { type: 'object', properties: { river: { type: 'string' } }, required: ['river'] },
    },
  },
];

/** The client shows no headers of answers: the id of the last one is caught on its way. */
let lastId = 'none';
const catching: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  lastId = response.headers.get('x-weir-request-id') ?? 'none';
  return response;
};

const connect = (headers: Record<string, string> = {}, path = '', base = world.gateway.url): Ollama =>
  new Ollama({ host: base + path, headers, fetch: catching });

const scripted = (script: string): Ollama => connect({ 'x-weir-sim': script });

beforeAll(async () => {
  world = await startWorld('ollama');
});

describe('ollama: answers', () => {
  it('chats, and the record has its usage', async () => {
    const answer = await connect().chat({ model, messages });
    expect(answer.message.content).not.toBe('');
    expectServed(await world.gateway.record(lastId), {
      ...{ api: 'ollama.chat', provider: 'ollama', model, stream: false },
      ...{ input: answer.prompt_eval_count, output: answer.eval_count },
    });
  });

  it('streams the same text, with the same usage', async () => {
    const whole = await scripted('seed=7').chat({ model, messages });
    const parts = await collect(await scripted('seed=7').chat({ model, messages, stream: true }));
    expect(parts.map(part => part.message.content).join('')).toBe(whole.message.content);
    const last = parts.at(-1);
    expect(last?.eval_count).toBe(whole.eval_count);
    expectServed(await world.gateway.record(lastId), {
      ...{ api: 'ollama.chat', provider: 'ollama', model, stream: true },
      ...{ input: last?.prompt_eval_count, output: last?.eval_count },
    });
  });

  it('calls a tool, streamed and not, with the same arguments', async () => {
    const asked = [{ role: 'user', content: 'Use get_level, please.' }];
    const answer = await connect().chat({ model, messages: asked, tools: TOOLS });
    const call = answer.message.tool_calls?.[0]?.function;
    expect(call).toMatchObject({ name: 'get_level', arguments: { river: expect.any(String) } });
    expect((await world.gateway.record(lastId)).ai).toMatchObject({ tools: 1, messages: 1 });
    const parts = await collect(await connect().chat({ model, messages: asked, tools: TOOLS, stream: true }));
    expect(parts.flatMap(part => part.message.tool_calls ?? [])[0]?.function).toEqual(call);
  });

  it('generates, streamed and not', async () => {
    const whole = await connect().generate({ model, prompt: 'Hello' });
    const parts = await collect(await connect().generate({ model, prompt: 'Hello', stream: true }));
    expect(parts.map(part => part.response).join('')).toBe(whole.response);
    expectServed(await world.gateway.record(lastId), {
      ...{ api: 'ollama.generate', provider: 'ollama', model, stream: true },
      ...{ input: whole.prompt_eval_count, output: whole.eval_count },
    });
  });

  it('embeds', async () => {
    const answer = await connect().embed({ model: 'nomic-embed-text', input: ['one', 'two'] });
    expect(answer.embeddings).toHaveLength(2);
    const record = await world.gateway.record(lastId);
    expect(record).toMatchObject({
      outcome: 'served',
      ai: { api: 'ollama.embed', provider: 'ollama', model: 'nomic-embed-text' },
      usage: { input_tokens: answer.prompt_eval_count },
    });
  });

  it('asks with a Weir key as bearer, and the record says whose it is', async () => {
    await connect({ authorization: `Bearer ${world.key}` }).chat({ model, messages });
    expect((await world.gateway.record(lastId)).consumer).toMatchObject(consumerOf(world.key));
  });

  it('asks by the provider’s prefix, also what is told by no dialect’s path', async () => {
    await connect({}, '/ollama').chat({ model, messages });
    const { ai } = await world.gateway.record(lastId);
    expect(ai).toMatchObject({ api: 'ollama.chat', provider: 'ollama', model });
    expect((await connect({}, '/ollama').list()).models.length).toBeGreaterThan(0);
  });
});

describe('ollama: errors', () => {
  it.each([
    ['an unknown Weir key', 401, 'weir_invalid_key'],
    ['a body that is too large', 413, 'weir_body_too_large'],
  ])('raises ResponseError for %s, with Weir’s code and the request’s id', async (what, status, code) => {
    const asked = what.includes('key')
      ? connect({ authorization: `Bearer ${world.unknownKey}` }).chat({ model, messages })
      : connect().chat({ model, messages: [{ role: 'user', content: TOO_LONG }] });
    const thrown = await rejection(asked);
    expect(lastId).toMatch(REQUEST_ID);
    expect(thrown).toMatchObject({ name: 'ResponseError', status_code: status });
    expect((thrown as Error).message).toContain(`(${code}, ${lastId})`);
    expect((thrown as Error).message).not.toContain(world.unknownKey);
    expect(await world.gateway.record(lastId)).toMatchObject({ status, outcome: 'blocked', error: { code } });
  });

  it('raises ResponseError 404 where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('openai');
    const thrown = await rejection(connect({}, '', elsewhere.url).chat({ model, messages }));
    expect(thrown).toMatchObject({ name: 'ResponseError', status_code: 404 });
    expect((thrown as Error).message).toContain('weir_no_route');
  });

  it.each([429, 503])('raises the provider’s own %i', async status => {
    const thrown = await rejection(scripted(`status=${status}`).chat({ model, messages }));
    expect(thrown).toMatchObject({ name: 'ResponseError', status_code: status });
    expect((thrown as Error).message).not.toContain('weir_');
    expect(await world.gateway.record(lastId)).toMatchObject({
      ...{ outcome: 'served', status, error: { source: 'provider' } },
    });
  });
});

describe('ollama: streams that end badly', () => {
  it.each([
    ['breaks', 'reset=5;tokens=50', 'weir_upstream_broke'],
    ['falls silent', 'stall=3', 'weir_idle_timeout'],
  ])('raises when the provider %s in mid-stream, with Weir’s code', async (_how, script, code) => {
    const thrown = await rejection(scripted(script).chat({ model, messages, stream: true }).then(collect));
    expect((thrown as Error).message).toContain(code);
    await expectFailed(world.gateway, code);
  });

  it('raises when an answer that is not a stream breaks', async () => {
    const thrown = await rejection(scripted('reset=1;tokens=5000').chat({ model, messages }));
    expect(thrown).toBeInstanceOf(Error);
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it('ends the provider’s work when it aborts', async () => {
    const client = connect({}, '/watched');
    const endless = await client.chat({ model, messages, stream: true });
    let parts = 0;
    const thrown = await rejection(
      (async () => {
        for await (const part of endless) if (!part.done && ++parts === 3) client.abort();
      })(),
    );
    expect([parts < 100, (thrown as Error).name]).toEqual([true, 'AbortError']);
    await expectAborted(world, 'ollama.chat');
  });
});
