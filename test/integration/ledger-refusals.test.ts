// Data folders that cannot be used as they are: each is refused in one sentence and exit 1, or mended with a line in the log.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import { chat, onEnd, type RunningGateway, startGateway, until } from './harness.js';
import { startAndEnd } from './start-and-end.js';

const LIBSQL = createRequire(import.meta.url).resolve('libsql');
const CONFIG = 'anonymous: allow\nworkers: 1\nproviders: { openai: { base_url: "simulator:" } }\n';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-refused-'));
  onEnd(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** In a process of its own: closing a database here would end locks that are held here. */
function sql(file: string, text: string): string {
  const program = `const D = require(${JSON.stringify(LIBSQL)}); const db = new D(process.argv[1]);
    const rows = db.prepare(process.argv[2]); console.log(JSON.stringify(rows.reader ? rows.all() : rows.run()));`;
  return spawnSync(process.execPath, ['-e', program, file, text]).stdout.toString();
}

async function kill(gateway: RunningGateway): Promise<void> {
  gateway.process.kill('SIGKILL');
  await until(() => gateway.process.signalCode !== null, 'the end of the process');
}

describe('a data_dir', { timeout: 120_000 }, () => {
  it('of another process is refused with its pid, also by two that start at once', async () => {
    const dataDir = folder();
    const running = await startGateway(CONFIG, [], dataDir);
    const refused = await Promise.all([startAndEnd(dataDir, CONFIG), startAndEnd(dataDir, CONFIG)]);
    const sentence = `weir: data_dir ${dataDir} is in use by another process (pid ${running.process.pid}); stop it, or give this one a data_dir of its own\n`;
    for (const ended of refused) expect(ended).toEqual({ code: 1, errors: sentence });
    expect((await chat(running)).status).toBe(200);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'that may not be written is refused (needs to be run by root)',
    async () => {
      const dataDir = join(folder(), 'data');
      mkdirSync(dataDir);
      chmodSync(join(dataDir, '..'), 0o755);
      expect(await startAndEnd(dataDir, CONFIG, { uid: 65_534, gid: 65_534 })).toEqual({
        code: 1,
        errors: `weir: data_dir ${dataDir} cannot be used: this user may not write there (EACCES)\n`,
      });
    },
  );

  it('with the database of a newer version is refused, and left as it is', async () => {
    const dataDir = folder();
    expect(await (await startGateway(CONFIG, [], dataDir)).stop()).toBe(0);
    const file = join(dataDir, 'ledger.db');
    sql(file, 'PRAGMA user_version = 999');
    const { code, errors } = await startAndEnd(dataDir, CONFIG);
    expect(code).toBe(1);
    expect(errors).toMatch(/^weir: .*ledger\.db was written by a newer Weir \(schema version 999;.*\n$/);
    expect(sql(file, 'PRAGMA user_version')).toContain('999');
  });

  it('with a segment that is damaged in the middle is read around it, and the file is kept aside', async () => {
    const dataDir = folder();
    const journal = join(dataDir, 'journal');
    const first = await startGateway(CONFIG, [], dataDir);
    const answers = await Promise.all(Array.from({ length: 30 }, () => chat(first)));
    await kill(first);
    const [segment] = readdirSync(journal).filter(file => file.endsWith('.journal'));
    const file = join(journal, segment ?? '');
    const bytes = readFileSync(file);
    const written = bytes.findLastIndex(byte => byte !== 0) + 1;
    // What was indexed before the kill is not read again: the index begins anew over the damaged journal.
    for (const name of readdirSync(dataDir)) if (name.startsWith('ledger.db')) rmSync(join(dataDir, name));
    bytes.fill(0xa5, Math.floor(written / 2), Math.floor(written / 2) + 40);
    writeFileSync(file, bytes);
    const second = await startGateway(CONFIG, [], dataDir);
    expect(second.output()).toMatch(/damaged: bytes \d+ to \d+ were passed over/);
    const { total } = (await second.admin('/api/usage')) as UsageReport;
    // Of an entry or two that are lost, the other half may be there: such a request is settled as interrupted.
    expect(total.requests).toBeGreaterThanOrEqual(answers.length - 2);
    expect(total.requests).toBeLessThanOrEqual(answers.length);
    expect(readdirSync(journal)).toContain(`${segment}.damaged`);
  });

  it('with a torn tail is cut there with a line in the log', async () => {
    const dataDir = folder();
    const journal = join(dataDir, 'journal');
    const first = await startGateway(CONFIG, [], dataDir);
    for (let i = 0; i < 5; i++) await chat(first);
    await kill(first);
    const [segment] = readdirSync(journal).filter(file => file.endsWith('.journal'));
    const file = join(journal, segment ?? '');
    const bytes = readFileSync(file);
    for (const name of readdirSync(dataDir)) if (name.startsWith('ledger.db')) rmSync(join(dataDir, name));
    writeFileSync(file, bytes.subarray(0, bytes.findLastIndex(byte => byte !== 0) - 20));
    const second = await startGateway(CONFIG, [], dataDir);
    expect(second.output()).toMatch(/ends in the middle of an entry: it was cut at byte \d+/);
    const { total } = (await second.admin('/api/usage')) as UsageReport;
    // The last settlement is lost with its tail: its request was admitted, so it is settled as interrupted.
    expect(total.requests).toBe(5);
  });
});
