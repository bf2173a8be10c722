// `weir simulate` as a process: what it prints, how it ends, what it refuses.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('../../dist/cli/simulate.js', import.meta.url));
const MAIN = `
  const { Command } = await import('commander');
  const { registerSimulate } = await import(${JSON.stringify(MODULE)});
  const program = new Command('weir');
  registerSimulate(program);
  await program.parseAsync(['node', 'weir', 'simulate', ...process.argv.slice(1)]);`;

function simulate(...flags: string[]): ChildProcess & { output: () => string } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', MAIN, '--', ...flags], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  return Object.assign(child, { output: () => output });
}

const children: ChildProcess[] = [];

describe('weir simulate', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('prints its address and a curl line, answers by its flags, and ends with 0 on SIGTERM', async () => {
    const child = simulate('--listen', '127.0.0.1:0', '--tokens', '21', '--seed', '4');
    await once(child.stdout ?? child, 'data');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(child.output())?.[0];
    expect(child.output()).toContain(`curl ${url}/v1/chat/completions`);
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ usage: { completion_tokens: 21 } });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['--tps', 'fast', 'tps is "fast"; it must be a number, 0 to 1000000'],
    ['--ttft', '2 weeks', 'ttft is "2 weeks"'],
    ['--listen', 'nowhere', 'port is "nowhere"'],
  ])('refuses %s %s by name', async (flag, value, message) => {
    const child = simulate(flag, value);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).not.toBe(0);
    expect(child.output()).toContain(message);
  });

  it('says so where the address is in use', async () => {
    const first = simulate('--listen', '127.0.0.1:0');
    await once(first.stdout ?? first, 'data');
    const port = /127\.0\.0\.1:(\d+)/.exec(first.output())?.[1];
    const second = simulate('--listen', `127.0.0.1:${port}`);
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(second.output()).toContain('EADDRINUSE');
    first.kill('SIGTERM');
    await once(first, 'exit');
  });
});
