// Modules that do nothing of their own, with as much memory as another: one writes nothing, the other a byte into each 32nd of its memory, so that all of
// it is put back. What a hook of theirs costs is the host's own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FUEL_DEFAULT, PAGE_BYTES } from '../core/plugin-bounds.js';
import { granuleShift } from '../plugin/wasm/written.js';
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

const I32_CONST = 0x41;

/**
 * The same, but `configure` fills all of its memory, since bytes are dearer to put back than zeros, and `on_request` stores a byte in each granule
 * (src/plugin/wasm/written.ts).
 */
export function writingModule(pages: number): Buffer {
  const section = (id: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.of(id), leb(content.length), content]);
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const constant = (value: number): number[] => [I32_CONST, ...signedLeb(value)];
  const body = (...code: readonly number[]): Buffer => {
    const bytes = Buffer.from([0, ...code, ...constant(0), 0x0b]);
    return Buffer.concat([leb(bytes.length), bytes]);
  };
  const size = pages * PAGE_BYTES;
  const stores: number[] = [];
  for (let at = 0; at < size; at += 2 ** granuleShift(pages))
    stores.push(...constant(at), ...constant(1), 0x3a, 0, 0);
  const fill = [...constant(0), ...constant(FILLED), ...constant(size), 0xfc, 0x0b, 0];
  const named = [3, ...name('memory'), 2, 0, ...name('configure'), 0, 0, ...name('on_request'), 0, 1];
  return Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    section(1, Buffer.of(1, 0x60, 0, 1, 0x7f)),
    section(3, Buffer.of(2, 0, 0)),
    section(5, Buffer.from([1, 0, ...leb(pages)])),
    section(7, Buffer.from(named)),
    section(10, Buffer.concat([Buffer.of(2), body(...fill), body(...stores)])),
  ]);
}

const FILLED = 0x77;

/** Of a number that is not negative, up to 2^31: an i32 constant's bytes. */
function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 63; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

export type Idle = 'writes nothing' | 'writes all';

export function loadIdle(idle: Idle, pages: number, reset: 'always' | 'never'): Ready {
  const folder = mkdtempSync(join(tmpdir(), 'weir-noop-'));
  try {
    const file = join(folder, 'noop.wasm');
    writeFileSync(file, idle === 'writes nothing' ? noopModule(pages) : writingModule(pages));
    // A unit a byte that is filled.
    const fuel = FUEL_DEFAULT + pages * PAGE_BYTES;
    const loaded = loadPlugin(file, { reset, fuel, memory: '256MiB' }, '.', null);
    if ('unusable' in loaded) throw new Error(loaded.unusable);
    return loaded;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
