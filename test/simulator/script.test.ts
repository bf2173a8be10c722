// What header x-weir-sim makes of an answer: faults, pace and lengths, seen on bare sockets.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { postRaw, type RawAnswer } from './raw-client.js';

let simulator: Simulator;
const CHAT = '/v1/chat/completions';
const whole = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };
const streamed = { ...whole, stream: true, stream_options: { include_usage: true } };

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
});
afterAll(() => simulator.close());

const ask = (script: string, body: object = streamed): RawAnswer =>
  postRaw(simulator.port, CHAT, body, script);
const events = (text: string): number => text.split('data: ').length - 1;
const fetchJson = async (script: string, body: object = whole, path = CHAT) => {
  const headers = { 'x-weir-sim': script };
  const response = await fetch(simulator.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

describe('x-weir-sim', () => {
  it('stalls after the event that is named and keeps the connection open until the client goes', async () => {
    const answer = ask('stall=3');
    await answer.until(text => events(text) === 3);
    expect(simulator.running()).toBe(1);
    answer.socket.end();
    await answer.over;
    expect(events(answer.text())).toBe(3);
    await vi.waitUntil(() => simulator.running() === 0);
  });

  it('resets the connection after the event that is named', async () => {
    const answer = ask('reset=5');
    expect(await answer.over).toBe('ECONNRESET');
    expect(events(answer.text())).toBe(5);
  });

  it.each([0, 1])('resets a whole answer after its head (reset=%i)', async event => {
    const answer = ask(`reset=${event}`, whole);
    expect(await answer.over).toBe('ECONNRESET');
    const [head, body = ''] = answer.text().split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1]);
    expect(body.length).toBe(event === 0 ? 0 : Math.floor(length / 2));
  });

  it('stalls a whole answer in the middle of its body', async () => {
    const answer = ask('stall=1', whole);
    await answer.until(text => text.includes('chat.completion"'));
    expect(answer.text()).not.toContain('usage');
    expect(simulator.running()).toBe(1);
    answer.socket.destroy();
    await vi.waitUntil(() => simulator.running() === 0);
  });

  it('breaks the JSON of one event and no other', async () => {
    const { text } = await fetchJson('malformed=4', streamed);
    const broken = text
      .split('\n\n')
      .filter(event => event.startsWith('data: {'))
      .map((event, i) => [i + 1, event.slice(6)] as const)
      .filter(([, json]) => {
        try {
          return JSON.parse(json) === null;
        } catch {
          return true;
        }
      });
    expect(broken.map(([number]) => number)).toEqual([4]);
    const plain = await fetchJson('malformed=1');
    expect(() => JSON.parse(plain.text)).toThrow();
  });

  it('sends the head before the first byte waits for ttft', async () => {
    const answer = ask('ttft=3600s');
    await answer.until(text => text.includes('\r\n\r\n'));
    expect(answer.text()).toContain('HTTP/1.1 200');
    expect(events(answer.text())).toBe(0);
    answer.socket.destroy();
    await vi.waitUntil(() => simulator.running() === 0);
  });

  it('lets nothing out before the time of headers', async () => {
    const began = performance.now();
    await fetchJson('headers=60ms');
    // A lower bound of our own making, not a measurement of speed; timers may fire 1 ms early.
    expect(performance.now() - began).toBeGreaterThan(58);
  });

  it('keeps to the pace: no token comes before its time', async () => {
    const began = performance.now();
    const answer = ask('tps=100;tokens=11');
    await answer.until(text => text.includes('[DONE]'));
    expect(performance.now() - began).toBeGreaterThan(98);
    answer.socket.destroy();
  });

  it('holds a whole answer back for as long as its tokens take', async () => {
    const began = performance.now();
    await fetchJson('tps=100;tokens=6');
    expect(performance.now() - began).toBeGreaterThan(58);
  });

  it('gives the length that is asked for', async () => {
    const { text } = await fetchJson('tokens=80');
    expect(JSON.parse(text)).toMatchObject({ usage: { completion_tokens: 80 } });
  });

  it('answers alike for one seed and otherwise for another', async () => {
    const content = async (script: string): Promise<string> => {
      const { text } = await fetchJson(script);
      return (
        (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ??
        ''
      );
    };
    expect(await content('seed=7')).toBe(await content('seed=7'));
    expect(await content('seed=7')).not.toBe(await content('seed=8'));
  });

  it.each([
    [CHAT, streamed],
    [CHAT, whole],
    ['/v1/responses', { model: 'm', input: 'Hello' }],
    ['/v1/responses', { model: 'm', input: 'Hello', stream: true }],
    ['/v1/embeddings', { model: 'm', input: 'Hello' }],
    [
      '/v1/completions',
      { model: 'm', prompt: 'Hello', stream: true, stream_options: { include_usage: true } },
    ],
    ['/v1/messages', { ...whole, max_tokens: 9 }],
    ['/v1/messages', { ...whole, max_tokens: 9, stream: true }],
    ['/v1beta/models/m:generateContent', { contents: [{ parts: [{ text: 'Hello' }] }] }],
    ['/v1beta/models/m:streamGenerateContent', { contents: [{ parts: [{ text: 'Hello' }] }] }],
    ['/model/m/converse', { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }],
    ['/model/m/converse-stream', { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }],
    ['/model/anthropic.m/invoke', { ...whole, max_tokens: 9 }],
    ['/v2/chat', whole],
    ['/v2/chat', { ...whole, stream: true }],
    ['/api/chat', whole],
    ['/api/generate', { model: 'm', prompt: 'Hello', stream: false }],
    ['/api/embed', { model: 'm', input: 'Hello' }],
  ])('usage=none leaves every count out at %s', async (path, body) => {
    const counts = /"[a-zA-Z_]*(tokens?|Tokens|TokenCount|eval_count)[a-zA-Z_]*":\s*\d/;
    expect((await fetchJson('', body, path)).text).toMatch(counts);
    expect((await fetchJson('usage=none', body, path)).text).not.toMatch(counts);
  });

  it('tells when to come again', async () => {
    expect((await fetchJson('status=503')).headers.get('retry-after')).toBe('1');
    expect((await fetchJson('status=401')).headers.get('retry-after')).toBeNull();
  });

  it.each([
    ['speed=5;colour=red', 'unknown key speed, colour'],
    ['ttft=soon', 'ttft is "soon"'],
    ['tokens=0', 'tokens is "0"; it must be a whole number, 1 to 1000000'],
    ['status=302', 'status is "302"'],
    ['usage=some', 'usage is "some"'],
    ['constructor=1', 'unknown key constructor'],
  ])('refuses %s by name', async (script, message) => {
    const { status, text } = await fetchJson(script);
    expect(status).toBe(400);
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toContain(message);
  });
});
