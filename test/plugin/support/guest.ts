// Makes plugins out of WebAssembly text. Imports are declared for the functions that the text calls; memory and data are put in.
import wabt from 'wabt';
import {
  COUNTERS_DEFAULT,
  DEADLINE_MS_DEFAULT,
  FUEL_DEFAULT,
  FUEL_PER_BYTE_DEFAULT,
  MEMORY_BYTES_DEFAULT,
  MODULE_BYTES_MAX,
} from '../../../src/core/plugin-bounds.js';
import { GRANTS, type PluginSettings } from '../../../src/core/plugin-settings.js';
import { IMPORTS, MODULE_NAME, type Signature, STUBS } from '../../../src/plugin/abi.js';
import type { PreparedPlugin } from '../../../src/plugin/prepared.js';
import { inspectModule } from '../../../src/plugin/wasm/inspect.js';
import { meterModule } from '../../../src/plugin/wasm/meter.js';
import { Module } from '../../../src/plugin/wasm-api.js';

const { parseWat } = await wabt();

const DATA_FROM = 4096;
const LETTERS: Readonly<Record<string, string>> = { i: 'i32', l: 'i64' };

/** WebAssembly text with the strings that it points at. */
export class Wat {
  #data = '';
  #at = DATA_FROM;

  /** Pointer and length of `content` in the guest's memory, as two operands. */
  text(content: string | Uint8Array): string {
    const bytes = Buffer.from(content);
    const at = this.#at;
    const escaped = [...bytes].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    this.#data += `(data (i32.const ${at}) "${escaped}")\n`;
    this.#at += bytes.length;
    return `(i32.const ${at}) (i32.const ${bytes.length})`;
  }

  module(functions: string): string {
    const pages = Math.ceil((this.#at + 1) / 65_536);
    const memory = /\(memory /.test(functions) ? '' : `(memory (export "memory") ${pages})`;
    return `(module ${importsOf(functions)} ${memory} ${functions} ${this.#data})`;
  }
}

function importsOf(functions: string): string {
  const called = new Set([...functions.matchAll(/call \$(\w+)/g)].map(match => match[1]));
  const tables: [string, Readonly<Record<string, Signature>>][] = [
    [MODULE_NAME, IMPORTS],
    ...Object.entries(STUBS),
  ];
  return tables
    .flatMap(([from, table]) => Object.entries(table).map(([name, type]) => ({ from, name, type })))
    .filter(({ name }) => called.has(name))
    .map(({ from, name, type }) => {
      const params = [...type.params].map(letter => LETTERS[letter]).join(' ');
      const result = type.result === '' ? '' : `(result ${LETTERS[type.result]})`;
      return `(import "${from}" "${name}" (func $${name} (param ${params}) ${result}))`;
    })
    .join('\n');
}

export function assemble(text: string): Uint8Array {
  const module = parseWat('guest.wat', text, { exceptions: true });
  try {
    module.validate();
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

export const SETTINGS: PluginSettings = {
  policy: 'test',
  file: '/plugins/test.wasm',
  dropped: false,
  mode: 'enforce',
  sizeMax: MODULE_BYTES_MAX,
  configJson: '{}',
  grants: GRANTS,
  fuel: FUEL_DEFAULT,
  fuelPerByte: FUEL_PER_BYTE_DEFAULT,
  memoryBytes: MEMORY_BYTES_DEFAULT,
  onFailure: 'closed',
  onOpaque: 'refuse',
  run: 'auto',
  deadlineMs: DEADLINE_MS_DEFAULT,
  reset: 'always',
  tables: {},
  tags: [],
  countersMax: COUNTERS_DEFAULT,
};

type Changes = Partial<PluginSettings> & { readonly rows?: PreparedPlugin['tables'] };

/** Inspected, metered and compiled. */
export function prepareText(text: string, changes: Changes = {}): PreparedPlugin {
  return prepareBytes(assemble(text), changes);
}

export function prepareBytes(bytes: Uint8Array, { rows = {}, ...changes }: Changes = {}): PreparedPlugin {
  const settings = { ...SETTINGS, ...changes };
  const facts = inspectModule(bytes, new Set(settings.grants), settings.file);
  const metered = meterModule(bytes, { memoryBytes: settings.memoryBytes, startFuel: settings.fuel });
  return { settings, facts, module: new Module(metered), tables: rows, version: 1 };
}

/** `functions` may name strings by `w.text`. */
export function prepare(functions: string | ((w: Wat) => string), changes: Changes = {}): PreparedPlugin {
  const wat = new Wat();
  const text = typeof functions === 'string' ? functions : functions(wat);
  return prepareText(wat.module(text), changes);
}

/** One hook, whose result is an i32. */
export function hook(name: string, body: string): string {
  return `(func (export "${name}") (result i32) ${body})`;
}
