// Starts, pins, watches and ends the benchmark's processes; reads their CPU time from the operating system (Linux).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const READY_MS_MAX = 15_000;
const STOP_MS_MAX = 8_000; // longer than any drain here: nothing runs when a process is stopped

/** The gateway alone on the first core, everything else on the second. */
export const GATEWAY_CORE = 0;
export const OTHER_CORE = 1;

export const program = name => fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));

export function findOnPath(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map(folder => `${folder}/${name}`).find(file => existsSync(file)) ?? null;
}

export const canPin = () => os.cpus().length > 1 && findOnPath('taskset') !== null;

function pinned(core, argv) {
  return core !== null && canPin() ? ['taskset', '-c', String(core), ...argv] : argv;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts `argv` pinned to `core`. `port` null: the process prints `{"port":n}` as its first line; else it is ready when
 * `readyUrl` answers 200. Rejects with the process' output where it ends or is not ready in time.
 * @param {{ argv: string[], core: number, port?: number | null, readyUrl?: string | null, cwd?: string, env?: Record<string, string> }} options
 */
export async function launch({ argv, core, port = null, readyUrl = null, cwd, env }) {
  const [command, ...args] = pinned(core, argv);
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise(resolve => child.on('exit', resolve).on('error', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', bytes => {
      output = (output + bytes).slice(-4096);
    });
  }
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const deadline = Date.now() + READY_MS_MAX;
  while (child.exitCode === null && child.pid !== undefined && Date.now() < deadline) {
    const ready = port === null ? portIn(output) : (await answers(readyUrl)) && port;
    if (ready) return { pid: child.pid, port: ready, stop };
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  await stop();
  throw new Error(`${argv.join(' ')} did not become ready:\n${output}`);
}

function portIn(output) {
  const line = output.split('\n').find(text => text.startsWith('{"port":'));
  return line === undefined ? null : JSON.parse(line).port;
}

async function answers(url) {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

/** Runs a load to its end: a program that takes one JSON argument and prints one JSON line. */
export async function runPinned(file, spec) {
  const [command, ...args] = pinned(OTHER_CORE, [process.execPath, file, JSON.stringify(spec)]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', bytes => {
    out += bytes;
  });
  child.stderr.on('data', bytes => {
    err += bytes;
  });
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`the load on ${spec.url} ended with ${code}: ${err.slice(-500)}`);
  return JSON.parse(out);
}

/** Runs the load program to its end; rejects where one request failed. */
export async function runLoad(spec) {
  const result = await runPinned(program('load'), spec);
  if (result.failed > 0) {
    throw new Error(
      `${result.failed} of ${result.failed + result.done} requests to ${spec.url} failed: ${JSON.stringify(result.failures)}`,
    );
  }
  return result;
}

let tickMicros = 0; // read once, when first asked for: a system without /proc may still import this file

/** CPU time, user and system, of a process, its threads and its children so far, in µs (proc(5), fields 14 and 15 of stat). */
export function cpuMicros(pid) {
  tickMicros ||= 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) * tickMicros;
  return children(pid).reduce((sum, child) => sum + cpuMicros(child), own);
}

function children(pid) {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}
