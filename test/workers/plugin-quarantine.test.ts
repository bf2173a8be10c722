// The quarantine as the gateway has it, built: what it makes of good modules and of every hostile one, and that it goes on afterwards.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_GRANTS, type PluginSettings } from '../../src/core/plugin-settings.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import type { LookAt, PreparedResult } from '../../src/plugin/load/prepare.js';
import { HOSTILE_MODULES } from '../plugin/hostile/modules.js';
import { hook, SETTINGS, Wat } from '../plugin/support/guest.js';
import { wat } from '../plugin/wat.js';

interface Quarantine {
  prepare(at: LookAt): Promise<PreparedResult>;
  close(): Promise<void>;
}
const built = '../../dist/workers/quarantine.js';
const { Quarantine } = (await import(built)) as {
  Quarantine: new (
    vocabulary: object,
    region: number,
    onError: (cause: unknown) => void,
    deadlineMs?: number,
  ) => Quarantine;
};
const errors: unknown[] = [];
const quarantine = new Quarantine(loadVocabulary(1), 0, cause => errors.push(cause));
const folder = mkdtempSync(join(tmpdir(), 'weir-quarantine-'));
afterAll(async () => {
  await quarantine.close();
  rmSync(folder, { recursive: true });
});

function prepare(bytes: Uint8Array, changes: Partial<PluginSettings> = {}, at: Partial<LookAt> = {}) {
  const file = join(folder, 'module.wasm');
  writeFileSync(file, bytes);
  const settings = { ...SETTINGS, file, ...changes };
  return quarantine.prepare({ settings, within: null, version: 7, known: null, ...at });
}

const text = (functions: string): Uint8Array => wat(new Wat().module(functions));
const GOOD = text(hook('on_request', '(i32.const 0)'));

describe('the quarantine', () => {
  it('gives a module that threads can share, with its facts', async () => {
    const result = await prepare(GOOD);
    if (result.outcome !== 'ready') throw new Error(JSON.stringify(result));
    expect(result).toMatchObject({
      warnings: [],
      logs: [],
      plugin: { version: 7, facts: { hooks: ['on_request'] } },
    });
    expect(result.plugin.facts.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.prototype.toString.call(result.plugin.module)).toBe('[object WebAssembly.Module]');
    const same = await prepare(GOOD, {}, { known: result.plugin.facts.sha256 });
    expect(same).toEqual({ outcome: 'same' });
  });

  it('reads tables', async () => {
    const table = join(folder, 't.csv');
    writeFileSync(table, 'gold,gpt-5\nfree,gpt-4o-mini\n');
    const result = await prepare(GOOD, { tables: { tiers: table } });
    expect(result).toMatchObject({ outcome: 'ready' });
    if (result.outcome === 'ready')
      expect([...(result.plugin.tables.tiers ?? [])]).toEqual([
        ['gold', 'gpt-5'],
        ['free', 'gpt-4o-mini'],
      ]);
    writeFileSync(table, 'gold,1\ngold,2\n');
    expect(await prepare(GOOD, { tables: { tiers: table } })).toMatchObject({
      outcome: 'refused',
      code: 'table',
      reason: expect.stringContaining(`${table}: line 2`),
    });
    const gone = await prepare(GOOD, { tables: { tiers: join(folder, 'gone.csv') } });
    expect(gone).toMatchObject({ outcome: 'refused', code: 'unreadable' });
  });

  it('refuses what is granted to nobody, and what is no file', async () => {
    const counting = text(
      hook(
        'on_request',
        '(drop (call $counter_add (i32.const 0) (i32.const 0) (i64.const 1) (i64.const 1))) (i32.const 0)',
      ),
    );
    const refused = await prepare(counting, { grants: [] });
    expect(refused).toMatchObject({
      outcome: 'refused',
      code: 'grant_missing',
      reason: expect.stringContaining('counters'),
    });
    const gone = await prepare(GOOD, { file: join(folder, 'gone.wasm') });
    expect(gone).toMatchObject({ outcome: 'refused', code: 'unreadable' });
  });

  it('tells a module that parses and cannot be configured from one that is refused', async () => {
    const result = await prepare(
      text(hook('configure', '(i32.const 1)') + hook('on_request', '(i32.const 0)')),
    );
    expect(result).toMatchObject({
      outcome: 'unusable',
      plugin: {
        failed: true,
        facts: { hooks: ['on_request'] },
        reason: expect.stringContaining('configure'),
      },
    });
  });

  it('doubts a module whose hook fails on an empty request, and takes it', async () => {
    const result = await prepare(text(hook('on_request', 'unreachable')));
    expect(result).toMatchObject({
      outcome: 'ready',
      warnings: [expect.stringContaining('on_request failed')],
    });
  });

  it.each(HOSTILE_MODULES.map(module => [module.name, module] as const))(
    'holds out against: %s',
    async (_name, module) => {
      const { grants, memoryBytes, ends } = module;
      const result = await prepare(module.bytes(), {
        grants: [...DEFAULT_GRANTS, ...grants],
        sizeMax: 16 * 1024 * 1024,
        ...(memoryBytes === null ? {} : { memoryBytes }),
      });
      const wanted = { load: 'refused', instantiate: 'unusable', hook: 'ready' }[ends.at];
      expect(result.outcome, JSON.stringify(result).slice(0, 300)).toBe(wanted);
      if (ends.at === 'load') expect(result).toMatchObject({ code: ends.code });
      expect(await prepare(GOOD)).toMatchObject({ outcome: 'ready' });
    },
  );

  it('has lost no worker over all this', () => expect(errors).toEqual([]));

  it('kills what overruns its deadline, and goes on', async () => {
    const impatient = new Quarantine(loadVocabulary(1), 0, () => undefined, 300);
    try {
      const file = join(folder, 'slow.wasm');
      writeFileSync(file, text(hook('on_request', '(loop $again (br $again)) (i32.const 0)')));
      const slow = { settings: { ...SETTINGS, file, fuel: 1e12 }, within: null, version: 1, known: null };
      expect(await impatient.prepare(slow)).toMatchObject({
        outcome: 'refused',
        code: 'deadline',
        reason: expect.stringContaining('took longer than 300 ms'),
      });
      writeFileSync(file, GOOD);
      expect(await impatient.prepare(slow)).toMatchObject({ outcome: 'ready' });
    } finally {
      await impatient.close();
    }
  });
});
