// The settings that a module is tried with: words of a policy's `plugin:` (weir.yaml), judged by the configuration's own rules.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parse as parseYaml } from 'yaml';
import { loadConfigText } from '../config/load.js';
import type { PluginSettings } from '../core/plugin-settings.js';

/** `plugin:` without `file`; relative paths are those of `folder`. */
export type PolicyWords = Readonly<Record<string, unknown>>;

/** Options of the commands that run a module. */
export interface PolicyFlags {
  readonly config?: PolicyWords;
  readonly grant?: readonly string[];
  readonly fuel?: string;
  readonly memory?: string;
  readonly table?: Readonly<Record<string, string>>;
  readonly tag?: readonly string[];
}

export function addPolicyFlags(command: Command): Command {
  return command
    .option('--config <json|file>', "the policy's config: JSON, or a JSON or YAML file", readConfig)
    .option(
      '--grant <grants>',
      'grants beyond the defaults, with commas between (default: what it needs)',
      list,
    )
    .option('--fuel <n>', 'fuel of a hook call')
    .option('--memory <size>', 'most memory that it may have')
    .option('--table <name=file>', 'a table that it may look up; may be repeated', addTable)
    .option('--tag <names>', 'request tags that it may set, with commas between', list);
}

export function wordsOf({ config, grant, fuel, memory, table, tag }: PolicyFlags): PolicyWords {
  const words: Record<string, unknown> = {};
  if (config !== undefined) words.config = config;
  if (grant !== undefined) words.grant = grant;
  if (fuel !== undefined) words.fuel = fuel;
  if (memory !== undefined) words.memory = memory;
  if (table !== undefined) words.tables = table;
  if (tag !== undefined) words.tags = tag;
  return words;
}

/** Throws an Error with every problem, a line each. */
export function settingsFor(file: string, words: PolicyWords, folder = '.'): PluginSettings {
  const policy = { name: 'policy', plugin: { ...words, file: resolve(file) } };
  // JSON is YAML, but for what stands for a variable there.
  const text = JSON.stringify({ policies: [policy] }).replaceAll('${', () => '$${');
  const loaded = loadConfigText(text, join(resolve(folder), 'policy.json'), {});
  if (!loaded.ok) {
    const lines = loaded.problems.map(
      ({ path, message }) => `${path.replace('policies[0].', '')}: ${message}`,
    );
    throw new Error(lines.join('\n'));
  }
  const [found] = loaded.config.policies;
  if (found?.kind !== 'plugin') throw new Error('the settings make no plugin policy');
  return found.settings;
}

function list(text: string): string[] {
  return text.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]));
}

function addTable(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined)
    throw new InvalidArgumentError('A table is given as name=file.csv.');
  return { ...before, [name]: resolve(file) };
}

function readConfig(text: string): PolicyWords {
  const inline = text.trimStart().startsWith('{');
  if (!inline && !existsSync(text))
    throw new InvalidArgumentError('It is neither a JSON object nor a file that exists.');
  let value: unknown;
  try {
    value = inline ? JSON.parse(text) : parseYaml(readFileSync(text, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidArgumentError('It is no mapping.');
  return { ...value };
}
