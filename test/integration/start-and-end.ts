// `weir start` that ends by itself: its exit code and what it said, for tests of what it refuses to start with.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, onEnd } from './harness.js';

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

/** `weir start` with this YAML (listen, admin and data_dir are added) where it is to end by itself; past `timeoutMs` (20,000) it is killed: code null. */
export async function startAndEnd(
  dataDir: string,
  yaml: string,
  options: { uid?: number; gid?: number; timeoutMs?: number } = {},
): Promise<Ended> {
  const { timeoutMs = 20_000, ...user } = options;
  const work = mkdtempSync(join(tmpdir(), 'weir-started-'));
  onEnd(() => rmSync(work, { recursive: true, force: true }));
  chmodSync(work, 0o755);
  const file = join(work, 'weir.yaml');
  const [port, admin] = [await freePort(), await freePort()];
  const listen = `listen: 127.0.0.1:${port}\nadmin: { listen: "127.0.0.1:${admin}" }\n`;
  writeFileSync(file, `${listen}data_dir: ${dataDir}\n${yaml}`);
  const child = spawn(process.execPath, [WEIR, 'start', '--config', file], {
    cwd: work,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...user,
  });
  onEnd(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += String(chunk);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, errors };
}
