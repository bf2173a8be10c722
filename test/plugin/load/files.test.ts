// What is taken of a file system that may hold anything: files, folders, owners, links, and how a change is noticed.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lookIntoFolder } from '../../../src/plugin/load/folder.js';
import { writableByOthers } from '../../../src/plugin/load/ownership.js';
import { FileRefused, readBounded } from '../../../src/plugin/load/read-file.js';
import { ABSENT, signatureOf } from '../../../src/plugin/load/signature.js';

const base = mkdtempSync(join(tmpdir(), 'weir-load-'));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;

function freshFolder(): string {
  const folder = join(base, `f${count++}`);
  mkdirSync(folder);
  return folder;
}

/** The refusal's code and sentence, the folder left out. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (cause) {
    if (cause instanceof FileRefused) return `${cause.code}: ${cause.message.replaceAll(base, '')}`;
    throw cause;
  }
  return 'taken';
}

const read = (file: string, within: string | null = null, bytesMax = 100): Buffer =>
  readBounded({ file, bytesMax, within });

describe('a module file', () => {
  it('is read whole, up to its bound', () => {
    const file = join(freshFolder(), 'a.wasm');
    writeFileSync(file, 'x'.repeat(100));
    expect(read(file).toString()).toBe('x'.repeat(100));
    appendFileSync(file, 'y');
    expect(refusal(() => read(file))).toMatch(/^too_big: .*a\.wasm has 101 bytes; allowed: at most 100/);
  });

  it('is not one that is missing, a folder, a pipe or a device', () => {
    const folder = freshFolder();
    execFileSync('mkfifo', [join(folder, 'pipe.wasm')]);
    mkdirSync(join(folder, 'folder.wasm'));
    expect(refusal(() => read(join(folder, 'gone.wasm')))).toMatch(/^unreadable: .*there is no such file/);
    expect(refusal(() => read(join(folder, 'pipe.wasm')))).toMatch(/^not_a_file/);
    expect(refusal(() => read(join(folder, 'folder.wasm')))).toMatch(/^not_a_file/);
    expect(refusal(() => read('/dev/zero'))).toMatch(/^not_a_file/);
  });

  it('in the folder stays inside it, also behind links', () => {
    const [folder, other] = [freshFolder(), freshFolder()];
    writeFileSync(join(folder, 'a.wasm'), 'inside');
    writeFileSync(join(other, 'b.wasm'), 'outside');
    symlinkSync('a.wasm', join(folder, 'link.wasm'));
    symlinkSync(join(other, 'b.wasm'), join(folder, 'out.wasm'));
    symlinkSync(join(folder, 'loop.wasm'), join(folder, 'loop.wasm'));
    expect(read(join(folder, 'link.wasm'), folder).toString()).toBe('inside');
    expect(refusal(() => read(join(folder, 'out.wasm'), folder))).toMatch(/^outside: .*leaves/);
    expect(refusal(() => read(join(folder, 'loop.wasm'), folder))).toMatch(/^unreadable: .*link to itself/);
    expect(read(join(folder, 'out.wasm')).toString()).toBe('outside');
  });

  it('in the folder is not one that others may write', () => {
    const folder = freshFolder();
    const file = join(folder, 'a.wasm');
    writeFileSync(file, 'x');
    chmodSync(file, 0o666);
    expect(refusal(() => read(file, folder))).toMatch(/^writable_by_others: .*mode 666/);
    expect(read(file).toString()).toBe('x');
  });
});

describe('what belongs to Weir', () => {
  const own = process.geteuid?.() ?? 0;

  it.each([0o755, 0o700, 0o644, 0o600])('may have the mode %o', mode => {
    expect(writableByOthers({ uid: own, mode }, 'x')).toBeNull();
  });

  it.each([0o775, 0o757, 0o777, 0o1777])('may not have the mode %o', mode => {
    expect(writableByOthers({ uid: own, mode }, 'x')).toMatch(/may be written by others .*chmod go-w/);
  });

  it('is not what another user has, but for root', () => {
    expect(writableByOthers({ uid: own + 1000, mode: 0o700 }, 'x')).toMatch(/belongs to user/);
    expect(writableByOthers({ uid: 0, mode: 0o700 }, 'x')).toBeNull();
  });
});

describe('plugins_dir', () => {
  it('gives its modules by name, in order, without hidden and other files', async () => {
    const folder = freshFolder();
    for (const name of ['b.wasm', 'a.wasm', '.c.wasm', 'd.wasm.tmp', 'README.md'])
      writeFileSync(join(folder, name), '');
    expect(await lookIntoFolder(folder)).toEqual({
      files: [
        { name: 'a', file: join(folder, 'a.wasm') },
        { name: 'b', file: join(folder, 'b.wasm') },
      ],
      problem: null,
      missing: false,
    });
  });

  it('is empty while it is not there', async () => {
    expect(await lookIntoFolder(join(base, 'nowhere'))).toEqual({ files: [], problem: null, missing: true });
  });

  it('is refused where others may write it, and where it is no folder', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'a.wasm'), '');
    chmodSync(folder, 0o777);
    expect(await lookIntoFolder(folder)).toMatchObject({
      files: [],
      problem: expect.stringMatching(/written by others/),
    });
    expect(await lookIntoFolder(join(folder, 'a.wasm'))).toMatchObject({
      problem: expect.stringMatching(/is no folder/),
    });
  });

  it('has a bound', async () => {
    const folder = freshFolder();
    for (let i = 0; i < 257; i++) writeFileSync(join(folder, `${i}.wasm`), '');
    const { files, problem } = await lookIntoFolder(folder);
    expect(files).toHaveLength(256);
    expect(problem).toMatch(/257 modules; allowed: 256/);
  });
});

describe('the signature of a file', () => {
  it('changes with a write in place, a rename over it, and a turned link', async () => {
    const folder = freshFolder();
    const [file, link] = [join(folder, 'a.wasm'), join(folder, 'l.wasm')];
    const seen: string[] = [];
    const note = async (path = file): Promise<number> => seen.push(await signatureOf(path, {}));
    await note();
    writeFileSync(file, 'one');
    await note();
    await note();
    writeFileSync(file, 'two');
    await note();
    writeFileSync(join(folder, 'new'), 'two');
    utimesSync(join(folder, 'new'), 1, 1);
    renameSync(join(folder, 'new'), file);
    await note();
    symlinkSync(file, link);
    await note(link);
    expect([seen[0], seen[1] === seen[2], new Set(seen).size]).toEqual([ABSENT, true, 4]);
    expect(seen[5]).toBe(seen[4]);
  });

  it('changes with a table', async () => {
    const folder = freshFolder();
    const [file, table] = [join(folder, 'a.wasm'), join(folder, 't.csv')];
    writeFileSync(file, '');
    writeFileSync(table, 'a,1');
    const before = await signatureOf(file, { t: table });
    writeFileSync(table, 'a,1\nb,2');
    expect(await signatureOf(file, { t: table })).not.toBe(before);
  });
});
