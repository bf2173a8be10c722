// Each rule on small made-up trees: one that it must find fault with, and its neighbour that it must let pass.
import { describe, expect, it } from 'vitest';
import * as floors from './rules/floors.js';
import * as honesty from './rules/honesty.js';
import * as shape from './rules/shape.js';
import * as world from './rules/world.js';
import { RULES } from './rules.js';
import { type Rule, treeOf } from './tree.js';

type Files = Readonly<Record<string, string>>;

interface Case {
  readonly rule: Rule;
  readonly what: string;
  readonly files: Files;
  /** `path:line` of each finding, in order; none = the tree is tidy. */
  readonly finds: readonly string[];
}

const lines = (count: number, line = 'x();'): string => `${line}\n`.repeat(count);
// Written in pieces, because the rules read this file too.
const homePath = ['', 'home', 'ann', 'weir'].join('/');
const registry = ['https:/', ['registry', 'npmjs', 'org'].join('.'), 'x'].join('/');

const CASES: readonly Case[] = [
  {
    rule: floors.importsGoDown,
    what: 'an import of a higher floor',
    files: { 'src/route/a.ts': "// x\nimport { b } from '../pipeline/b.js';", 'src/pipeline/b.ts': '' },
    finds: ['src/route/a.ts:2'],
  },
  {
    rule: floors.importsGoDown,
    what: 'an import of another room on the same floor',
    files: { 'src/http/a.ts': "import type { b } from '../upstream/b.js';", 'src/upstream/b.ts': '' },
    finds: ['src/http/a.ts:1'],
  },
  {
    rule: floors.importsGoDown,
    what: 'a module named by URL from a higher floor',
    files: { 'src/http/a.ts': "new URL('../workers/b.js', import.meta.url)", 'src/workers/b.ts': '' },
    finds: ['src/http/a.ts:1'],
  },
  {
    rule: floors.importsGoDown,
    what: 'a dynamic import of a higher floor, a file outside src and a room without a floor',
    files: {
      'src/core/a.ts': "await import('../cli/b.js');",
      'src/cli/b.ts': '',
      'src/config/c.ts': "import { d } from '../../test/d.js';",
      'src/cellar/e.ts': '',
    },
    finds: ['src/core/a.ts:1', 'src/config/c.ts:1', 'src/cellar/e.ts:1'],
  },
  {
    rule: floors.importsGoDown,
    what: 'an import downwards, one inside the room, and one that stands in a comment or a string',
    files: {
      'src/pipeline/a.ts':
        "import { b } from '../http/b.js';\nimport { c } from './c.js';\n// from '../cli/x.js'",
      'src/pipeline/c.ts': "const text = `import { x } from '../cli/x.js'`;",
      'src/http/b.ts': '',
    },
    finds: [],
  },
  {
    rule: floors.coreImportsNothing,
    what: 'core importing a file system and a package',
    files: { 'src/core/a.ts': "import { readFileSync } from 'node:fs';\nimport { z } from 'zod';" },
    finds: ['src/core/a.ts:1', 'src/core/a.ts:2'],
  },
  {
    rule: floors.coreImportsNothing,
    what: 'core importing core and a hash',
    files: { 'src/core/a.ts': "import { b } from './b.js';\nimport 'node:crypto';", 'src/core/b.ts': '' },
    finds: [],
  },
  {
    rule: floors.stagesStayApart,
    what: 'a stage importing a stage',
    files: {
      'src/pipeline/stages/a.ts': "import { b } from './b.js';\nimport { c } from '../c.js';",
      'src/pipeline/stages/b.ts': '',
      'src/pipeline/c.ts': '',
    },
    finds: ['src/pipeline/stages/a.ts:1'],
  },
  {
    rule: floors.stagesStayApart,
    what: 'the list of stages importing them',
    files: { 'src/pipeline/phases.ts': "import { a } from './stages/a.js';", 'src/pipeline/stages/a.ts': '' },
    finds: [],
  },
  {
    rule: floors.doorsHaveOneUser,
    what: 'WebAssembly, undici, fetch and a socket in the wrong rooms',
    files: {
      'src/route/a.ts': 'WebAssembly.compile(bytes);',
      'src/admin/b.ts': "import { Pool } from 'undici';\nawait fetch(url);\nnet.connect(1);",
      'src/cli/c.ts': "import uws from 'uWebSockets.js';",
    },
    finds: ['src/route/a.ts:1', 'src/admin/b.ts:1', 'src/admin/b.ts:2', 'src/admin/b.ts:3', 'src/cli/c.ts:1'],
  },
  {
    rule: floors.doorsHaveOneUser,
    what: 'each of them where it belongs, and words that only look alike',
    files: {
      'src/kernel/a.ts': 'WebAssembly.compile(bytes);',
      'src/upstream/b.ts': "import { Pool } from 'undici';\ntls.connect(1);",
      'src/http/c.ts': "import uws from 'uWebSockets.js';\ncache.fetch(1); // fetch() of WebAssembly",
      'src/cli/d.ts': 'await fetch(url);',
    },
    finds: [],
  },
  {
    rule: floors.guestsStayInside,
    what: 'a kernel reaching into src and a plugin into another plugin',
    files: {
      'assembly/meter/index.ts': "import { x } from '../../src/core/x';",
      'src/core/x.ts': '',
      'plugins/a/index.ts': "import { y } from '../b/y';\nimport { z } from 'zod';",
      'plugins/b/y.ts': '',
    },
    finds: ['assembly/meter/index.ts:1', 'plugins/a/index.ts:1', 'plugins/a/index.ts:2'],
  },
  {
    rule: floors.guestsStayInside,
    what: 'a kernel importing kernels, a plugin importing the sdk and its own folder',
    files: {
      'assembly/meter/index.ts': "import { x } from '../layout';\nimport { y } from './y';",
      'assembly/layout.ts': '',
      'assembly/meter/y.ts': '',
      'plugins/a/index.ts': "import { z } from '../sdk/z';\nimport { w } from './w';",
      'plugins/sdk/z.ts': '',
      'plugins/a/w.ts': '',
    },
    finds: [],
  },
  {
    rule: floors.noCycles,
    what: 'a circle of three',
    files: {
      'src/core/a.ts': "import './b.js';",
      'src/core/b.ts': "import './c.js';",
      'src/core/c.ts': "import './a.js';",
    },
    finds: ['src/core/a.ts:1'],
  },
  {
    rule: floors.noCycles,
    what: 'two ways to one file',
    files: {
      'src/core/a.ts': "import './b.js';\nimport './c.js';",
      'src/core/b.ts': "import './c.js';",
      'src/core/c.ts': '',
    },
    finds: [],
  },
  {
    rule: shape.filesAreShort,
    what: 'a file of 301 lines',
    files: { 'src/core/a.ts': lines(301), 'test/b.test.ts': lines(301) },
    finds: ['src/core/a.ts:300'],
  },
  {
    rule: shape.filesAreShort,
    what: 'a file of 300 lines',
    files: { 'src/core/a.ts': lines(300) },
    finds: [],
  },
  {
    rule: shape.functionsAreShort,
    what: 'a function, a method and an arrow of 61 lines each',
    files: {
      'src/core/a.ts': `function a(x: string): { y: number } {\n${lines(59)}}\n`,
      'src/core/b.ts': `class B {\n  b<T>(x: T): Promise<T[]> {\n${lines(59)}  }\n}\n`,
      'src/core/c.ts': `const c = async (x: string): Promise<void> => {\n${lines(59)}};\n`,
    },
    finds: ['src/core/a.ts:1', 'src/core/b.ts:2', 'src/core/c.ts:1'],
  },
  {
    rule: shape.functionsAreShort,
    what: 'functions of 60 lines, a long class and braces inside strings and patterns',
    files: {
      'src/core/a.ts': `function a(): void {\n${lines(58)}}\n`,
      'src/core/b.ts': `class B {\n${lines(40, '  b(): void { x(); }')}${lines(40, '  y = 1;')}}\n`,
      'src/core/c.ts': `function c(): void {\n  x('{', /[{/]/, \`{\${y('}')}{\`);\n}\n${lines(80)}`,
      'src/core/d.ts': `if (x) {\n${lines(80)}}\n`,
    },
    finds: [],
  },
  {
    rule: shape.functionsAreShort,
    what: 'long functions: a switch that does not say what it is, a claim without a switch, a claim elsewhere',
    files: {
      'src/core/a.ts': `function a(): void {\n  switch (x) {\n${lines(70)}  }\n}\n`,
      'src/core/b.ts': `function b(): void {\n  // State machine: it claims\n${lines(70)}}\n`,
      'src/core/c.ts': `// A state machine.\nlet y;\nfunction c(): void {\n  switch (x) {\n${lines(70)}  }\n}\n`,
    },
    finds: ['src/core/a.ts:1', 'src/core/b.ts:1', 'src/core/c.ts:3'],
  },
  {
    rule: shape.functionsAreShort,
    what: 'a long switch or loop that says it is a state machine, above it or on its first line',
    files: {
      'src/core/a.ts': `function a(): void {\n  // State machine: one case a byte\n  switch (x) {\n${lines(70)}  }\n}\n`,
      'src/core/b.ts': `/** A state\n * machine. */\nlet y;\n/** It is the state machine. */\nfunction b(): void {\n  while (x) {\n${lines(70)}  }\n}\n`,
    },
    finds: [],
  },
  {
    rule: shape.filesSayWhatTheyAre,
    what: 'files that begin with code, with an empty comment or with one word',
    files: { 'src/core/a.ts': 'const a = 1;', 'test/b.ts': '//\n', 'bench/c.js': '// Helpers\nx();' },
    finds: ['src/core/a.ts:1', 'test/b.ts:1', 'bench/c.js:1'],
  },
  {
    rule: shape.filesSayWhatTheyAre,
    what: 'files that begin with a sentence, also after #!',
    files: {
      'src/core/a.ts': '// What a thing is.\n',
      'scripts/b.js': '#!/usr/bin/env node\n// What a thing is.\n',
    },
    finds: [],
  },
  {
    rule: shape.namesAreKebabCase,
    what: 'names in camelCase and snake_case',
    files: { 'src/core/bodyFacts.ts': '', 'test/body_facts.test.ts': '', 'src/Core/a.ts': '' },
    finds: ['src/core/bodyFacts.ts:1', 'test/body_facts.test.ts:1', 'src/Core/a.ts:1'],
  },
  {
    rule: shape.namesAreKebabCase,
    what: 'names in kebab-case and README.md',
    files: { 'src/core/body-facts.ts': '', 'test/body-facts.test.ts': '', 'bench/README.md': '' },
    finds: [],
  },
  {
    rule: shape.noDefaultExports,
    what: 'a default export',
    files: { 'src/core/a.ts': 'export default 1;', 'src/core/b.ts': 'export { x as default };' },
    finds: ['src/core/a.ts:1', 'src/core/b.ts:1'],
  },
  {
    rule: shape.noDefaultExports,
    what: 'a named export, and the words in a comment',
    files: { 'src/core/a.ts': '// export default\nexport const a = 1;' },
    finds: [],
  },
  {
    rule: shape.noBarrels,
    what: 'a re-export of one name, of a type, of everything',
    files: {
      'src/core/a.ts':
        "export { b } from './b.js';\nexport type { c } from './b.js';\nexport * as d from './b.js';",
    },
    finds: ['src/core/a.ts:1', 'src/core/a.ts:2', 'src/core/a.ts:3'],
  },
  {
    rule: shape.noBarrels,
    what: "an export of one's own, and a kernel's list of exports",
    files: {
      'src/core/a.ts': 'export { b };',
      'assembly/meter/index.ts': "export { push } from './machine';",
    },
    finds: [],
  },
  {
    rule: honesty.noAny,
    what: 'any in its usual places',
    files: { 'src/core/a.ts': 'let a: any;\nconst b = c as any;\nlet d: Map<string, any>;\nlet e: any[];' },
    finds: ['src/core/a.ts:1', 'src/core/a.ts:2', 'src/core/a.ts:3', 'src/core/a.ts:4'],
  },
  {
    rule: honesty.noAny,
    what: 'any as a method, a key or a word',
    files: { 'src/core/a.ts': "app.any('/*', f); // any\nconst a = { any: 1, anything: 2 };" },
    finds: [],
  },
  {
    rule: honesty.noIgnores,
    what: 'each way to look away',
    files: { 'src/core/a.ts': '// @ts-ignore\n// @ts-expect-error because\n/* biome-ignore lint/x: y */' },
    finds: ['src/core/a.ts:1', 'src/core/a.ts:2', 'src/core/a.ts:3'],
  },
  {
    rule: honesty.noIgnores,
    what: 'the words in a string',
    files: { 'src/core/a.ts': "x('@ts-ignore');" },
    finds: [],
  },
  {
    rule: honesty.nothingLeftForLater,
    what: 'a note to oneself',
    files: { 'src/core/a.ts': 'x();\n// TODO: the rest' },
    finds: ['src/core/a.ts:2'],
  },
  {
    rule: honesty.nothingLeftForLater,
    what: 'the word in a string',
    files: { 'src/core/a.ts': "x('TODO');" },
    finds: [],
  },
  {
    rule: honesty.noEmptyCatch,
    what: 'an empty catch, as a block and as a callback',
    files: {
      'src/core/a.ts': 'try { x(); } catch {}\ntry { x(); } catch (e) { /* no */ }\np.catch(() => {});',
    },
    finds: ['src/core/a.ts:1', 'src/core/a.ts:2', 'src/core/a.ts:3'],
  },
  {
    rule: honesty.noEmptyCatch,
    what: 'a catch that does something or says why not',
    files: {
      'src/core/a.ts':
        'try { x(); } catch { y(); }\ntry { x(); } catch {\n  // already closed: nothing to do\n}',
    },
    finds: [],
  },
  {
    rule: honesty.everyTestRuns,
    what: 'only, todo and fails',
    files: { 'test/a.test.ts': "it.only('x', f);\ndescribe.only('x', f);\nit.todo('x');\nit.fails('x', f);" },
    finds: ['test/a.test.ts:1', 'test/a.test.ts:2', 'test/a.test.ts:3', 'test/a.test.ts:4'],
  },
  {
    rule: honesty.everyTestRuns,
    what: 'a plain test',
    files: { 'test/a.test.ts': "it('runs only once', f);" },
    finds: [],
  },
  {
    rule: honesty.skipsSayWhy,
    what: 'a bare skip and a condition without its reason',
    files: { 'test/a.test.ts': "it.skip('x (needs y)', f);\nit.skipIf(!z)('x', () => {});" },
    finds: ['test/a.test.ts:1', 'test/a.test.ts:2'],
  },
  {
    rule: honesty.skipsSayWhy,
    what: 'a condition whose title says what it needs',
    files: { 'test/a.test.ts': "describe.skipIf(!z)('x (needs ../shared/corpus)', () => {});" },
    finds: [],
  },
  {
    rule: honesty.testsAssert,
    what: 'a test file without an assertion',
    files: { 'test/a.test.ts': "it('expects', () => { run(); });" },
    finds: ['test/a.test.ts:1'],
  },
  {
    rule: honesty.testsAssert,
    what: 'a test file with one',
    files: { 'test/a.test.ts': "it('x', () => expect(1).toBe(1));" },
    finds: [],
  },
  {
    rule: honesty.testsAssert,
    what: 'a test file whose assertion stands in a helper that is named so',
    files: { 'test/a.test.ts': "import { expectAgreement } from './run.js';\nexpectAgreement(1);" },
    finds: [],
  },
  {
    rule: world.noMachinePaths,
    what: "somebody's home folder",
    files: { 'docs/a.md': `first\nsee ${homePath}` },
    finds: ['docs/a.md:2'],
  },
  {
    rule: world.noMachinePaths,
    what: 'a path of every machine and the path of an address',
    files: { 'docs/a.md': `see /etc/weir.yaml and http://example.com${homePath}` },
    finds: [],
  },
  {
    rule: world.noRegistryHosts,
    what: "a registry's address",
    files: { '.npmrc': `x=${registry}` },
    finds: ['.npmrc:1'],
  },
  {
    rule: world.noRegistryHosts,
    what: 'another address',
    files: { 'a.md': 'https://example.com/x' },
    finds: [],
  },
  {
    rule: world.lockfileIsPortable,
    what: 'a download address in a lock file',
    files: { 'bench/rivals/package-lock.json': '{\n"resolved": "https://example.com/a.tgz"}' },
    finds: ['bench/rivals/package-lock.json:2'],
  },
  {
    rule: world.lockfileIsPortable,
    what: 'a lock file with integrity alone',
    files: { 'package-lock.json': '{ "integrity": "sha512-x" }' },
    finds: [],
  },
  { rule: world.changesAreTold, what: 'a missing CHANGELOG', files: {}, finds: ['CHANGELOG.md:1'] },
  {
    rule: world.changesAreTold,
    what: 'a CHANGELOG',
    files: { 'CHANGELOG.md': '# C\n\n## Unreleased\n' },
    finds: [],
  },
  {
    rule: world.linksLead,
    what: 'a link to nothing',
    files: { 'docs/a.md': 'x\n[b](b.md)' },
    finds: ['docs/a.md:2'],
  },
  {
    rule: world.linksLead,
    what: 'links to a file, a folder, a heading and another site',
    files: { 'docs/a.md': '[b](../b.md) [d](../docs/) [h](#h) [s](https://example.com)', 'b.md': '' },
    finds: [],
  },
];

describe('a tidy rule', () => {
  for (const { rule, what, files, finds } of CASES) {
    it(`${finds.length > 0 ? 'finds' : 'lets pass'} ${what}`, () => {
      const places = rule.check(treeOf(files)).map(finding => finding.split(':').slice(0, 2).join(':'));
      expect(places).toEqual(finds);
    });
  }

  it('has a case that it finds and one that it lets pass', () => {
    const untried = RULES.filter(
      rule => ![true, false].every(found => CASES.some(c => c.rule === rule && c.finds.length > 0 === found)),
    );
    expect(untried.map(rule => rule.name)).toEqual([]);
  });
});
