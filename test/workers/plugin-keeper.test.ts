// The control plane's care for plugins, built, with a real quarantine: what is published when files and configurations change, and what is not.
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { numbered, openScene, text, UNCONFIGURABLE } from './plugin-scene.js';

const [ONE, TWO, THREE] = [numbered(1), numbered(2), numbered(3)];
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 6);
const BAD = new TextEncoder().encode('<!doctype html>');
const policy = (name: string, more = ''): string =>
  `{ name: ${name}, plugin: { file: ${name}.wasm${more} } }`;

describe('plugins of policies', () => {
  it('are loaded in the order of the file, dropped ones behind them by name', async () => {
    const scene = openScene();
    for (const name of ['z.wasm', 'a.wasm', 'enabled/n.wasm', 'enabled/b.wasm']) scene.write(name, ONE);
    const other = '{ name: d, when: "ai.stream", deny: {} }';
    expect(await scene.replace(`${policy('z')}, ${other}, ${policy('a')}`)).toBe(
      `z=${sha(ONE)} a=${sha(ONE)} b=${sha(ONE)} n=${sha(ONE)}`,
    );
  });

  it('are no configuration where one is refused, at the start and later', async () => {
    const scene = openScene();
    scene.write('a.wasm', BAD);
    expect(await scene.replace(policy('a'))).toMatch(/^refused: policy a: .*the 15 bytes/);
    expect(scene.state()).toEqual([]);
    scene.write('b.wasm', ONE);
    expect(await scene.replace(policy('b'))).toBe(`b=${sha(ONE)}`);
    expect(await scene.replace(`${policy('b', ', fuel: 2000')}, ${policy('a')}`)).toMatch(
      /^refused: policy a/,
    );
    expect(scene.state()).toEqual(['b true null']);
    expect(scene.keeper.slots()[0]?.settings.fuel).toBe(10_000_000);
  });

  it('fail for every request where they cannot be configured at the start, until the file is mended', async () => {
    const scene = openScene();
    scene.write('a.wasm', UNCONFIGURABLE);
    expect(await scene.replace(policy('a'))).toBe('a=failed');
    expect(scene.state()[0]).toMatch(/^a false .*configure/);
    scene.write('a.wasm', ONE);
    await scene.looks();
    expect(scene.published).toEqual([`a=${sha(ONE)}`]);
    expect(scene.state()).toEqual(['a true null']);
  });

  it('are no reason to take a reload up that cannot be configured', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    await scene.replace(policy('a'));
    scene.write('b.wasm', UNCONFIGURABLE);
    expect(await scene.replace(`${policy('a')}, ${policy('b')}`)).toMatch(/^refused: policy b: .*configure/);
  });

  it('take up other settings without another file', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    await scene.replace(policy('a'));
    const before = scene.keeper.slots()[0]?.current;
    await scene.replace(policy('a'));
    expect(scene.keeper.slots()[0]?.current).toBe(before);
    await scene.replace(policy('a', ', fuel: 5000'));
    expect(scene.keeper.slots()[0]?.current?.settings.fuel).toBe(5000);
  });

  it('outlive a file that goes bad or away, also over a reload', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    await scene.replace(policy('a'));
    scene.write('a.wasm', BAD);
    expect(await scene.replace(policy('a'))).toBe(`a=${sha(ONE)}`);
    expect(scene.state()[0]).toMatch(/^a true .*the 15 bytes/);
    await scene.looks(1);
    rmSync(join(scene.folder, 'a.wasm'));
    await scene.looks();
    expect(scene.state()[0]).toMatch(/^a true .*no such file/);
    expect(scene.published).toEqual([]);
    expect(scene.logged.filter(line => line.includes('refused'))).toEqual(
      Array(2).fill('a: plugin refused; the old version stays'),
    );
  });

  it('take up a changed table', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    writeFileSync(join(scene.folder, 't.csv'), 'x,1\n');
    await scene.replace(policy('a', ', grant: [lookup], tables: { t: t.csv }'));
    writeFileSync(join(scene.folder, 't.csv'), 'x,2\ny,3\n');
    await scene.looks();
    const current = scene.keeper.slots()[0]?.current;
    expect(
      current !== null && current !== undefined && 'tables' in current && current.tables.t?.get('y'),
    ).toBe('3');
    expect(scene.published).toHaveLength(1);
  });
});

describe('dropped modules', () => {
  it('come, change by rename and in place, and go', async () => {
    const scene = openScene();
    await scene.replace('');
    scene.write('enabled/a.wasm', ONE);
    await scene.looks();
    scene.write('enabled/.next', TWO);
    renameSync(join(scene.enabled, '.next'), join(scene.enabled, 'a.wasm'));
    await scene.looks();
    scene.write('enabled/a.wasm', THREE);
    await scene.looks();
    rmSync(join(scene.enabled, 'a.wasm'));
    await scene.looks();
    expect(scene.published).toEqual([`a=${sha(ONE)}`, `a=${sha(TWO)}`, `a=${sha(THREE)}`, '']);
    expect(scene.state()).toEqual([]);
    expect(scene.logged).toEqual([...Array(3).fill('a: plugin loaded'), 'a: plugin removed']);
  });

  it('are not loaded anew where only their times change', async () => {
    const scene = openScene();
    scene.write('enabled/a.wasm', ONE);
    await scene.replace('');
    scene.write('enabled/a.wasm', ONE);
    await scene.looks();
    expect(scene.published).toEqual([]);
  });

  it('are not tried while they are written', async () => {
    const scene = openScene();
    await scene.replace('');
    for (let end = 8; end < ONE.length; end += 8) {
      scene.write('enabled/a.wasm', ONE.subarray(0, end));
      await scene.looks(1);
      expect(scene.state()).toEqual(['a false null']);
    }
    expect(scene.logged).toEqual([]);
    scene.write('enabled/a.wasm', ONE);
    await scene.looks();
    expect(scene.published).toEqual([`a=${sha(ONE)}`]);
    expect(scene.logged).toEqual(['a: plugin loaded']);
  });

  it('are refused once, keep their old version, and are mended by another file', async () => {
    const scene = openScene();
    scene.write('enabled/a.wasm', ONE);
    await scene.replace('');
    for (const bytes of [BAD, ONE.subarray(0, 20), UNCONFIGURABLE]) {
      scene.write('enabled/a.wasm', bytes);
      await scene.looks(6);
    }
    expect(scene.published).toEqual([]);
    expect(scene.state()[0]).toMatch(/^a true .*configure/);
    expect(scene.logged.slice(1)).toEqual(Array(3).fill('a: plugin refused; the old version stays'));
    scene.write('enabled/a.wasm', TWO);
    await scene.looks();
    expect(scene.published).toEqual([`a=${sha(TWO)}`]);
    expect(scene.state()).toEqual(['a true null']);
  });

  it('are left out where nothing of them can be used', async () => {
    const scene = openScene();
    scene.write('enabled/a.wasm', BAD);
    scene.write('enabled/b.wasm', UNCONFIGURABLE);
    expect(await scene.replace('')).toBe('');
    expect(scene.state().map(line => line.slice(0, 7))).toEqual(['a false', 'b false']);
  });

  it('have only the default grants', async () => {
    const scene = openScene();
    const setting = '(drop (call $message_set_text (i32.const 0) (i32.const 0) (i32.const 0))) (i32.const 0)';
    scene.write('enabled/a.wasm', text(`(func (export "on_request") (result i32) ${setting})`));
    await scene.replace('');
    expect(scene.state()[0]).toMatch(/^a false .*messages\.write/);
  });

  it('have a name of their own that fits a policy', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    scene.write('enabled/a.wasm', TWO);
    scene.write('enabled/b c.wasm', TWO);
    expect(await scene.replace(policy('a'))).toBe(`a=${sha(ONE)}`);
    await scene.looks();
    const states = scene.state();
    expect(states[1]).toMatch(/^a false a policy of the configuration has the name a/);
    expect(states[2]).toMatch(/^b c false b c\.wasm gives no name of a policy/);
    expect(await scene.replace('')).toBe(`a=${sha(TWO)}`);
    expect(await scene.replace(policy('a'))).toBe(`a=${sha(ONE)}`);
    expect(scene.logged.filter(line => line.includes('refused'))).toHaveLength(3);
  });

  it('stay as they are while their folder is open to others', async () => {
    const scene = openScene();
    scene.write('enabled/a.wasm', ONE);
    await scene.replace('');
    chmodSync(scene.enabled, 0o777);
    scene.write('enabled/a.wasm', TWO);
    scene.write('enabled/b.wasm', TWO);
    await scene.looks();
    expect(scene.published).toEqual([]);
    expect(scene.logged.filter(line => line.includes('left as it was'))).toHaveLength(1);
    expect(await scene.replace('')).toMatch(/^refused: .*written by others/);
    chmodSync(scene.enabled, 0o755);
    await scene.looks();
    expect(scene.published.at(-1)).toBe(`a=${sha(TWO)} b=${sha(TWO)}`);
  });

  it('are no links that leave the folder', async () => {
    const scene = openScene();
    scene.write('a.wasm', ONE);
    symlinkSync(join(scene.folder, 'a.wasm'), join(scene.enabled, 'a.wasm'));
    await scene.replace('');
    expect(scene.state()[0]).toMatch(/^a false .*leaves/);
  });
});
