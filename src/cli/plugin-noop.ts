// A module that does nothing, with as much memory as another: what is left of a hook's cost is the host's own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leb } from './plugin-compile.js';
import { loadPlugin, type Ready } from './plugin-host.js';

/** `(module (memory (export "memory") pages) (func (export "on_request") (result i32) i32.const 0))`. */
export function noopModule(pages: number): Buffer {
  const section = (id: number, ...content: readonly number[]): Buffer =>
    Buffer.concat([Buffer.of(id), leb(content.length), Buffer.from(content)]);
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    section(1, 1, 0x60, 0, 1, 0x7f),
    section(3, 1, 0),
    section(5, 1, 0, ...leb(pages)),
    section(7, 2, ...name('memory'), 2, 0, ...name('on_request'), 0, 0),
    section(10, 1, 4, 0, 0x41, 0, 0x0b),
  ]);
}

export function loadNoop(pages: number, reset: 'always' | 'never'): Ready {
  const folder = mkdtempSync(join(tmpdir(), 'weir-noop-'));
  try {
    const file = join(folder, 'noop.wasm');
    writeFileSync(file, noopModule(pages));
    const loaded = loadPlugin(file, { reset, memory: '256MiB' }, '.', null);
    if ('unusable' in loaded) throw new Error(loaded.unusable);
    return loaded;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
