// `weir export` against a real admin side: every settled request once, whatever happens between two runs.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../src/admin/cloud-event.js';
import { withAdmin } from '../admin/source.js';
import { CHAT, entry, idOf, usage } from '../ledger/entries.js';
import { run } from './run.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-export-'));
  file = join(folder, 'usage.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true }));

const settled = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => entry(from + i, { outcome: 'served', usage: usage(1, 1) }));
const idsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as UsageEvent).id);
const ids = (count: number) => Array.from({ length: count }, (_, i) => idOf(i));

describe('weir export', () => {
  it('prints all events over several pages, and where to go on', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      ledger.settle(...settled(0, 2500));
      const first = await run('export', '--admin', url);
      expect([first.exitCode, idsOf(first.out)]).toEqual([0, ids(2500)]);
      expect(first.error).toBe('2,500 events; go on with --after t1-002500\n');
      ledger.settle(...settled(2500, 2501));
      const second = await run('export', '--after', 't1-002500', '--admin', url);
      expect(idsOf(second.out)).toEqual([idOf(2500)]);
      expect(second.error).toBe('1 event; go on with --after t1-002501\n');
    });
  });

  it('says that nothing has settled yet', async () => {
    await withAdmin(async ({ url }) => {
      expect(await run('export', '--admin', url)).toEqual({ out: '', error: '0 events\n', exitCode: 0 });
    });
  });

  it('appends to a file after its last event', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      for (const [from, to] of [
        [0, 3],
        [3, 3],
        [3, 1200],
      ] as const) {
        ledger.settle(...settled(from, to));
        expect((await run('export', '--out', file, '--admin', url)).exitCode).toBe(0);
      }
      expect(idsOf(readFileSync(file, 'utf8'))).toEqual(ids(1200));
    });
  });

  it('cuts what a killed run left half-written, at any byte, and doubles nothing', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      ledger.settle(...settled(0, 3));
      await run('export', '--out', file, '--admin', url);
      const whole = readFileSync(file);
      for (let size = 0; size < whole.length; size += 7) {
        writeFileSync(file, whole.subarray(0, size));
        await run('export', '--out', file, '--admin', url);
        expect(readFileSync(file).equals(whole)).toBe(true);
      }
    });
  });

  it('leaves a file alone that holds something else', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      ledger.settle(...settled(0, 1));
      for (const [text, problem] of [
        ['hello\n', 'its last line is no event'],
        ['{"a":1}\n', 'its last line is no event of Weir'],
        ['hello', 'it ends with something that is no event'],
        ['x'.repeat(300_000), 'it is no file of events, one a line'],
      ] as const) {
        writeFileSync(file, text);
        const { error, exitCode } = await run('export', '--out', file, '--admin', url);
        expect([exitCode, error]).toEqual([1, `weir: cannot export to ${file}: ${problem}\n`]);
        expect(readFileSync(file, 'utf8')).toBe(text);
      }
    });
  });

  it('stops when another process writes to the file', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      ledger.settle(...settled(0, 1));
      const page = ledger.exportPage;
      ledger.exportPage = query => {
        appendFileSync(file, '{}\n');
        return page(query);
      };
      const { error, exitCode } = await run('export', '--out', file, '--admin', url);
      expect(exitCode).toBe(1);
      expect(error).toContain('another process writes to it');
      expect(readFileSync(file, 'utf8')).toBe('{}\n');
    });
  });

  it('says so where the file cannot be opened, and where the cursor is of another ledger', async () => {
    await withAdmin(async ({ url }) => {
      expect(await run('export', '--out', join(folder, 'no', 'x'), '--admin', url)).toMatchObject({
        exitCode: 1,
        error: expect.stringContaining('ENOENT'),
      });
      expect(await run('export', '--after', 'zzz', '--admin', url)).toMatchObject({
        exitCode: 2,
        error: expect.stringContaining('cursor "zzz" is not of this ledger'),
      });
    });
    await expect(run('export', '--after', 'a', '--out', 'b')).rejects.toThrow('cannot be used with');
  });

  it('prints no escape sequence that a name carries, and JSON keeps it', async () => {
    await withAdmin(async ({ url }, { ledger }) => {
      const model = '\u009b1m\u202e';
      ledger.settle(entry(0, { outcome: 'served', identification: { ...CHAT, model } }));
      const { out } = await run('export', '--admin', url);
      for (const character of model.replace(/\w/g, '')) expect(out).not.toContain(character);
      expect((JSON.parse(out) as UsageEvent).data.model).toBe(model);
    });
  });
});
