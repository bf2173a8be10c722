// What is told of a module, and why it is refused.
import { describe, expect, it } from 'vitest';
import { DEFAULT_GRANTS, effectiveGrants } from '../../../src/core/plugin-settings.js';
import { IMPORTS } from '../../../src/plugin/abi.js';
import { inspectModule } from '../../../src/plugin/wasm/inspect.js';
import { meterModule } from '../../../src/plugin/wasm/meter.js';
import { ModuleRefused, REFUSAL_CODES } from '../../../src/plugin/wasm/refused.js';
import { UNLOADABLE_MODULES } from '../hostile/unloadable.js';
import { wat } from '../wat.js';
import { leb } from './support/binary.js';

const HOOK = '(func (export "on_request") (result i32) (i32.const 0))';
const PLAIN = `(memory (export "memory") 2 9) ${HOOK}`;
const TYPES = { i: 'i32', l: 'i64' } as const;

function refusal(step: () => unknown): string {
  try {
    step();
    return 'taken';
  } catch (thrown) {
    if (thrown instanceof ModuleRefused) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

function withManifest(content: string): Uint8Array {
  const name = 'weir.manifest';
  const payload = [name.length, ...Buffer.from(name), ...Buffer.from(content)];
  return Uint8Array.from([...wat(`(module ${PLAIN})`), 0, ...leb(payload.length), ...payload]);
}

describe('inspectModule', () => {
  it('says what a module is', () => {
    const bytes = wat(`(module
      (import "weir" "message_text" (func (param i32 i32 i32) (result i32)))
      (import "weir" "set_model" (func (param i32 i32) (result i32)))
      (import "weir" "set_target" (func (param i32 i32) (result i32)))
      (import "weir" "counter_add" (func (param i32 i32 i64 i64) (result i64)))
      (import "env" "abort" (func (param i32 i32 i32 i32)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
      (memory (export "memory") 2 9)
      (global (mut i64) (i64.const 1)) (global i32 (i32.const 1)) (global (mut f32) (f32.const 1))
      (func (export "_initialize")) (func (export "configure") (result i32) (i32.const 0))
      ${HOOK} (func (export "on_end")))`);
    expect(inspectModule(bytes, effectiveGrants(['route', 'counters']), '/some/where/tiers.wasm')).toEqual({
      name: 'tiers',
      version: null,
      description: null,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: bytes.length,
      hooks: ['on_request', 'on_end'],
      hasConfigure: true,
      hasInitialize: true,
      imports: ['message_text', 'set_model', 'set_target', 'counter_add'],
      grantsNeeded: ['route', 'counters'],
      memoryPages: 2,
      memoryPagesMax: 9,
      functions: 4,
      mutableGlobals: ['i64', 'f32'],
    });
  });

  it('takes every import of the ABI with its type and its grant, and without it names the grant', () => {
    for (const [name, { params, result, grant }] of Object.entries(IMPORTS)) {
      const type = [...params].map(letter => `(param ${TYPES[letter as 'i' | 'l']})`).join(' ');
      const results = result === '' ? '' : `(result ${TYPES[result]})`;
      const bytes = wat(`(module (import "weir" "${name}" (func ${type} ${results})) ${PLAIN})`);
      expect(inspectModule(bytes, null, 'x.wasm').imports).toEqual([name]);
      if (grant === null || DEFAULT_GRANTS.includes(grant)) {
        expect(inspectModule(bytes, effectiveGrants([]), 'x.wasm').grantsNeeded).toEqual([]);
        continue;
      }
      expect(inspectModule(bytes, new Set([grant]), 'x.wasm').grantsNeeded).toEqual([grant]);
      expect(refusal(() => inspectModule(bytes, effectiveGrants([]), 'x.wasm'))).toBe(
        `grant_missing: the module needs grant ${grant} (for weir.${name}), which its policy does not give (\`grant:\`; a file of plugins_dir has the default grants alone)`,
      );
    }
  });

  it('names types as they are and as they must be', () => {
    const bytes = wat(
      `(module (import "weir" "counter_add" (func (param i32 i32) (result i64 i32))) ${PLAIN})`,
    );
    expect(refusal(() => inspectModule(bytes, null, 'x.wasm'))).toBe(
      'import_type: the import "weir.counter_add" has the type (i32, i32) -> (i64, i32); it is (i32, i32, i64, i64) -> i64',
    );
  });

  it('guesses what an unknown import was to be', () => {
    const bytes = wat(`(module (import "weir" "mesage_text" (func)) ${PLAIN})`);
    expect(refusal(() => inspectModule(bytes, null, 'x.wasm'))).toContain('did you mean message_text?');
  });

  it('reads the manifest, leaves unknown keys alone and replaces control characters', () => {
    const manifest = {
      name: 'pii\u0000\u202ex',
      version: '1.2.0',
      abi: 'weir:policy/1',
      wants: ['route'],
      more: 1,
    };
    expect(inspectModule(withManifest(JSON.stringify(manifest)), null, 'x.wasm')).toMatchObject({
      name: 'pii\ufffd\ufffdx',
      version: '1.2.0',
      description: null,
    });
  });

  it.each([
    ['{', 'is not JSON'],
    ['[]', 'is not a JSON object'],
    ['{"abi":"weir:policy/2"}', 'says abi "weir:policy/2"; this is weir:policy/1'],
    ['{"name":7}', 'has a name that is not a string'],
    [`{"version":"${'9'.repeat(300)}"}`, 'has a version of 300 characters; allowed are 256'],
    [`"${'x'.repeat(20_000)}"`, 'has 20002 bytes; allowed are 16384'],
  ])('refuses the manifest %.30s', (content, sentence) => {
    const found = refusal(() => inspectModule(withManifest(content), null, 'x.wasm'));
    expect(found).toBe(`manifest: the section weir.manifest ${sentence}`);
  });
});

describe('refusals', () => {
  it('each have a module that gets them', () => {
    const codes = new Set(UNLOADABLE_MODULES.map(({ ends }) => (ends.at === 'load' ? ends.code : '')));
    expect(REFUSAL_CODES.filter(code => !codes.has(code) && code !== 'manifest')).toEqual([]);
  });

  it('of memory name both sizes', () => {
    const bytes = wat(`(module ${PLAIN})`);
    expect(refusal(() => meterModule(bytes, { memoryBytes: 65_536, startFuel: 0 }))).toBe(
      'memory_too_big: the module starts with 2 pages (131072 bytes) of memory; the policy allows 65536 bytes',
    );
  });

  it('of a module that is already metered say so by the export', () => {
    const limits = { memoryBytes: 1_000_000, startFuel: 0 };
    const once = meterModule(wat(`(module ${PLAIN})`), limits);
    expect(refusal(() => meterModule(once, limits))).toMatch(/^export_name: the export "weir:take"/);
    expect(refusal(() => inspectModule(once, null, 'x.wasm'))).toMatch(/^export_name/);
  });
});
