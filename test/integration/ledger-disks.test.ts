// A data_dir on a disk that cannot be written or has no room left when Weir starts: one sentence and exit 1, and started again once that is mended.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Disk, smallDisk } from '../../bench/crash/disk.js';
import { chat, onEnd, startGateway } from './harness.js';
import { startAndEnd } from './start-and-end.js';

const CONFIG = 'anonymous: allow\nworkers: 1\nproviders: { openai: { base_url: "simulator:" } }\n';

/** Mounted and taken away again at the end, or a sentence why there is none. */
function mounted(): Disk | string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-disk-'));
  const disk = smallDisk(folder, 16);
  onEnd(() => {
    if (typeof disk !== 'string') disk.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return disk;
}

const probe = mkdtempSync(join(tmpdir(), 'weir-disk-'));
const found = smallDisk(probe, 16);
if (typeof found !== 'string') found.remove();
rmSync(probe, { recursive: true, force: true });

describe.skipIf(typeof found === 'string')(
  'a data_dir on a disk of its own (needs root on Linux to mount one)',
  { timeout: 120_000 },
  () => {
    it('that is mounted read-only is refused in one sentence, with or without a ledger in it', async () => {
      const disk = mounted();
      if (typeof disk === 'string') throw new Error(disk);
      const readOnly = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, disk.path]);
      const dataDir = join(disk.path, 'deep', 'data');
      readOnly('ro');
      const never = await startAndEnd(dataDir, CONFIG);
      expect(never.code).toBe(1);
      expect(never.errors).toMatch(/^weir: data_dir \S+ cannot be used: .*\(EROFS\)\n$/);
      readOnly('rw');
      const gateway = await startGateway(CONFIG, [], dataDir);
      expect((await chat(gateway)).status).toBe(200);
      expect(await gateway.stop()).toBe(0);
      readOnly('ro');
      const later = await startAndEnd(dataDir, CONFIG);
      expect(later.code).toBe(1);
      expect(later.errors).toMatch(/^weir: data_dir \S+ cannot be used: .*\(EROFS\)\n$/);
    });

    it('that has no room left when it starts is refused, and used again once there is room', async () => {
      const disk = mounted();
      if (typeof disk === 'string') throw new Error(disk);
      const dataDir = join(disk.path, 'data');
      const first = await startGateway(CONFIG, [], dataDir);
      const kept = await chat(first);
      expect(kept.status).toBe(200);
      expect(await first.stop()).toBe(0);
      disk.fill();
      expect(await startAndEnd(dataDir, CONFIG)).toEqual({
        code: 1,
        errors: `weir: data_dir ${dataDir} cannot be used: no space is left on its disk (ENOSPC)\n`,
      });
      disk.empty();
      const second = await startGateway(CONFIG, [], dataDir);
      expect((await chat(second)).status).toBe(200);
      expect((await second.record(kept)).outcome).toBe('served');
      expect(await second.stop()).toBe(0);
    });
  },
);
