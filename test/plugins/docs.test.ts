// docs/plugins.md is true: its tables are the code's, its examples build and run in the sandbox.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCases } from '../../src/cli/plugin-case.js';
import { loadPlugin, type Ready } from '../../src/cli/plugin-host.js';
import { type CaseRun, runCase } from '../../src/cli/plugin-run.js';
import { Kernels } from '../../src/cli/plugin-traffic.js';
import * as bounds from '../../src/core/plugin-bounds.js';
import { DEFAULT_GRANTS } from '../../src/core/plugin-settings.js';
import { formatBytes } from '../../src/core/units.js';
import {
  EVENT_KINDS,
  HOOK_SIGNATURES,
  IMPORTS,
  INTEGER_FIELDS,
  STRING_FIELDS,
  STUBS,
} from '../../src/plugin/abi.js';
import * as moduleBounds from '../../src/plugin/wasm/bounds.js';
import { FUEL_OF, WEIGHT_PER_UNIT } from '../../src/plugin/wasm/opcodes.js';

const DOCS = readFileSync(new URL('../../docs/plugins.md', import.meta.url), 'utf8');
const rows = DOCS.split('\n')
  .filter(line => line.startsWith('| '))
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
const section = (title: string): string => DOCS.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

const number = (value: number): string => value.toLocaleString('en-US');
const bytes = (value: number): string => formatBytes(value).replace(/(?<=\d)(?=[A-Z])/, ' ');

describe('the documentation of plugins: the ABI', () => {
  it.each(Object.entries(IMPORTS))('has the import %s with its type and grant', (name, spec) => {
    const row = rows.find(([cell]) => cell?.startsWith(`\`${name}(`));
    const [, parameters = '', result = ''] = /\((.*?)\)(?: -> (\w+))?`$/.exec(row?.[0] ?? '') ?? [];
    const types =
      parameters === '' ? [] : parameters.split(', ').map(one => (one.endsWith(': i64') ? 'l' : 'i'));
    expect(types.join('')).toBe(name === 'counter_add' ? 'iill' : spec.params);
    expect(result).toBe({ i: 'i32', l: 'i64', '': '' }[spec.result]);
    const isDefault = spec.grant !== null && DEFAULT_GRANTS.some(grant => grant === spec.grant);
    expect(row?.[1]).toBe(spec.grant === null ? '' : `${spec.grant}${isDefault ? ' (default)' : ''}`);
  });

  it.each(Object.entries({ ...STRING_FIELDS, ...INTEGER_FIELDS }))('has the field %s', (name, id) => {
    const row = rows.find(([, cell]) => cell === `\`${name}\``);
    expect(row?.slice(0, 3)).toEqual([String(id), `\`${name}\``, name in STRING_FIELDS ? 'text' : 'integer']);
  });

  it.each(Object.entries(HOOK_SIGNATURES).filter(([name]) => name !== '_initialize'))(
    'has the hook %s with its type',
    (name, { result }) => {
      const row = rows.find(([cell]) => cell === `\`${name}\``);
      expect(row?.[1]).toBe(`\`() -> ${result === '' ? '()' : 'i32'}\``);
    },
  );

  it.each(
    Object.entries(STUBS).flatMap(([module, names]) => Object.keys(names).map(name => `${module}.${name}`)),
  )('has %s, which compilers import', name =>
    expect(rows.some(([cell]) => cell?.includes(`\`${name}\``))).toBe(true),
  );

  it('numbers the kinds of held_append as the code does', () => {
    const numbered = EVENT_KINDS.slice(0, 4).map((kind, i) => `${i} ${kind}`);
    expect(section('Answers')).toContain(`(${numbered.join(', ')})`);
  });
});

/** The row of each constant, and the constant as the page writes it. */
const BOUNDS: Readonly<Record<keyof typeof bounds, readonly [string, (value: number) => string]>> = {
  MODULE_BYTES_MAX: ['a file in `plugins_dir`, and the default of `size:`', bytes],
  MODULE_SIZE_MAX: ['most that `size:` allows', bytes],
  LOCALS_MAX: ['locals of a function, parameters included', number],
  PAGE_BYTES: ['a page of memory', bytes],
  FUEL_DEFAULT: ['`fuel`, by default', number],
  FUEL_EVENT_SHARE: ['part of it that `on_event` gets', value => `1/${value}`],
  FUEL_PER_BYTE_DEFAULT: ['`fuel_per_byte`, by default', number],
  MEMORY_BYTES_DEFAULT: ['`memory`, by default', bytes],
  MEMORY_BYTES_MAX: ['most that `memory` allows', bytes],
  DEADLINE_MS_DEFAULT: ['`deadline` in the compute pool, by default', value => `${value} ms`],
  IMPORT_FUEL: ['fuel of an import', number],
  IMPORT_FUEL_PER_BYTE: ['fuel of each byte that it copies or scans', number],
  COUNTER_SLOT_BYTES: ['bytes that `counter_add` scans beside its key', number],
  COUNT_TOKENS_FUEL_PER_BYTE: ['fuel of each byte in `count_tokens`', number],
  COUNT_TOKENS_BYTES_MAX: ['text of one `count_tokens`', bytes],
  STATE_BYTES_MAX: ['state of a request', bytes],
  HEADERS_MAX: ['headers that a hook sets or removes', number],
  HEADER_BYTES_MAX: ['their names and values together', bytes],
  BODY_EXTRA_BYTES: ['what a new body, texts or pieces may have beyond twice the old', bytes],
  DENY_CODE_BYTES_MAX: ['code of a denial, `[a-z0-9_]`', value => `${value} bytes`],
  DENY_MESSAGE_BYTES_MAX: ['message of a denial', bytes],
  EVIDENCE_MAX: ['evidence of a request and policy', number],
  EVIDENCE_KEY_BYTES_MAX: ['key of evidence, `[a-z0-9_.]`', value => `${value} bytes`],
  EVIDENCE_TEXT_BYTES_MAX: ['text of evidence', value => `${value} bytes`],
  LOG_LINES_PER_HOOK: ['log lines of a hook', number],
  LOG_BYTES_MAX: ['a log line', value => `${value} bytes`],
  LOG_LINES_PER_SECOND: ['log lines of a plugin; the rest is counted', value => `${value} a second`],
  TAG_BYTES_MAX: ['value of a tag', value => `${value} bytes`],
  COUNTER_KEY_BYTES_MAX: ['key of a counter', value => `${value} bytes`],
  COUNTER_TTL_MS_MIN: ['shortest life of a counter', value => `${value / 1000} s`],
  COUNTER_TTL_MS_MAX: ['longest life of a counter', value => `${value / 86_400_000} d`],
  COUNTERS_MAX: ['live counters of all policies together', number],
  COUNTERS_DEFAULT: ['live counters of a policy, by default (`counters:`)', number],
  HELD_BYTES_MAX: ['text held back by `on_event`', bytes],
  HELD_MS_MAX: ['how long it is held back', value => `${value / 1000} s`],
  OPEN_FAILURES_MAX: ['failures of a consumer that make `on_failure: open` skip the plugin', number],
  OPEN_FAILURES_SPAN_MS: ['within', value => `${value / 1000} s`],
  OLD_VERSIONS_MAX: ['old versions that requests in flight still use', number],
  INLINE_VIEW_BYTES_MAX: ['what a hook on the serving thread may see, under `run: auto`', bytes],
  INLINE_MEMORY_BYTES_MAX: ['memory of a module that runs on the serving thread, under `run: auto`', bytes],
};

const MODULE_BOUNDS: Readonly<
  Record<keyof typeof moduleBounds, readonly [string, (value: number) => string]>
> = {
  TYPES_MAX: ['types', number],
  IMPORTS_MAX: ['imports', number],
  FUNCTIONS_MAX: ['functions', number],
  GLOBALS_MAX: ['globals', number],
  MUTABLE_GLOBALS_MAX: ['mutable globals', number],
  EXPORTS_MAX: ['exports', number],
  TABLES_MAX: ['tables', number],
  TAGS_MAX: ['exception tags', number],
  SEGMENTS_MAX: ['data and element segments', number],
  CUSTOM_SECTIONS_MAX: ['custom sections', number],
  TABLE_ENTRIES_MAX: ['entries of all tables', number],
  NESTING_MAX: ['depth of nested blocks', number],
  FUNCTION_BYTES_MAX: ['bytes of one function', bytes],
  TYPE_VALUES_MAX: ['parameters of a function, and its results', number],
  OPERANDS_MAX: ['operands alive at a time', number],
  FUNCTION_WORK_MAX: ['compile work of one function (values copied at blocks and branches)', number],
  COMPILE_WORK_MAX: ['compile work of all functions', number],
  MANIFEST_BYTES_MAX: ['bytes of the manifest', bytes],
  MANIFEST_TEXT_MAX: ['characters of a text in it', number],
};

describe('the documentation of plugins: numbers', () => {
  it.each(Object.entries(bounds))('has the bound %s', (name, value) => {
    const [label, text] = BOUNDS[name as keyof typeof bounds];
    expect(rows).toContainEqual([label, text(value)]);
  });

  it.each(Object.entries(moduleBounds))('has the bound %s of modules', (name, value) => {
    const [label, text] = MODULE_BOUNDS[name as keyof typeof moduleBounds];
    expect(rows).toContainEqual([label, text(value)]);
  });

  it.each(Object.entries(FUEL_OF))('has the fuel of %s', (name, value) => {
    const row = rows.find(([cell]) => cell?.startsWith(`\`${name}\`: `));
    expect(row?.[1]).toBe(number(value));
  });

  it('says how weights become fuel', () => {
    expect(section('Fuel')).toContain(`divided by ${WEIGHT_PER_UNIT} and rounded up`);
  });
});

const scratch = mkdtempSync(join(tmpdir(), 'weir-docs-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const isInstalled = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const hasClang = isInstalled('clang', '--version') && isInstalled('wasm-ld', '--version');

/** A compiler on the path that has the target's library: rustup's may lack it where the system's has it. */
const rustc = ['rustc', '/usr/bin/rustc'].find(command => {
  const source = join(scratch, 'probe.rs');
  writeFileSync(source, '#![no_std]\n#[panic_handler] fn p(_: &core::panic::PanicInfo) -> ! { loop {} }\n');
  const target = ['--target', 'wasm32-unknown-unknown', '--crate-type', 'cdylib', '-C', 'panic=abort'];
  return isInstalled(command, ...target, '-o', join(scratch, 'probe.wasm'), source);
});

/** The example in a language, and the command that stands first in the shell block behind it. */
function example(language: string): {
  readonly file: string;
  readonly code: string;
  readonly command: string[];
} {
  const [, code = '', shell = ''] =
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\`\\n\\n\`\`\`sh\\n(.*)\\n`).exec(DOCS) ?? [];
  const [, file = ''] = /^\/\/ (\S+)/.exec(code) ?? [];
  return { file, code, command: shell.split(' ') };
}

function ran(module: string, model: string, text: string): CaseRun {
  const file = join(scratch, 'case.json');
  const request = {
    path: '/v1/chat/completions',
    body: { model, messages: [{ role: 'user', content: text }] },
  };
  writeFileSync(file, JSON.stringify({ request }));
  const kernels = new Kernels();
  const ready = loadPlugin(module, {}, '.', kernels.tokens) as Ready;
  const [one] = readCases([file]);
  if (one === undefined) throw new Error('no case');
  return runCase(one, ready, kernels, 'req_docs');
}

describe.skipIf(!hasClang)('the example in C (needs clang and wasm-ld)', () => {
  it('builds as the page says and refuses a private key', () => {
    const { file, code, command } = example('c');
    writeFileSync(join(scratch, file), code);
    const [compiler = '', ...args] = command;
    expect(compiler).toBe('clang');
    execFileSync(compiler, ['-Wall', '-Wextra', '-Werror', ...args], { cwd: scratch, stdio: 'pipe' });
    const module = join(scratch, file.replace(/\.c$/, '.wasm'));
    // More than the page of memory that the module starts with.
    const long = 'x'.repeat(70_000);
    const [clean] = ran(module, 'gpt-4o', long).hooks;
    expect(clean?.outcome).toMatchObject({ result: 'go_on', failure: null });
    const key = `${long}-----BEGIN PRIVATE KEY-----`;
    const [refused] = ran(module, 'gpt-4o', key).hooks;
    expect(refused?.outcome).toMatchObject({
      result: 'deny',
      denial: { status: 403, code: 'private_key', message: 'a private key may not be sent' },
      evidence: [['message', 0]],
    });
  });
});

describe.skipIf(rustc === undefined)('the example in Rust (needs rustc with wasm32-unknown-unknown)', () => {
  it('builds as the page says and refuses other models', () => {
    const { file, code, command } = example('rust');
    writeFileSync(join(scratch, file), code);
    expect(command[0]).toBe('rustc');
    execFileSync(rustc ?? '', command.slice(1), { cwd: scratch, stdio: 'pipe' });
    const module = join(scratch, file.replace(/\.rs$/, '.wasm'));
    expect(ran(module, 'gpt-4o-mini', 'Hello').hooks[0]?.outcome.result).toBe('go_on');
    const { outcome } = ran(module, 'gpt-4o', 'Hello').hooks[0] ?? {};
    expect(outcome).toMatchObject({ result: 'deny', denial: { code: 'model_not_allowed' } });
  });
});
