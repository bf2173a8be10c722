// The ledger's thread and its keeper, with journals that the test writes: what is recovered, what is asked, and that it survives its own death.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { embeddedDefault } from '../../src/config/load.js';
import { systemClock } from '../../src/core/clock.js';
import type { Entry } from '../../src/core/entry.js';
import { noUsage } from '../../src/core/usage.js';
import { CursorError } from '../../src/ledger/export-query.js';
import type { Journal, Progress } from '../../src/ledger/journal/journal.js';
import { openJournal } from '../../src/ledger/journal/open-journal.js';
import { LedgerKeeper } from '../../src/workers/ledger-keeper.js';
import { entry, idOf, usage } from '../ledger/entries.js';

const WORKER = pathToFileURL(fileURLToPath(new URL('../../dist/workers/ledger.js', import.meta.url)));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Told {
  readonly level: string;
  readonly text: string;
}

/** A data_dir and the processes that have it, one after the other. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-keeper-'));
  readonly told: Told[] = [];

  constructor() {
    ends.push(() => rmSync(this.path, { recursive: true, force: true }));
  }

  get segments(): string[] {
    return readdirSync(join(this.path, 'journal')).filter(file => file.endsWith('.journal'));
  }

  async start(worker = WORKER) {
    const say = (level: string) => (facts: object, text: string) =>
      this.told.push({ level, text: `${text} ${JSON.stringify(facts)}` });
    const keeper = new LedgerKeeper({
      requestLines: null,
      otlp: null,
      dataDir: this.path,
      config: embeddedDefault(this.path).ledger,
      log: { info: say('info'), warn: say('warn'), error: say('error') },
      onFatal: cause => this.told.push({ level: 'fatal', text: String(cause) }),
      worker,
    });
    ends.push(() => keeper.stop());
    return { keeper, recovered: await keeper.recovered };
  }

  journal(generation: number): Journal {
    mkdirSync(join(this.path, 'journal'), { recursive: true });
    return openJournal({
      folder: join(this.path, 'journal'),
      generation,
      thread: 0,
      durability: 'os',
      clock: systemClock,
      onState: () => undefined,
    });
  }
}

function settle(journal: Journal, done: Entry, charges: Progress['charges'] = []): Promise<void> {
  return new Promise(written => journal.settled(done, charges, written));
}

function served(number: number): Entry {
  const cost = { nanos: 1000, status: 'computed', price: 'openai/gpt-4o', catalogue: null } as const;
  return entry(number, { outcome: 'served', status: 200, usage: usage(10, 20), cost });
}

const PROGRESS: Progress = {
  usage: usage(7, 5, { outputSource: 'counted', source: 'counted' }),
  cost: { nanos: 500, status: 'estimated', price: 'openai/gpt-4o', catalogue: null },
  charges: [{ bucket: 'budget b usd month  enforce\n1793491200000\n', amount: 500 }],
};
const NONE: Progress = { usage: noUsage(), cost: null, charges: [] };

describe('the ledger’s keeper', { timeout: 60_000 }, () => {
  it('answers with what had settled when it was asked, and leaves no segment behind', async () => {
    const folder = new Folder();
    const { keeper, recovered } = await folder.start();
    const journal = folder.journal(recovered.generation);
    for (let i = 1; i <= 3; i++) await settle(journal, served(i));
    expect((await keeper.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([idOf(3), idOf(2), idOf(1)]);
    expect(await keeper.get(idOf(2))).toMatchObject({ outcome: 'served', usage: { output_tokens: 20 } });
    expect(await keeper.get(idOf(9))).toBeNull();
    expect((await keeper.usage({ by: [], only: {} })).total).toMatchObject({ requests: 3, input_tokens: 30 });
    expect(await keeper.state()).toMatchObject({ full: false, records: 3, lag_bytes: 0, retention_days: 90 });
    await journal.close();
    await keeper.stop();
    expect(folder.segments).toEqual([]);
    expect(folder.told).toEqual([]);
  });

  it('settles what ran when its process was killed to the last that was seen of it, once', async () => {
    const folder = new Folder();
    // Nobody closes this one.
    const killed = folder.journal(1);
    killed.admitted(entry(1), NONE);
    killed.progress(entry(1), NONE);
    killed.progress(entry(1), PROGRESS);
    killed.admitted(entry(2), NONE);
    killed.admitted(entry(3), NONE);
    await settle(killed, served(3), [{ bucket: PROGRESS.charges[0]?.bucket ?? '', amount: 1000 }]);
    const first = await folder.start();
    expect(first.recovered).toMatchObject({
      generation: 2,
      segments: 1,
      records: 1,
      interrupted: 2,
      torn: 0,
    });
    expect(first.recovered.charges).toEqual([{ ...PROGRESS.charges[0], minute: 0, amount: 1500 }]);
    expect(await first.keeper.get(idOf(1))).toMatchObject({
      outcome: 'interrupted',
      status: null,
      error: { code: 'weir_interrupted' },
      usage: { input_tokens: 7, output_tokens: 5 },
      cost: { usd: '0.0000005' },
    });
    expect(await first.keeper.get(idOf(2))).toMatchObject({ outcome: 'interrupted' });
    await first.keeper.stop();
    expect(folder.segments).toEqual([]);
    const second = await folder.start();
    expect(second.recovered).toMatchObject({ generation: 3, records: 0, interrupted: 0 });
    expect(second.recovered.charges).toEqual(first.recovered.charges);
    expect((await second.keeper.usage({ by: [], only: {} })).total.requests).toBe(3);
  });

  it('goes on where a recovery was killed in the middle: settlements that it wrote count, and none twice', async () => {
    const folder = new Folder();
    const killed = folder.journal(1);
    killed.admitted(entry(1), PROGRESS);
    await settle(killed, served(2));
    // What the recovery of generation 2 had written when it was killed itself.
    const half = folder.journal(2);
    const interrupted = entry(1, { outcome: 'interrupted', usage: PROGRESS.usage, cost: PROGRESS.cost });
    await settle(half, interrupted, PROGRESS.charges);
    const { keeper, recovered } = await folder.start();
    expect(recovered).toMatchObject({ generation: 3, records: 2, interrupted: 0 });
    expect(recovered.charges).toMatchObject([{ amount: 500 }]);
    expect((await keeper.usage({ by: [], only: {} })).total).toMatchObject({
      requests: 2,
      output_tokens: 25,
    });
  });

  it('starts its thread again when it dies, asks again what was on its way, and loses nothing', async () => {
    const folder = new Folder();
    const mortal = join(folder.path, 'mortal.mjs');
    const order = join(folder.path, 'die-at-the-next-question');
    // Its listener is the first: the question that comes behind the order is on its way when the thread dies.
    const die = `parentPort.on('message', ({ type }) => { if (type === 'ask' && existsSync(order)) { unlinkSync(order); process.exit(7); } });`;
    const imports = `import { existsSync, unlinkSync } from 'node:fs'; import { parentPort } from 'node:worker_threads';`;
    const text = `${imports} const order = ${JSON.stringify(order)}; ${die} await import('${WORKER.href}');`;
    writeFileSync(mortal, text);
    const { keeper, recovered } = await folder.start(pathToFileURL(mortal));
    const journal = folder.journal(recovered.generation);
    await settle(journal, served(1));
    expect((await keeper.list({ limit: 10 })).items).toHaveLength(1);
    writeFileSync(order, '');
    // While it is away, the journal goes on.
    await settle(journal, served(2));
    const asked = keeper.list({ limit: 10 });
    expect((await asked).items.map(({ id }) => id)).toEqual([idOf(2), idOf(1)]);
    await journal.close();
    await keeper.stop();
    expect(folder.told).toEqual([expect.objectContaining({ level: 'error' })]);
    expect(folder.segments).toEqual([]);
  });

  it('refuses a folder that is another one’s, in a sentence', async () => {
    const folder = new Folder();
    await folder.start();
    await expect(folder.start()).rejects.toThrow(`in use by another process (pid ${process.pid})`);
  });

  it('refuses a database that is none, in a sentence', async () => {
    const folder = new Folder();
    writeFileSync(
      join(folder.path, 'ledger.db'),
      'no database at all, but quite long enough to be read as one '.repeat(20),
    );
    await expect(folder.start()).rejects.toThrow('ledger.db is damaged');
  });

  it('knows its own cursors', async () => {
    const { keeper } = await new Folder().start();
    await expect(keeper.exportPage({ after: 'x-1-1', limit: 10 })).rejects.toThrow(CursorError);
  });
});
