// `weir plugin new <name>`: a folder with a policy that builds and passes its own cases, to be changed into another.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { SDK_FOLDER } from './plugin-compile.js';
import { complain, type Streams, streamsOf } from './plugin-output.js';
import { jsonText } from './terminal.js';

const TEMPLATE = fileURLToPath(new URL('../../plugins/template', import.meta.url));
/** What the template calls itself. */
const PLACEHOLDER = /my-policy/g;
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

interface NewOptions {
  readonly dir?: string;
  readonly json?: boolean;
}

export function registerPluginNew(plugin: Command): void {
  plugin
    .command('new')
    .description('make a folder with a policy in AssemblyScript, its SDK and test cases')
    .argument('<name>', "the policy's name: a-z, 0-9 and -")
    .option('--dir <folder>', 'where to put it (default: a folder of that name, here)')
    .option('--json', 'print {"folder","files"}')
    .action((name: string, options: NewOptions, command: Command) => {
      const streams = streamsOf(command, 'new');
      if (!NAME.test(name)) {
        const allowed = 'a-z, 0-9 and "-", beginning with a letter or digit, up to 63 characters';
        complain(streams, `the name is ${JSON.stringify(name)}; allowed: ${allowed}`, 2);
      } else makeFolder(name, options.dir ?? name, options.json === true, streams);
    });
}

function makeFolder(name: string, folder: string, json: boolean, streams: Streams): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    complain(streams, `${folder} exists and is not empty; give another with --dir`, 1);
    return;
  }
  try {
    cpSync(TEMPLATE, folder, { recursive: true });
    cpSync(SDK_FOLDER, join(folder, 'sdk'), { recursive: true });
    writeFileSync(join(folder, '.gitignore'), 'build/\n');
    for (const file of filesIn(folder)) rename(file, name);
  } catch (error) {
    complain(streams, error instanceof Error ? error.message : String(error), 1);
    return;
  }
  const files = filesIn(folder).map(file => relative(folder, file));
  if (json) streams.out(`${jsonText({ folder, files }, 2)}\n`);
  else
    streams.out(
      [
        `${folder}: ${files.length} files. Its policy is ${join(folder, 'assembly', 'index.ts')}.`,
        'Next:',
        `  npx weir plugin test ${folder}`,
        '',
      ].join('\n'),
    );
}

function rename(file: string, name: string): void {
  if (dirname(file).endsWith('sdk')) return;
  const text = readFileSync(file, 'utf8');
  if (text.includes('my-policy')) writeFileSync(file, text.replace(PLACEHOLDER, name));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}
