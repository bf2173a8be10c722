// `durability: fsync`: nobody is told before the disk has what was written, and what a failed sync left in doubt is written anew.
import { describe, expect, it } from 'vitest';
import { type JournalFiles, systemFiles } from '../../../src/ledger/journal/journal-files.js';
import { SETTLED } from '../../../src/ledger/journal/layout.js';
import { entry, idOf } from '../entries.js';
import { entriesIn, filesWith, folder, opened } from './folder.js';

type Done = (cause: Error | null) => void;

/** fdatasync that ends when the test says so. */
class HeldSyncs {
  readonly held: { fd: number; done: Done }[] = [];
  readonly files: JournalFiles = filesWith({ datasync: (fd, done) => this.#hold(fd, done) });
  #arrived: (() => void)[] = [];
  #open = false;

  #hold(fd: number, done: Done): void {
    if (this.#open) systemFiles.datasync(fd, done);
    else this.held.push({ fd, done });
    for (const tell of this.#arrived.splice(0)) tell();
  }

  async next(): Promise<{ fd: number; done: Done }> {
    while (this.held.length === 0) await new Promise<void>(resolve => this.#arrived.push(resolve));
    const [first] = this.held.splice(0, 1);
    if (first === undefined) throw new Error('none is held');
    return first;
  }

  letAllPass(): void {
    this.#open = true;
    for (const { fd, done } of this.held.splice(0)) systemFiles.datasync(fd, done);
  }
}

const FSYNC = { durability: 'fsync' } as const;
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const settled = (path: string): string[] =>
  entriesIn(path)
    .filter(({ type }) => type === SETTLED)
    .map(({ id }) => id);

describe('durability: fsync', () => {
  it('calls written after the sync that covers it, one sync at a time, for all that came before it together', async () => {
    const path = folder();
    const syncs = new HeldSyncs();
    const { journal } = opened(path, { ...FSYNC, files: syncs.files });
    const told: number[] = [];
    journal.settled(entry(1), [], () => told.push(1));
    const first = await syncs.next();
    for (const i of [2, 3]) {
      journal.settled(entry(i), [], () => told.push(i));
      await turn();
    }
    expect([told, syncs.held.length]).toEqual([[], 0]);
    expect(entriesIn(path, true).map(({ id }) => id)).toEqual([idOf(1), idOf(2), idOf(3)]);
    first.done(null);
    const second = await syncs.next();
    expect(told).toEqual([1]);
    second.done(null);
    syncs.letAllPass();
    await journal.close();
    expect(told).toEqual([1, 2, 3]);
  });

  it('syncs a segment that is left before it closes it, and the folder', async () => {
    const synced: number[] = [];
    let folders = 0;
    const files = filesWith({
      datasync: (fd, done) => {
        synced.push(fd);
        systemFiles.datasync(fd, done);
      },
      sync: (fd, done) => {
        folders++;
        systemFiles.sync(fd, done);
      },
      close: fd => {
        if (!synced.includes(fd)) folders = -1000;
        systemFiles.close(fd);
      },
    });
    const path = folder();
    const bounds = { segmentBytes: 64 * 1024, reserveBytes: 8192, batchBytes: 4096, bodyBytes: 16 * 1024 };
    const { journal, settle } = opened(path, { ...FSYNC, files, bounds });
    for (let i = 0; i < 300; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, j) => settle(entry(i + j))));
    await turn();
    expect(folders).toBeGreaterThan(1);
    files.close = systemFiles.close;
    await journal.close();
    expect(settled(path)).toEqual(Array.from({ length: 300 }, (_, i) => idOf(i)));
  });

  it('writes to a new segment what a failed sync leaves unsafe', async () => {
    const path = folder();
    const syncs = new HeldSyncs();
    const { journal, state } = opened(path, { ...FSYNC, files: syncs.files, bounds: { retryMs: 5 } });
    const told: number[] = [];
    journal.settled(entry(1), [], () => told.push(1));
    (await syncs.next()).done(null);
    await turn();
    journal.settled(entry(2), [], () => told.push(2));
    const failing = await syncs.next();
    journal.settled(entry(3), [], () => told.push(3));
    await turn();
    failing.done(new Error('EIO: no sync for this test'));
    expect(await state(({ full }) => full)).toMatchObject({ reason: 'EIO: no sync for this test' });
    await turn();
    expect(told).toEqual([1, 2, 3]);
    syncs.letAllPass();
    await state(({ full }) => !full);
    await journal.close();
    const inSecond = entriesIn(path).filter(({ segment }) => segment === 2);
    expect(inSecond.map(({ id }) => id)).toEqual([idOf(2), idOf(3)]);
  });
});
