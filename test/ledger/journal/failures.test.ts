// Full, failing and damaged disks: nothing is lost silently, and the journal goes on by itself when there is room again.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type JournalFiles, systemFiles } from '../../../src/ledger/journal/journal-files.js';
import { LOST, PROGRESS, SETTLED } from '../../../src/ledger/journal/layout.js';
import { toRecord } from '../../../src/ledger/to-record.js';
import { entry, idOf } from '../entries.js';
import { entriesIn, filesWith, folder, opened, PROGRESS_NOW, recordsIn, type Seen } from './folder.js';

const SMALL = {
  segmentBytes: 64 * 1024,
  reserveBytes: 8 * 1024,
  batchBytes: 4096,
  bodyBytes: 16 * 1024,
  retryMs: 5,
};

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: no write for this test`), { code });
  };
}

/** A disk that can be made full, for whatever is not written over what stands there already. */
class Disk {
  files: JournalFiles;
  broken: string | null = null;
  /** Also what has room is not written. */
  overwrites = true;
  #ends = new Map<number, number>();

  constructor() {
    this.files = filesWith({
      write: (fd, bytes, offset, length, position) => {
        const end = this.#ends.get(fd) ?? 0;
        if (this.broken !== null && (!this.overwrites || position + length > end)) failing(this.broken)();
        this.#ends.set(fd, Math.max(end, position + length));
        return systemFiles.write(fd, bytes, offset, length, position);
      },
      create: path => (this.broken === null ? this.#fresh(systemFiles.create(path)) : failing(this.broken)()),
    });
  }

  #fresh(fd: number): number {
    this.#ends.delete(fd);
    return fd;
  }
}

const settledIds = (seen: readonly Seen[]): string[] =>
  seen.filter(({ type }) => type === SETTLED).map(({ id }) => id);
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => idOf(i));

describe('a journal on a disk that is full', () => {
  it('says so while it still has room for what is under way, and takes it', async () => {
    const path = folder();
    const disk = new Disk();
    const { journal, settle, state } = opened(path, { files: disk.files, bounds: SMALL });
    disk.broken = 'ENOSPC';
    let count = 0;
    while (!journal.full) await settle(entry(count++));
    expect(await state(({ full }) => full)).toEqual({
      full: true,
      reason: 'ENOSPC: no write for this test',
      lost: 0,
    });
    for (let more = 0; more < 10; more++) await settle(entry(count++));
    expect(settledIds(entriesIn(path, true))).toEqual(ids(count));
    disk.broken = null;
    expect(await state(({ full }) => !full)).toEqual({ full: false, reason: null, lost: 0 });
    expect(journal.full).toBe(false);
  });

  it('keeps in memory what finds no room, tells requests at once, and writes it when there is room again', async () => {
    const path = folder();
    const disk = new Disk();
    const { journal, settle, state } = opened(path, { files: disk.files, bounds: SMALL });
    await settle(entry(0));
    disk.broken = 'ENOSPC';
    for (let i = 1; i < 300; i++) await settle(entry(i));
    expect(journal.full).toBe(true);
    expect(settledIds(entriesIn(path, true)).length).toBeLessThan(250);
    disk.broken = null;
    await state(({ full }) => !full);
    await settle(entry(300));
    await journal.close();
    expect(settledIds(entriesIn(path))).toEqual(ids(301));
  });

  it('drops progress meanwhile, and what is more than memory may hold, and says how many were lost', async () => {
    const path = folder();
    const disk = new Disk();
    const bounds = { ...SMALL, backlogBytes: 4000 };
    const { journal, settle, states, state } = opened(path, { files: disk.files, bounds });
    disk.broken = 'EDQUOT';
    disk.overwrites = false;
    for (let i = 0; i < 100; i++) {
      journal.progress(entry(i), PROGRESS_NOW);
      await settle(entry(i));
    }
    const lost = states.at(-1)?.lost ?? 0;
    expect(lost).toBeGreaterThan(25);
    disk.broken = null;
    await state(({ full }) => !full);
    await journal.close();
    const seen = entriesIn(path);
    expect(seen.filter(({ type }) => type === PROGRESS).length).toBeLessThan(2);
    expect(seen.filter(({ type }) => type === LOST).map(each => each.lost)).toEqual([lost]);
    expect(settledIds(seen)).toEqual(ids(100 - lost));
  });

  it('gives every segment that a backlog is written to the texts that its records refer to', async () => {
    const path = folder();
    const disk = new Disk();
    const { journal, settle, state } = opened(path, { files: disk.files, bounds: SMALL });
    const all = Array.from({ length: 900 }, (_, i) =>
      entry(i, { path: `/v1/${i % 24}`, userAgent: `u${i % 7}` }),
    );
    await Promise.all(all.slice(0, 50).map(settle));
    disk.broken = 'ENOSPC';
    for (let i = 50; i < 900; i += 10) await Promise.all(all.slice(i, i + 10).map(settle));
    disk.broken = null;
    await state(({ full }) => !full);
    await journal.close();
    expect(recordsIn(path)).toEqual(all.map(toRecord));
  });

  it('writes a backlog that is longer than a segment to several', async () => {
    const path = folder();
    const disk = new Disk();
    const { journal, settle, state } = opened(path, { files: disk.files, bounds: SMALL });
    disk.broken = 'ENOSPC';
    for (let i = 0; i < 900; i++)
      await settle(entry(i, { path: `/v1/${i % 24}`, userAgent: 'u'.repeat(i % 90) }));
    disk.broken = null;
    await state(({ full }) => !full);
    await journal.close();
    const seen = entriesIn(path);
    expect(settledIds(seen)).toEqual(ids(900));
    expect(new Set(seen.map(({ segment }) => segment)).size).toBeGreaterThan(3);
  });

  it('says at its end what it could not write', async () => {
    const disk = new Disk();
    const { journal, settle, states } = opened(folder(), { files: disk.files, bounds: SMALL });
    disk.broken = 'EROFS';
    disk.overwrites = false;
    for (let i = 0; i < 5; i++) await settle(entry(i));
    await journal.close();
    expect(states.at(-1)).toEqual({ full: true, reason: 'EROFS: no write for this test', lost: 5 });
  });

  it('loses nothing where only a part of a write succeeds', async () => {
    const path = folder();
    const disk = new Disk();
    const { files } = disk;
    let [part, left] = [Number.POSITIVE_INFINITY, 0];
    const write: JournalFiles['write'] = (fd, bytes, offset, length, position) => {
      if (part === 0 && left-- > 0) failing('EIO')();
      const some = Math.min(length, part);
      part -= some;
      return files.write(fd, bytes, offset, some, position);
    };
    const { journal, settle, state } = opened(path, { files: { ...files, write }, bounds: SMALL });
    await settle(entry(0));
    [part, left] = [200, 3];
    await Promise.all([1, 2, 3, 4].map(i => settle(entry(i))));
    expect(journal.full).toBe(true);
    part = Number.POSITIVE_INFINITY;
    await state(({ full }) => !full);
    await journal.close();
    expect(settledIds(entriesIn(path))).toEqual(ids(5));
  });
});

const mounted = mountedTmpfs(8);
afterAll(() => {
  if (mounted === null) return;
  execFileSync('umount', ['-l', mounted]);
  rmSync(mounted, { recursive: true });
});

describe.skipIf(mounted === null)('on a file system of 8 MiB (needs the right to mount one)', () => {
  it('fills it, goes on in memory, and recovers when there is room again', async () => {
    const path = mounted ?? '';
    const filler = join(path, 'filler');
    writeFileSync(filler, Buffer.alloc(6 * 1024 * 1024, 1));
    const { journal, settle, state, states } = opened(path, { bounds: { retryMs: 5 } });
    let count = 0;
    while (count < 1500) {
      const some = Array.from({ length: 50 }, (_, i) => entry(count + i, { userAgent: 'x'.repeat(2000) }));
      count += some.length;
      await Promise.all(some.map(settle));
    }
    expect(states[0]).toMatchObject({ full: true, reason: expect.stringContaining('ENOSPC'), lost: 0 });
    expect(settledIds(entriesIn(path, true)).length).toBeLessThan(count);
    rmSync(filler);
    expect(await state(({ full }) => !full)).toMatchObject({ full: false, lost: 0 });
    await journal.close();
    expect(settledIds(entriesIn(path))).toEqual(ids(count));
    expect(readdirSync(path).filter(file => file.endsWith('.spare'))).toEqual([]);
  });
});

/** Null where this process may not mount. */
function mountedTmpfs(mebibytes: number): string | null {
  const path = mkdtempSync(join(tmpdir(), 'weir-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
}
