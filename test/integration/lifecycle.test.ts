// Start, drain, second signal, reload: what an operator does to the process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chat, freePort, onEnd, type RunningGateway, send, startGateway, until } from './harness.js';

const SIMULATED = 'anonymous: allow\nproviders: { openai: { base_url: "simulator:" } }\n';

/** Begins a stream that lasts `ms`, and resolves at its first event. */
async function slowStream(gateway: RunningGateway, script: string): Promise<http.IncomingMessage> {
  const request = http.request(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-sim': script },
  });
  request.end(
    JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'hello' }] }),
  );
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'readable');
  return response;
}

async function readAll(response: http.IncomingMessage): Promise<{ text: string; broken: boolean }> {
  let text = '';
  try {
    for await (const chunk of response) text += String(chunk);
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}

describe('output that nobody reads', () => {
  it('neither stops the gateway nor keeps it from draining', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-unread-'));
    const port = await freePort();
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, `listen: 127.0.0.1:${port}\nadmin: { listen: 127.0.0.1:0 }\n${SIMULATED}`);
    const child = spawn(process.execPath, ['dist/cli/weir.js', 'start', '--config', file]);
    onEnd(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    // Before the greeting is written: its EPIPE is the first of what would be endless ones.
    child.stdout.destroy();
    child.stderr.destroy();
    const answers = (): Promise<boolean> =>
      send(`http://127.0.0.1:${port}/weir/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(answers, 'the gateway to answer');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    rmSync(folder, { recursive: true });
  });
});

describe('draining', () => {
  it('ends with exit 0 at once when nothing runs', async () => {
    const gateway = await startGateway(SIMULATED);
    expect(await gateway.stop()).toBe(0);
  });

  it('lets a running stream finish, is not ready meanwhile, and takes no new connection', async () => {
    const gateway = await startGateway(SIMULATED);
    const response = await slowStream(gateway, 'tps=40;tokens=40');
    const stopped = gateway.stop();
    await until(async () => (await fetch(`${gateway.adminUrl}/readyz`)).status === 503, 'not ready');
    await until(
      () =>
        send(`${gateway.url}/weir/healthz`).then(
          () => false,
          () => true,
        ),
      'a refused connection',
    );
    const { text, broken } = await readAll(response);
    expect([broken, text.includes('[DONE]')]).toEqual([false, true]);
    expect(await stopped).toBe(0);
  });

  it('serves a request that was already on its connection, and closes the connection after it', async () => {
    const gateway = await startGateway(SIMULATED);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await send(`${gateway.url}/weir/healthz`, { agent });
    const running = await slowStream(gateway, 'tps=40;tokens=30');
    const stopped = gateway.stop();
    await until(async () => (await fetch(`${gateway.adminUrl}/readyz`)).status === 503, 'not ready');
    const answer = await send(`${gateway.url}/v1/chat/completions`, {
      agent,
      headers: { 'content-type': 'application/json', 'x-weir-sim': 'tps=100;tokens=10' },
      body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'hello' }] }),
    });
    expect([answer.status, answer.headers.connection, answer.broken]).toEqual([200, 'close', false]);
    expect(answer.body.toString()).toContain('[DONE]');
    expect((await readAll(running)).broken).toBe(false);
    agent.destroy();
    expect(await stopped).toBe(0);
  });

  it('cuts what still runs after timeouts.drain, and exits 0', async () => {
    const gateway = await startGateway(`${SIMULATED}timeouts: { drain: 300ms }\n`);
    const response = await slowStream(gateway, 'stall=3');
    const stopped = gateway.stop();
    const { broken } = await readAll(response);
    expect(broken).toBe(true);
    expect(await stopped).toBe(0);
  });

  it('ends at once at the second signal, with the signal as its status', async () => {
    const gateway = await startGateway(SIMULATED);
    await slowStream(gateway, 'stall=3').then(response => response.on('error', () => undefined));
    gateway.process.kill('SIGTERM');
    await until(async () => (await fetch(`${gateway.adminUrl}/readyz`)).status === 503, 'draining');
    expect(await gateway.stop()).toBe('SIGTERM');
  });
});

describe('starting', () => {
  it('refuses an address in use by name, with exit 1', async () => {
    const gateway = await startGateway(SIMULATED);
    const second = startGateway(SIMULATED, ['--listen', `127.0.0.1:${gateway.port}`]);
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${gateway.port}: the address is in use`);
  });

  it('refuses a broken configuration with its places', async () => {
    const start = startGateway('providers: { openai: { base_url: "simulator:", nonsense: 1 } }\n');
    await expect(start).rejects.toThrow(/weir\.yaml:4:\d+: error: .*nonsense/);
  });

  it('serves on several threads that share a port, each with records that are found', async () => {
    const gateway = await startGateway(`${SIMULATED}workers: 3\n`);
    const answers = await Promise.all(Array.from({ length: 12 }, () => chat(gateway)));
    expect(answers.map(({ status }) => status)).toEqual(new Array(12).fill(200));
    for (const answer of answers) expect(await gateway.record(answer)).toMatchObject({ outcome: 'served' });
    expect(await gateway.stop()).toBe(0);
  });
});

describe('reloading', () => {
  const change = (gateway: RunningGateway, from: string | RegExp, to: string): void => {
    const file = join(gateway.folder, 'weir.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  };

  it('swaps a valid file in, on change and on SIGHUP, without breaking a running stream', async () => {
    const gateway = await startGateway(SIMULATED);
    const response = await slowStream(gateway, 'tps=40;tokens=40');
    change(
      gateway,
      'providers:',
      'routes: [ { match: { model: "fast" }, targets: [ { provider: openai, model: gpt-4o-mini } ] } ]\nproviders:',
    );
    await until(
      async () => ((await gateway.admin('/api/config')) as { version: number }).version === 2,
      'version 2',
    );
    const answer = await chat(gateway, { model: 'fast' });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      model: expect.stringContaining('gpt-4o-mini'),
    });
    expect((await readAll(response)).text).toContain('[DONE]');
    gateway.process.kill('SIGHUP');
    await until(
      async () => ((await gateway.admin('/api/config')) as { version: number }).version === 3,
      'version 3',
    );
  });

  it('refuses an invalid file whole, keeps the old one and shows why', async () => {
    const gateway = await startGateway(SIMULATED);
    change(gateway, 'anonymous: allow', 'anonymous: perhaps');
    await until(
      async () => ((await gateway.admin('/api/config')) as { problems: string[] }).problems.length > 0,
      'problems',
    );
    const { problems, version } = (await gateway.admin('/api/config')) as {
      problems: string[];
      version: number;
    };
    expect([version, problems.join()]).toEqual([
      1,
      expect.stringMatching(/weir\.yaml:4:\d+: error: .*anonymous/),
    ]);
    expect((await chat(gateway)).status).toBe(200);
    expect(gateway.output()).toContain('the new configuration is refused');
  });
});
