// What a module may be at its bounds (CONTRACT.md §5.1).
import { describe, expect, it } from 'vitest';
import { LOCALS_MAX } from '../../../src/core/plugin-bounds.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { inspectModule } from '../../../src/plugin/wasm/inspect.js';
import { assemble, prepare } from '../support/guest.js';
import { host, scene } from '../support/scene.js';

const HOOK = '(func (export "on_request") (result i32) (i32.const 0))';
const inspected = (text: string) => inspectModule(assemble(`(module ${text})`), null, 'test.wasm');

describe('a module', () => {
  it('may have 2,000 locals a function, parameters included, and no more', () => {
    expect(LOCALS_MAX).toBe(2_000);
    const of = (params: number, locals: number) =>
      inspected(
        `(memory (export "memory") 1) ${HOOK} (func (param ${'i32 '.repeat(params)}) (local ${'i64 '.repeat(locals)}))`,
      );
    for (const params of [0, 1, 900]) {
      expect(of(params, 2_000 - params).functions).toBe(2);
      expect(() => of(params, 2_001 - params)).toThrow(/2001|2,001/);
    }
  });

  it('must export its one memory as memory', () => {
    expect(inspected(`(memory (export "memory") 1) ${HOOK}`).memoryPages).toBe(1);
    expect(() => inspected(`(memory 1) ${HOOK}`)).toThrow(/memory/);
    expect(() => inspected(`(memory (export "mem") 1) ${HOOK}`)).toThrow(/memory/);
    expect(() => inspected(HOOK)).toThrow(/memory/);
  });

  it('is initialised before it is configured, once, and keeps what either left', () => {
    const plugin = new LoadedPlugin(
      prepare(
        () => `(global $n (mut i32) (i32.const 0))
          (func (export "_initialize") (global.set $n (i32.add (global.get $n) (i32.const 3))))
          (func (export "configure") (result i32) (global.set $n (i32.mul (global.get $n) (i32.const 10))) (i32.const 0))
          (func (export "on_request") (result i32) (i32.store (i32.const 0) (global.get $n))
            (drop (call $state_set (i32.const 0) (i32.const 4))) (i32.const 0))`,
      ),
      host(),
    );
    for (let i = 0; i < 2; i++) {
      const { state } = plugin.run(scene());
      expect(Buffer.from(state ?? []).readInt32LE(0)).toBe(30);
    }
  });
});
