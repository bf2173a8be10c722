// How the simulator sends: no faster than its client reads, nothing once the client is gone; and what it refuses.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { postRaw } from './raw-client.js';

let simulator: Simulator;
const streamed = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }], stream: true };

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
});
afterAll(() => simulator.close());

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, method = 'POST'): Promise<Response> =>
  fetch(simulator.url + path, { method, ...(method === 'GET' ? {} : { body }) });

describe('flow', () => {
  it('ends its work when the client goes, paced or not', async () => {
    for (const script of ['tokens=1000000', 'tokens=1000000;tps=1000', 'ttft=3600s', 'headers=3600s']) {
      const answer = postRaw(simulator.port, '/v1/chat/completions', streamed, script);
      if (script.startsWith('tokens')) await answer.until(text => text.includes('data: '));
      else await vi.waitUntil(() => simulator.running() === 1);
      answer.socket.destroy();
      await vi.waitUntil(() => simulator.running() === 0);
    }
    expect(simulator.eventsSent()).toBeLessThan(1_000_000);
  });

  it('leaves no timer behind for a client that is gone', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    for (const body of [streamed, { ...streamed, stream: false }]) {
      for (const script of ['ttft=3600s', 'headers=3600s']) {
        const answer = postRaw(simulator.port, '/v1/chat/completions', body, script);
        const long = (): number => set.mock.calls.findIndex(([, ms]) => ms !== undefined && ms > 3_000_000);
        await vi.waitUntil(() => long() >= 0);
        const timer = set.mock.results[long()]?.value;
        answer.socket.destroy();
        await vi.waitUntil(() => simulator.running() === 0);
        expect(cleared.mock.calls.flat()).toContain(timer);
        set.mockClear();
      }
    }
    vi.restoreAllMocks();
  });

  it('makes no events for a reader that does not read, and goes on when it does', async () => {
    const before = simulator.eventsSent();
    const answer = postRaw(simulator.port, '/v1/chat/completions', streamed, 'tokens=100000');
    answer.socket.pause();
    await vi.waitUntil(() => simulator.eventsSent() > before);
    // About 25 MB: more than the kernel holds for one connection.
    expect((await settle(() => simulator.eventsSent())) - before).toBeLessThan(90_000);
    answer.socket.resume();
    await answer.whole;
    expect(simulator.eventsSent() - before).toBe(100_003);
    answer.socket.destroy();
  });

  it('closes in the middle of an answer', async () => {
    const other = await startSimulator({ host: '127.0.0.1', port: 0 });
    const answer = postRaw(other.port, '/v1/chat/completions', streamed, 'stall=1');
    await answer.until(text => text.includes('data: '));
    await other.close();
    await answer.over;
    expect(other.running()).toBe(0);
  });
});

/** The value of `read` once it is the same twenty turns of the loop in a row. */
async function settle(read: () => number): Promise<number> {
  let [value, same] = [read(), 0];
  await vi.waitUntil(() => {
    same = read() === value ? same + 1 : 0;
    value = read();
    return same >= 20;
  }, 10_000);
  return value;
}

describe('requests', () => {
  it.each([
    ['/v1/chat/completions', 'openai.chat'],
    ['/chat/completions', 'openai.chat'],
    ['/openai/v1/chat/completions', 'openai.chat'],
    ['/api/v1/chat/completions', 'openai.chat'],
    ['/compatible-mode/v1/chat/completions', 'openai.chat'],
    ['/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21', 'openai.chat'],
  ])('finds chat behind the prefix of %s', async path => {
    const answer = await post(path, JSON.stringify({ messages: streamed.messages, model: 'gpt-4o' }));
    expect(await answer.json()).toMatchObject({ object: 'chat.completion', model: 'gpt-4o' });
  });

  it('takes the deployment for the model on Azure, and begins its stream as Azure does', async () => {
    const path = '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21';
    const answer = await post(path, JSON.stringify({ messages: streamed.messages }));
    expect(await answer.json()).toMatchObject({ model: 'my-gpt' });
    const stream = await (await post(path, JSON.stringify(streamed))).text();
    expect(stream.startsWith('data: {"choices":[],"created":0,"id":"","model":""')).toBe(true);
  });

  it.each([
    ['/v1/nothing', { error: { type: 'invalid_request_error', code: 'unknown_url' } }],
    ['/v1/messages/nothing', { type: 'error', error: { type: 'not_found_error' } }],
    ['/v1beta/models/m:doNothing', { error: { code: 404, status: 'NOT_FOUND' } }],
    ['/model/m/nothing', { message: 'Unknown path: /model/m/nothing' }],
    ['/v2/nothing', { message: 'Unknown path: /v2/nothing' }],
    ['/api/nothing', { error: 'Unknown path: /api/nothing' }],
  ])('answers 404 at %s in the nearest dialect', async (path, shape) => {
    const answer = await post(path, '{}');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject(shape);
  });

  it('answers 405 where the method is wrong', async () => {
    expect((await post('/v1/chat/completions', '', 'GET')).status).toBe(405);
  });

  it.each([
    ['/v1/chat/completions', { error: { type: 'invalid_request_error' } }],
    ['/v1/responses', { error: { type: 'invalid_request_error' } }],
    ['/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
    ['/v1beta/models/m:generateContent', { error: { code: 400, status: 'INVALID_ARGUMENT' } }],
    ['/model/m/converse', { message: expect.any(String) }],
    ['/v2/chat', { message: expect.any(String) }],
    ['/api/chat', { error: expect.any(String) }],
  ])('answers 400 at %s in its dialect where JSON or messages are missing', async (path, shape) => {
    for (const body of [
      '{"model":"m",',
      '[]',
      '{"model":"m","max_tokens":5}',
      '{"model":"m","messages":[]}',
      '\xff',
    ]) {
      const answer = await post(path, body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject(shape);
    }
  });

  it('survives a body that is nested deeper than any stack', async () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    const answer = await post('/v1/messages', `{"model":"m","max_tokens":5,"messages":${deep}}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('nested') } });
  });

  it('reads a body of 64 MiB and refuses a larger one with 413', async () => {
    const limit = 64 * 1024 * 1024;
    const head = '{"model":"m","messages":[{"role":"user","content":"';
    const fill = (bytes: number): Uint8Array<ArrayBuffer> => {
      const body = new Uint8Array(bytes).fill(0x61);
      body.set(Buffer.from(head));
      body.set(Buffer.from('"}]}'), bytes - 4);
      return body;
    };
    const fits = await post('/v1/chat/completions', fill(limit));
    expect(await fits.json()).toMatchObject({
      usage: { prompt_tokens: Math.ceil((limit - head.length - 4) / 4) },
    });
    const over = await post('/v1/chat/completions', fill(limit + 1));
    expect(over.status).toBe(413);
    expect(await over.json()).toMatchObject({ error: { code: 'request_too_large' } });
  });
});
