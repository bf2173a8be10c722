// `weir requests --follow` as a process: what it prints and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withAdmin } from '../admin/source.js';
import { entry, idOf } from '../ledger/entries.js';

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));

describe('weir requests --follow', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints a record a line as requests end, and ends well on %s',
    async signal => {
      await withAdmin(async ({ url }, source) => {
        source.add(entry(0, { outcome: 'served' }));
        const child = spawn(process.execPath, [WEIR, 'requests', '--follow', '--json', '--admin', url]);
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        expect(JSON.parse((await lines.next()).value)).toMatchObject({ id: idOf(0), outcome: 'served' });
        source.add(entry(1, { outcome: 'blocked' }));
        expect(JSON.parse((await lines.next()).value)).toMatchObject({ id: idOf(1), outcome: 'blocked' });
        child.kill(signal);
        expect(await once(child, 'exit')).toEqual([0, null]);
      });
    },
  );

  it('ends well when nobody reads on', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(0, { outcome: 'served' }));
      const child = spawn(process.execPath, [WEIR, 'requests', '--follow', '--admin', url]);
      await once(child.stdout, 'data');
      child.stdout.destroy();
      source.add(entry(1, { outcome: 'served' }));
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
  });
});
