// Plugin policies: every kind of mistake as a table, what a right one becomes, what is shown of it, and the warnings.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config, PluginPolicy } from '../../src/config/config.js';
import {
  configSecrets,
  formatProblem,
  type Loaded,
  loadConfigFile,
  loadConfigText,
  maskedConfig,
} from '../../src/config/load.js';

const BASE = 'anonymous: allow\nproviders: { openai: }\n';
const ENV = { PHRASE: 'a phrase that is secret', FUEL: '5000' };
const folder = mkdtempSync(join(tmpdir(), 'weir-plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(plugin: string, around = ''): Loaded {
  return loadConfigText(
    `${BASE}policies:\n  - { name: p, plugin: ${plugin}${around} }\n`,
    '/etc/weir/weir.yaml',
    ENV,
  );
}

function config(plugin: string, around = ''): Config {
  const loaded = load(plugin, around);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

function policy(plugin: string, around = ''): PluginPolicy {
  const [first] = config(plugin, around).policies;
  if (first?.kind !== 'plugin') throw new Error('no plugin policy');
  return first;
}

function warnings(plugin: string): string {
  const loaded = load(plugin);
  return loaded.ok ? loaded.warnings.map(({ message }) => message).join('\n') : 'not loaded';
}

const SETTINGS = {
  policy: 'p',
  file: '/etc/weir/a.wasm',
  dropped: false,
  mode: 'enforce',
  sizeMax: 1_048_576,
  configJson: '{}',
  grants: ['messages.read', 'headers.read', 'events.read'],
  fuel: 10_000_000,
  fuelPerByte: 400,
  memoryBytes: 16_777_216,
  onFailure: 'closed',
  onOpaque: 'refuse',
  run: 'auto',
  deadlineMs: 250,
  reset: 'always',
  tables: {},
  tags: [],
  countersMax: 10_000,
};

/** [`plugin:`, path within it, words of the message] */
const MISTAKES: readonly (readonly [string, string, ...RegExp[]])[] = [
  ['', '.file', /missing/, /\.wasm/],
  ['{}', '.file', /missing/],
  ['a.wasm', '', /a mapping of file, config, grant/],
  ['{ file: 5 }', '.file', /number 5/],
  ['{ file: a.wasm, grants: [route] }', '.grants', /did you mean grant\?/],
  ['{ file: a.wasm, config: [1] }', '.config', /a list/, /a mapping/],
  ['{ file: a.wasm, config: { a: { b: .inf } } }', '.config.a.b', /JSON/],
  ['{ file: a.wasm, grant: messages.write }', '.grant', /a list of grants/],
  [
    '{ file: a.wasm, grant: [message.write] }',
    '.grant[0]',
    /did you mean messages\.write\?/,
    /counters, lookup/,
  ],
  ['{ file: a.wasm, grant: [network] }', '.grant[0]', /"network"/, /messages\.read, messages\.write/],
  ['{ file: a.wasm, grant: [route, route] }', '.grant[1]', /second time/],
  ['{ file: a.wasm, grant: [5] }', '.grant[0]', /number 5/],
  ['{ file: a.wasm, fuel: 999 }', '.fuel', /number 999/, /1000 to 1000000000000/],
  ['{ file: a.wasm, fuel: 10M }', '.fuel', /"10M"/],
  ['{ file: a.wasm, fuel_per_byte: -1 }', '.fuel_per_byte', /0 to 1000000/],
  ['{ file: a.wasm, memory: 1KiB }', '.memory', /64KiB to 256MiB/],
  ['{ file: a.wasm, memory: 1GiB }', '.memory', /64KiB to 256MiB/],
  ['{ file: a.wasm, size: 17MiB }', '.size', /1KiB to 16MiB/],
  ['{ file: a.wasm, on_failure: close }', '.on_failure', /closed, open/],
  ['{ file: a.wasm, on_opaque: closed }', '.on_opaque', /refuse, pass/],
  ['{ file: a.wasm, run: inlined }', '.run', /auto, inline, isolated/],
  ['{ file: a.wasm, deadline: 250 }', '.deadline', /number 250/, /1ms to 10s/],
  ['{ file: a.wasm, deadline: 11s }', '.deadline', /"11s"/],
  ['{ file: a.wasm, reset: sometimes }', '.reset', /always, never/],
  ['{ file: a.wasm, tables: [a.csv] }', '.tables', /a mapping of table names/],
  ['{ file: a.wasm, tables: { a: 5 } }', '.tables.a', /number 5/],
  ['{ file: a.wasm, tables: { "a b": a.csv } }', '.tables.a b', /no name of a table/],
  ['{ file: a.wasm, tags: ["a b"] }', '.tags[0]', /letters, digits/],
  ['{ file: a.wasm, tags: [a, A] }', '.tags[1]', /second time/],
  ['{ file: a.wasm, counters: 0 }', '.counters', /1 to 524288/],
];

describe('a mistake in a plugin policy', () => {
  for (const [plugin, path, ...words] of MISTAKES) {
    it(`is told: ${plugin.slice(0, 80)}`, () => {
      const loaded = load(plugin);
      const problems = loaded.ok ? [] : loaded.problems;
      const problem = problems.find(candidate => candidate.path === `policies[0].plugin${path}`);
      expect(problem, JSON.stringify(problems)).toBeDefined();
      expect(problem?.line).toBe(4);
      for (const word of words) expect(problem?.message).toMatch(word);
    });
  }

  it('is told beside others', () => {
    const loaded = load('{ file: a.wasm, grant: [nothing], tags: ["-"], fuel: 1, tables: { "?": x } }');
    expect(
      loaded.ok ? [] : loaded.problems.map(({ path }) => path.replace('policies[0].plugin.', '')),
    ).toEqual(['grant[0]', 'tags[0]', 'fuel', 'tables.?']);
  });

  it('is told of options that belong to limits, and of a second rule', () => {
    const hold = load('{ file: a.wasm }', ', hold: worst');
    expect(hold.ok ? [] : hold.problems.map(({ message }) => message).join()).toMatch(
      /does not belong to plugin/,
    );
    const two = load('{ file: a.wasm }', ', deny: {}');
    expect(two.ok ? [] : two.problems.map(({ message }) => message).join()).toMatch(/stands beside deny/);
  });
});

describe('a plugin policy', () => {
  it('has the defaults of the contract', () => {
    expect(policy('{ file: a.wasm }')).toEqual({
      name: 'p',
      mode: 'enforce',
      when: null,
      unreadable: 'refuse',
      kind: 'plugin',
      settings: SETTINGS,
      secrets: [],
    });
    expect(config('{ file: a.wasm }').pluginsDir).toBeNull();
  });

  it('takes every setting in its unit, paths relative to the file', () => {
    const written = `{ file: ../m/a.wasm, config: { deny: [a, "b\\"c"], n: 1.5, deep: { x: true } }, grant: [messages.read, counters, lookup],
      fuel: "\${FUEL}", fuel_per_byte: 0, memory: 64KiB, size: 16MiB, on_failure: open, run: isolated, deadline: 1s500ms, reset: never,
      tables: { t: t.csv, u: /abs/u.csv }, tags: [Project], counters: 7 }`;
    expect(policy(written, ', mode: shadow, when: "ai.stream", unreadable: pass')).toMatchObject({
      mode: 'shadow',
      when: 'ai.stream',
      unreadable: 'pass',
      settings: {
        file: '/etc/m/a.wasm',
        mode: 'shadow',
        sizeMax: 16 * 1024 * 1024,
        configJson: '{"deny":["a","b\\"c"],"n":1.5,"deep":{"x":true}}',
        grants: ['messages.read', 'headers.read', 'events.read', 'counters', 'lookup'],
        fuel: 5000,
        fuelPerByte: 0,
        memoryBytes: 65_536,
        onFailure: 'open',
        onOpaque: 'pass',
        run: 'isolated',
        deadlineMs: 1500,
        reset: 'never',
        tables: { t: '/etc/weir/t.csv', u: '/abs/u.csv' },
        tags: ['project'],
        countersMax: 7,
      },
    });
  });

  it('brings route with body.write, and keeps what on_opaque says', () => {
    const { settings } = policy('{ file: a.wasm, grant: [body.write], on_failure: open, on_opaque: refuse }');
    expect(settings.grants).toEqual(['messages.read', 'headers.read', 'events.read', 'body.write', 'route']);
    expect(settings.onOpaque).toBe('refuse');
  });

  it('counts texts of its config that come from the environment as secrets', () => {
    const loaded = config(`{ file: a.wasm, config: { words: ["x \${PHRASE}", plain], camelCase: plain } }`);
    expect(configSecrets(loaded)).toContain('x a phrase that is secret');
    const shown = JSON.stringify(maskedConfig(loaded));
    expect(shown).not.toContain('a phrase that is secret');
    expect(shown).toContain('"config":{"words":["***","plain"],"camelCase":"plain"}');
  });

  it('is shown with every setting', () => {
    const [shown] = (maskedConfig(config('{ file: a.wasm, deadline: 1s }')) as { policies: unknown[] })
      .policies;
    expect(shown).toEqual({
      name: 'p',
      mode: 'enforce',
      when: null,
      unreadable: 'refuse',
      plugin: {
        file: '/etc/weir/a.wasm',
        config: {},
        grant: ['messages.read', 'headers.read', 'events.read'],
        fuel: 10_000_000,
        fuel_per_byte: 400,
        memory: '16MiB',
        size: '1MiB',
        on_failure: 'closed',
        on_opaque: 'refuse',
        run: 'auto',
        deadline: '1s',
        reset: 'always',
        tables: {},
        tags: [],
        counters: 10_000,
      },
    });
  });

  it.each([
    ['{ file: a.wasm, tables: { a: a.csv } }', /tables has no effect: grant has no lookup/],
    ['{ file: a.wasm, grant: [lookup] }', /no tables to look up/],
    ['{ file: a.wasm, counters: 5 }', /counters has no effect/],
    ['{ file: a.wasm, run: inline, deadline: 1s }', /deadline has no effect/],
    ['{ file: a.wasm, reset: never }', /later requests may see/],
  ])('is warned about: %s', (plugin, words) => expect(warnings(plugin)).toMatch(words));

  it('is warned about where all counters together have no room', () => {
    const counting = (name: string): string =>
      `{ name: ${name}, plugin: { file: a.wasm, grant: [counters], counters: 300000 } }`;
    const text = `${BASE}policies: [ ${counting('a')}, ${counting('b')}, ${counting('c')} ]`;
    const loaded = loadConfigText(text, 'weir.yaml', {});
    expect(loaded.ok ? loaded.warnings.map(({ message }) => message) : []).toEqual([
      'policies[1].plugin.counters and those before it are 600000; there is room for 524288 in all',
    ]);
  });

  it('is not warned about without a reason', () => {
    expect(warnings('{ file: a.wasm, grant: [lookup, counters], tables: { a: a.csv }, counters: 5 }')).toBe(
      '',
    );
  });
});

describe('files that a plugin policy names', () => {
  const check = (yaml: string, inspect: (file: string) => string | null = () => null): string => {
    writeFileSync(join(folder, 'weir.yaml'), BASE + yaml);
    const loaded = loadConfigFile(join(folder, 'weir.yaml'), {}, ({ file }) => inspect(file));
    return loaded.ok ? 'fine' : loaded.problems.map(formatProblem).join('\n').replaceAll(`${folder}/`, '');
  };

  it('are to be read: module and tables', () => {
    writeFileSync(join(folder, 'there.wasm'), 'x');
    expect(check('policies: [ { name: p, plugin: { file: there.wasm } } ]')).toBe('fine');
    const text =
      'policies: [ { name: p, plugin: { file: gone.wasm, grant: [lookup], tables: { t: gone.csv } } } ]';
    expect(check(text)).toMatch(
      /^weir\.yaml:3:40: error: policies\[0\]\.plugin\.file is "gone\.wasm"; allowed: a file that/m,
    );
    expect(check(text)).toMatch(/tables\.t is "gone\.csv"; allowed: a file that can be read/);
  });

  it('are judged by their contents, at the place where they are named', () => {
    writeFileSync(join(folder, 'there.wasm'), 'x');
    const text = 'policies: [ { name: p, plugin: { file: there.wasm } } ]';
    expect(check(text, file => `${file} is no module`)).toBe(
      'weir.yaml:3:40: error: policies[0].plugin.file "there.wasm" cannot be used: there.wasm is no module',
    );
  });

  it('lie in a folder relative to the file', () => {
    const loaded = loadConfigText('plugins_dir: ./enabled', '/etc/weir/weir.yaml', {});
    expect(loaded.ok && loaded.config.pluginsDir).toBe('/etc/weir/enabled');
  });
});
