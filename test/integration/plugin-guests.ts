// Plugins of a few lines for the tests of the gateway: hooks in WebAssembly text, where 'a text' in single quotes stands for its address and length,
// and functions of module `weir` are imported by being called.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HookName, IMPORTS, type ImportName } from '../../src/plugin/abi.js';
import { wat } from '../plugin/wat.js';
import { onEnd } from './harness.js';

/** Where texts begin; below is room for what a guest reads: 1,024 bytes at SCRATCH, 1,024 more at SCRATCH + 1,024. */
const TEXTS_AT = 4096;
export const SCRATCH = 1024;

export type Hooks = Readonly<Partial<Record<HookName, string>>>;

/** A hook's body leaves its result on the stack (on_end none); `more` stands before the hooks. */
export function guest(hooks: Hooks, more = ''): Uint8Array {
  const texts: string[] = [];
  let at = TEXTS_AT;
  const placed = (code: string): string =>
    code.replace(/'([^']*)'/g, (_, text: string) => {
      const bytes = Buffer.from(text);
      const hex = [...bytes].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('');
      texts.push(`(data (i32.const ${at}) "${hex}")`);
      at += bytes.length + 1;
      return `(i32.const ${at - bytes.length - 1}) (i32.const ${bytes.length})`;
    });
  const inner = placed(more);
  const functions = Object.entries(hooks).map(([name, code]) => {
    const result = name === 'on_end' ? '' : '(result i32)';
    return `(func (export "${name}") ${result} (local $n i32) (local $i i32) (local $l i64) ${placed(code)})`;
  });
  const code = [inner, ...functions].join('\n');
  const called = new Set([...code.matchAll(/call \$(\w+)/g)].map(([, name]) => name ?? ''));
  const imports = [...called].filter(name => Object.hasOwn(IMPORTS, name)).map(imported);
  return wat(`(module ${imports.join('\n')} (memory (export "memory") 1) ${texts.join('\n')} ${code})`);
}

function imported(name: string): string {
  const { params, result } = IMPORTS[name as ImportName];
  const type = (letters: string): string =>
    [...letters].map(letter => (letter === 'l' ? 'i64' : 'i32')).join(' ');
  const returns = result === '' ? '' : `(result ${type(result)})`;
  return `(import "weir" "${name}" (func $${name} (param ${type(params)}) ${returns}))`;
}

export const GO_ON = '(i32.const 0)';

/** A folder for modules, gone after the file's tests. */
export function guestFolder(): (name: string, hooks: Hooks, more?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-guests-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return (name, hooks, more) => {
    const file = join(folder, `${name}.wasm`);
    writeFileSync(file, guest(hooks, more));
    return file;
  };
}
