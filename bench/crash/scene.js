// The gateway that is killed: its configuration, its consumers with their keys, and its processes one after the other on one folder of data.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../gateway/processes.js';

const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
export const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));

/** Found by their SHA-256 alone: nothing asks for the check characters of a key that is configured. The last is soon refused. */
export const CONSUMERS = ['team-a', 'team-b', 'batch', 'poor'].map(name => ({
  name,
  key: `weir_${name.replace('-', '').padEnd(49, '0')}`,
}));

/** Budgets of dollars and tokens, a limit that outlives restarts, and a budget so small that refusals are among what clients receive. */
function yaml({ port, adminPort, upstreamPort, dataDir, durability, onFull, workers }) {
  const sha256 = key => createHash('sha256').update(key).digest('hex');
  const target = `{ base_url: "http://127.0.0.1:${upstreamPort}", auth: none }`;
  return [
    `listen: 127.0.0.1:${port}`,
    `admin: { listen: "127.0.0.1:${adminPort}" }`,
    `data_dir: ${dataDir}`,
    `workers: ${workers}`,
    `ledger: { durability: ${durability}, on_full: ${onFull} }`,
    `providers: { openai: ${target}, anthropic: ${target} }`,
    'consumers:',
    ...CONSUMERS.map(
      ({ name, key }) => `  - { name: ${name}, keys: [ { name: only, sha256: "${sha256(key)}" } ] }`,
    ),
    'policies:',
    '  - { name: money, budget: { usd: 1000000, per: month, by: [consumer] } }',
    '  - { name: words, budget: { tokens: 1000000000, per: day, by: [consumer, model] } }',
    '  - { name: long, limit: { tokens: 100000000, per: 366d, by: [consumer] } }',
    `  - { name: small, when: 'consumer.name == "poor"', budget: { tokens: 20000, per: month } }`,
    '',
  ].join('\n');
}

/** Tokens a ms that the limit `long` refills. */
export const LONG_REFILL = 100_000_000 / (366 * 86_400_000);

export class Gateway {
  #argv;
  #child = null;
  #exited = null;
  #output = '';

  constructor({ argv, url, adminUrl, dataDir, folder }) {
    this.#argv = argv;
    this.url = url;
    this.adminUrl = adminUrl;
    this.dataDir = dataDir;
    this.folder = folder;
  }

  /** @param {{ folder: string, upstreamPort: number, durability: string, onFull?: string, workers?: number, dataDir?: string, weir?: string }} options */
  static async prepare({ folder, weir = WEIR, dataDir = join(folder, 'data'), ...options }) {
    const [port, adminPort] = [await freePort(), await freePort()];
    mkdirSync(dataDir, { recursive: true });
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, yaml({ onFull: 'refuse', workers: 1, ...options, port, adminPort, dataDir }));
    const argv = [weir, 'start', '--config', file];
    const [url, adminUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${adminPort}`];
    return new Gateway({ argv, url, adminUrl, dataDir, folder });
  }

  get pid() {
    return this.#child.pid;
  }

  /** All that its processes printed, the last 64 KiB. */
  get output() {
    return this.#output;
  }

  spawn() {
    const child = spawn(process.execPath, this.#argv, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', bytes => {
        this.#output = (this.#output + bytes).slice(-65_536);
      });
    this.#exited = new Promise(resolve =>
      child.on('exit', (code, signal) => resolve(code ?? signal)).on('error', resolve),
    );
    this.#child = child;
  }

  /** Resolves with the ms from its start to ready; rejects with its output where it ends, or does not become ready. */
  async start() {
    const began = performance.now();
    this.spawn();
    while (performance.now() - began < READY_MS_MAX) {
      if (this.#child.exitCode !== null) break;
      const ready = await fetch(`${this.adminUrl}/readyz`).then(
        response => response.ok,
        () => false,
      );
      if (ready) return performance.now() - began;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    await this.kill();
    throw new Error(`the gateway did not become ready:\n${this.#output.slice(-4096)}`);
  }

  /** kill -9; resolves when it is gone. */
  async kill() {
    if (this.#child === null) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGTERM without waiting. */
  ask() {
    this.#child.kill('SIGTERM');
  }

  /** Ends in order; resolves with the exit code, or the signal that it took. */
  async stop() {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    this.#child.kill('SIGTERM');
    const end = await this.#exited;
    clearTimeout(timer);
    return end;
  }

  /** What an admin path answers; throws where that is no 200. */
  async admin(path) {
    const response = await fetch(this.adminUrl + path);
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return await response.json();
  }
}

/**
 * An upstream and a prepared gateway in a folder of their own, for as long as `work` takes.
 * @param {{ disk?: (folder: string) => import('./disk.js').Disk | string, keep?: boolean, tell(line: string): void }} options `disk`: where the data is to be
 * @returns what `work` returns; a sentence where there can be no such disk
 */
export async function onStage(options, work) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-crash-'));
  const disk = options.disk?.(folder) ?? null;
  if (typeof disk === 'string') {
    rmSync(folder, { recursive: true });
    return disk;
  }
  const upstream = await startUpstream();
  const place = disk === null ? {} : { dataDir: join(disk.path, 'data') };
  const gateway = await Gateway.prepare({ folder, upstreamPort: upstream.port, ...options, ...place });
  try {
    return await work({ gateway, disk });
  } finally {
    await gateway.kill();
    await upstream.stop();
    if (options.keep === true) options.tell(`kept: ${folder}`);
    else {
      disk?.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The upstream of truth.js in a process of its own; `stop()` ends it. */
async function startUpstream() {
  const file = fileURLToPath(new URL('./upstream.js', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', bytes => resolve(JSON.parse(bytes).port));
    child.once('exit', code => reject(new Error(`the upstream ended with ${code}`)));
  });
  const exited = new Promise(resolve => child.on('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { port, stop };
}
