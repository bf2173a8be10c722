// One process a data_dir: with real processes, also several at the same moment, and one that is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { DataDirInUse, lockDataDir } from '../../src/ledger/data-dir-lock.js';

const BUILT = fileURLToPath(new URL('../../dist/ledger/data-dir-lock.js', import.meta.url));
const PROGRAM = `import { lockDataDir } from ${JSON.stringify(BUILT)};
try { globalThis.lock = lockDataDir(process.argv[1]); console.log('locked'); setInterval(() => {}, 1000); }
catch (cause) { console.log(cause.message); }`;

const children: ChildProcess[] = [];
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-lock-'));
  folders.push(made);
  return made;
}

interface Locker {
  readonly child: ChildProcess;
  readonly said: string;
}

/** A process that locks the folder, and what it says. */
async function locker(dataDir: string, options: { uid?: number; gid?: number } = {}): Promise<Locker> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  children.push(child);
  const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  for (const made of folders.splice(0)) {
    chmodSync(made, 0o700);
    rmSync(made, { recursive: true, force: true });
  }
});

describe('the lock of a data_dir', () => {
  it('names the process that has it, and goes with that process when it is killed', async () => {
    const dataDir = join(folder(), 'made', 'too');
    const first = await locker(dataDir);
    expect(first.said).toBe('locked');
    expect(() => lockDataDir(dataDir)).toThrow(
      `data_dir ${dataDir} is in use by another process (pid ${first.child.pid}); stop it`,
    );
    await kill(first.child);
    lockDataDir(dataDir).release();
  });

  it('is had by one of several that start at the same moment', async () => {
    const dataDir = folder();
    const all = await Promise.all(Array.from({ length: 5 }, () => locker(dataDir)));
    const [first, ...more] = all.filter(({ said }) => said === 'locked');
    expect(more).toEqual([]);
    const refused = all.filter(({ said }) => said !== 'locked');
    for (const { said } of refused) expect(said).toContain(`(pid ${first?.child.pid})`);
  });

  it('can be had again in this process once it is released, not before', () => {
    const dataDir = folder();
    const lock = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(DataDirInUse);
    lock.release();
    lockDataDir(dataDir).release();
  });

  it('says what is wrong with a folder that cannot be used', () => {
    const inTheWay = join(folder(), 'file');
    writeFileSync(inTheWay, '');
    expect(() => lockDataDir(inTheWay)).toThrow(`data_dir ${inTheWay} cannot be used: it is no folder`);
    expect(() => lockDataDir(join(inTheWay, 'x'))).toThrow('a part of its path is no folder (ENOTDIR)');
  });

  // Whoever is root may write anywhere: somebody else is asked.
  it.skipIf(process.getuid?.() !== 0)(
    'says that a folder may not be written (needs to be run by root)',
    async () => {
      const dataDir = join(folder(), 'theirs');
      mkdirSync(dataDir, { mode: 0o755 });
      chmodSync(join(dataDir, '..'), 0o755);
      const { said } = await locker(dataDir, { uid: 65_534, gid: 65_534 });
      expect(said).toBe(`data_dir ${dataDir} cannot be used: this user may not write there (EACCES)`);
      chownSync(dataDir, 65_534, 65_534);
      expect((await locker(dataDir, { uid: 65_534, gid: 65_534 })).said).toBe('locked');
    },
  );
});
