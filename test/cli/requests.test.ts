// `weir requests` against a real admin side.
import { describe, expect, it } from 'vitest';
import type { RecordPage, RecordQuery } from '../../src/ledger/ring.js';
import { type TestSource, withAdmin } from '../admin/source.js';
import { CHAT, entry, idOf, usage } from '../ledger/entries.js';
import { run } from './run.js';

const TEAM_A = { name: 'team-a', key: 'ci …x7Qp', tags: { env: 'prod' } };

/** As a ledger does that may look through two records a question. */
async function lookThroughTwo({ ring }: TestSource, query: RecordQuery): Promise<RecordPage> {
  const { limit, before } = query;
  const looked = ring.list({ limit: Math.min(limit, 2), ...(before === undefined ? {} : { before }) });
  const found = ring.list({ ...query, limit: 2 }).items;
  return {
    items: found.filter(({ id }) => looked.items.some(record => record.id === id)),
    next: looked.next,
  };
}

describe('weir requests', () => {
  it('prints an aligned table, newest first', async () => {
    await withAdmin(async ({ url }, source) => {
      const principal = { name: 'team-a', key: null, tags: {} };
      source.add(
        entry(0, { outcome: 'served', status: 200, principal, usage: usage(1051, 200), totalMs: 1900.6 }),
      );
      source.add(
        entry(1, {
          outcome: 'blocked',
          status: 401,
          error: { source: 'client', code: 'weir_no_key', message: '' },
        }),
      );
      const { out, exitCode } = await run('requests', '--admin', url);
      expect(exitCode).toBe(0);
      expect(out).toBe(
        [
          'TIME (UTC)           OUTCOME  STATUS  CONSUMER  PROVIDER  MODEL   API            IN  OUT    MS  CODE         ID',
          `2026-11-23 09:00:01  blocked     401  -         openai    gpt-4o  openai.chat     -    -     -  weir_no_key  ${idOf(1)}`,
          `2026-11-23 09:00:00  served      200  team-a    openai    gpt-4o  openai.chat  1051  200  1901  -            ${idOf(0)}`,
          '',
        ].join('\n'),
      );
    });
  });

  it('filters, limits, and tells where to go on', async () => {
    await withAdmin(async ({ url }, source) => {
      for (let i = 0; i < 6; i++) source.add(entry(i, { outcome: i < 4 ? 'served' : 'failed' }));
      const first = await run('requests', '--outcome', 'served', '--limit', '2', '--admin', url);
      expect(first.out).toContain(`There are more: --cursor ${idOf(2)}\n`);
      const last = await run(
        'requests',
        '--outcome',
        'served',
        '--limit',
        '2',
        '--cursor',
        idOf(2),
        '--admin',
        url,
      );
      expect(last.out).toContain(idOf(1));
      expect(last.out).not.toContain('There are more');
    });
  });

  it('prints the list as JSON', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(0, { outcome: 'served' }));
      const { out } = await run('requests', '--json', '--admin', url);
      expect(JSON.parse(out)).toMatchObject({ items: [{ id: idOf(0) }], next: null });
    });
  });

  it('says when nothing matches', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(0));
      expect((await run('requests', '--model', 'gpt-5', '--admin', url)).out).toBe('No request matches.\n');
    });
  });

  it('cuts long names and shows no control characters', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(0, { identification: { ...CHAT, model: `\u001b]0;x${'y'.repeat(100)}` } }));
      const { out } = await run('requests', '--admin', url);
      expect(out).toContain(`  \ufffd]0;x${'y'.repeat(34)}…  `);
    });
  });

  it('takes filters by how a request ended', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(0, { outcome: 'served', status: 200, principal: TEAM_A }));
      source.add(entry(1, { outcome: 'blocked', status: 401 }));
      for (const filter of [
        ['--tag', 'env=prod'],
        ['--key', 'ci'],
        ['--status', '200'],
      ])
        expect(JSON.parse((await run('requests', '--json', ...filter, '--admin', url)).out)).toMatchObject({
          items: [{ id: idOf(0) }],
        });
      expect(
        (await run('requests', '--min-cost', '1', '--policy', 'p', '--code', 'c', '--admin', url)).out,
      ).toBe('No request matches.\n');
    });
  });

  it('goes on over short and empty pages until it has what was asked for', async () => {
    await withAdmin(async ({ url }, source) => {
      for (let i = 0; i < 9; i++) source.add(entry(i, { outcome: i % 4 === 0 ? 'served' : 'failed' }));
      source.list = async query => lookThroughTwo(source, query);
      const ids = async (...args: string[]) =>
        JSON.parse((await run('requests', '--outcome', 'served', '--json', ...args, '--admin', url)).out);
      expect((await ids()).items.map(({ id }: { id: string }) => id)).toEqual([8, 4, 0].map(idOf));
      const two = await ids('--limit', '2');
      expect(two.items.map(({ id }: { id: string }) => id)).toEqual([8, 4].map(idOf));
      expect(two.next).not.toBeNull();
    });
  });

  it('lists all as CSV under one header, or as a JSON record a line', async () => {
    await withAdmin(async ({ url }, source) => {
      for (let i = 0; i < 9; i++) source.add(entry(i, { outcome: 'served' }));
      source.list = async query => lookThroughTwo(source, query);
      const csv = (await run('requests', '--all', '--csv', '--admin', url)).out.trimEnd().split('\r\n');
      expect(csv.map(line => line.slice(0, line.indexOf(',')))).toEqual([
        'id',
        ...[8, 7, 6, 5, 4, 3, 2, 1, 0].map(idOf),
      ]);
      const json = (await run('requests', '--all', '--json', '--admin', url)).out.trimEnd().split('\n');
      expect(json.map(line => JSON.parse(line).id)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0].map(idOf));
      const some = (await run('requests', '--limit', '3', '--csv', '--admin', url)).out.trimEnd();
      expect(some.split('\r\n')).toHaveLength(4);
    });
  });

  it('exits with 2 where the question is wrong', async () => {
    await withAdmin(async ({ url }) => {
      const { error, exitCode } = await run('requests', '--since', 'yesterday', '--admin', url);
      expect(exitCode).toBe(2);
      expect(error).toMatch(/^weir: since is "yesterday"; must be a span back from now such as/);
    });
    await expect(run('requests', '--limit', '0')).rejects.toThrow('It must be a number from 1 to 1000.');
    await expect(run('requests', '--outcome', 'ok')).rejects.toThrow('Allowed choices are running, served');
  });
});
