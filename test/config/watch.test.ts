// The watcher tells of each change of content once, whatever way the file was changed, and of nothing else.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigWatcher, watchConfig } from '../../src/config/watch.js';

let folder = '';
let file = '';
let watcher: ConfigWatcher | undefined;
let changes = 0;
let told: (() => void) | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-watch-'));
  file = join(folder, 'weir.yaml');
  changes = 0;
});
afterEach(() => {
  watcher?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Watches with short times; `poll` alone or events alone can be asked for. */
function start(times = { debounceMs: 5, pollMs: 20 }): void {
  watcher = watchConfig(
    file,
    () => {
      changes++;
      told?.();
    },
    times,
  );
}

/** Resolves at the next change after `act`. */
function change(act: () => void): Promise<void> {
  return new Promise(resolve => {
    told = resolve;
    act();
  });
}

/** Resolves when another file's change has been told by a slower watcher: by then the first has compared too. */
function settled(): Promise<void> {
  const other = join(folder, 'other.yaml');
  writeFileSync(other, 'before');
  return new Promise(resolve => {
    const slow = watchConfig(
      other,
      () => {
        slow.close();
        resolve();
      },
      { debounceMs: 60, pollMs: 200 },
    );
    writeFileSync(other, 'after');
  });
}

describe('a watched configuration file', () => {
  it('tells of a write in place', async () => {
    writeFileSync(file, 'a');
    start();
    await change(() => writeFileSync(file, 'b'));
    expect(changes).toBe(1);
  });

  it('tells of a replacement by rename, again and again', async () => {
    writeFileSync(file, '0');
    start();
    for (const content of ['1', '2', '3']) {
      await change(() => {
        writeFileSync(`${file}.new`, content);
        renameSync(`${file}.new`, file);
      });
    }
    expect(changes).toBe(3);
  });

  it('tells of a folder link that was turned', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'weir.yaml'), version);
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/weir.yaml', file);
    start({ debounceMs: 5, pollMs: 1_000_000 });
    await change(() => {
      symlinkSync('v2', join(folder, '..tmp'));
      renameSync(join(folder, '..tmp'), join(folder, '..data'));
    });
    expect(changes).toBe(1);
  });

  it('tells without the poll, by the system’s events', async () => {
    writeFileSync(file, 'a');
    start({ debounceMs: 5, pollMs: 1_000_000 });
    await change(() => writeFileSync(file, 'b'));
    expect(changes).toBe(1);
  });

  it('tells of a change behind a link to another folder, which sends no event, by the poll', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'weir-elsewhere-'));
    writeFileSync(join(elsewhere, 'real.yaml'), 'a');
    symlinkSync(join(elsewhere, 'real.yaml'), file);
    start();
    await change(() => writeFileSync(join(elsewhere, 'real.yaml'), 'b'));
    rmSync(elsewhere, { recursive: true });
    expect(changes).toBe(1);
  });

  it('says nothing of a write that changes nothing, of an emptied file, or of its absence', async () => {
    writeFileSync(file, 'a');
    start();
    writeFileSync(file, 'a');
    await settled();
    writeFileSync(file, '');
    await settled();
    unlinkSync(file);
    await settled();
    writeFileSync(file, 'a');
    await settled();
    expect(changes).toBe(0);
    await change(() => writeFileSync(file, 'b'));
    expect(changes).toBe(1);
  });

  it('tells once of several writes in a row', async () => {
    writeFileSync(file, 'a');
    start({ debounceMs: 50, pollMs: 1_000_000 });
    await change(() => {
      for (const content of ['b', 'c', 'd']) writeFileSync(file, content);
    });
    await change(() => writeFileSync(file, 'e'));
    expect(changes).toBe(2);
  });

  it('says nothing after it is closed', async () => {
    writeFileSync(file, 'a');
    start();
    watcher?.close();
    writeFileSync(file, 'b');
    let seen = 0;
    const other = watchConfig(file, () => seen++, { debounceMs: 5, pollMs: 20 });
    await new Promise<void>(resolve => {
      const poll = setInterval(() => {
        if (seen === 0) return;
        clearInterval(poll);
        resolve();
      }, 5);
      writeFileSync(file, 'c');
    });
    other.close();
    expect(changes).toBe(0);
  });
});
