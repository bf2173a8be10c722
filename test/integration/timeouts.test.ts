// Each timeout has its own code, on the answer and in the record.
import { beforeAll, describe, expect, it } from 'vitest';
import { CHAT, chat, type RunningGateway, send, startGateway, startSocketProvider } from './harness.js';

let gateway: RunningGateway;

beforeAll(async () => {
  const silent = await startSocketProvider(() => undefined);
  const garbage = await startSocketProvider(socket =>
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9\r\n')),
  );
  const closing = await startSocketProvider(socket => socket.once('data', () => socket.destroy()));
  gateway = await startGateway(`
anonymous: allow
timeouts: { connect: 300ms, first_byte: 400ms, idle: 400ms, total: 1500ms }
providers:
  openai: { base_url: "simulator:" }
  anthropic: { base_url: "simulator:" }
  silent: { kind: openai-compatible, base_url: "${silent.url}", auth: none }
  garbage: { kind: openai-compatible, base_url: "${garbage.url}", auth: none }
  closing: { kind: openai-compatible, base_url: "${closing.url}", auth: none }
  refused: { kind: openai-compatible, base_url: "http://127.0.0.1:1", auth: none }
`);
});

const at = (provider: string) => chat(gateway, { model: `${provider}/m` });

describe('a provider that', () => {
  it.each([
    ['silent', 504, 'weir_first_byte_timeout'],
    ['garbage', 502, 'weir_upstream_garbage'],
    ['closing', 502, 'weir_upstream_broke'],
    ['refused', 502, 'weir_connect_failed'],
  ])('is %s gives %i %s', async (provider, status, code) => {
    const answer = await at(provider);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([status, code]);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code, type: 'server_error' } });
    expect(await gateway.record(answer)).toMatchObject({
      outcome: 'failed',
      status,
      error: { source: 'provider', code },
      attempts: [{ target: `${provider}/m`, error: code }],
    });
  });

  it('stalls in mid-stream ends the stream with weir_idle_timeout', async () => {
    const answer = await chat(gateway, { stream: true }, { 'x-weir-sim': 'stall=3;tokens=20' });
    expect([answer.status, answer.broken]).toEqual([200, true]);
    expect(answer.body.toString()).toContain('"code":"weir_idle_timeout"');
    expect(await gateway.record(answer)).toMatchObject({
      outcome: 'failed',
      error: { code: 'weir_idle_timeout' },
    });
  });

  it('takes longer than the total ends with weir_total_timeout', async () => {
    const answer = await chat(gateway, { stream: true }, { 'x-weir-sim': 'tps=5;tokens=100' });
    expect(answer.broken).toBe(true);
    expect(answer.body.toString()).toContain('"code":"weir_total_timeout"');
    expect(await gateway.record(answer)).toMatchObject({
      outcome: 'failed',
      error: { code: 'weir_total_timeout' },
    });
  });

  it('breaks off has told a lower bound of its output, and the record says so', async () => {
    const answer = await send(`${gateway.url}/v1/messages`, {
      headers: { 'content-type': 'application/json', 'x-weir-sim': 'reset=4;tokens=20' },
      body: JSON.stringify({
        model: 'claude-sonnet-4',
        max_tokens: 50,
        stream: true,
        messages: CHAT.messages,
      }),
    });
    expect(answer.broken).toBe(true);
    expect(await gateway.record(answer)).toMatchObject({
      outcome: 'failed',
      usage: { source: 'estimated', sources: { input: 'provider', output: 'estimated' } },
    });
  });
});
