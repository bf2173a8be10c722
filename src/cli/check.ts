// `weir check [F]`: every problem of a configuration with its place; `--schema` prints its JSON Schema.
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { formatProblem, type Loaded, loadConfigFile, type Problem } from '../config/load.js';
import { droppedSettings } from '../config/plugins.js';
import { configJsonSchema } from '../config/schema.js';
import type { PluginSettings } from '../core/plugin-settings.js';
import { lookIntoFolder } from '../plugin/load/folder.js';
import { tryFile } from '../plugin/load/prepare.js';
import { jsonText, scrub } from './terminal.js';

const DEFAULT_FILE = 'weir.yaml';

/** Exit status 0 fine (warnings allowed), 1 problems; wrong usage is commander's. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .argument('[file]', 'configuration to check', DEFAULT_FILE)
    .description('validate a configuration: every problem with file:line:column, and what is allowed')
    .option('--schema', 'print the JSON Schema of the configuration instead')
    .option('--json', 'print {"ok","file","problems":[…]}')
    .action(async (file: string, options: { schema?: boolean; json?: boolean }) => {
      if (options.schema === true) {
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return;
      }
      const loaded = await checked(file);
      process.stdout.write(options.json === true ? jsonReport(file, loaded) : textReport(file, loaded));
      process.exitCode = loaded.ok ? 0 : 1;
    });
}

/** Doubts about a module do not keep a gateway from starting: a hook may well fail on an empty request alone. */
async function checked(file: string): Promise<Loaded> {
  const doubts: Problem[] = [];
  const attempt = (settings: PluginSettings, within: string | null = null): string | null => {
    const { reason, warnings } = tryFile(settings, within);
    for (const warning of warnings) {
      const doubt = ofFile(settings.file, `policy ${settings.policy}: ${warning}`, 'warning');
      doubts.push(settings.dropped ? doubt : { ...doubt, path: 'policies' });
    }
    return reason;
  };
  const loaded = await withDropped(
    loadConfigFile(file, process.env, settings => attempt(settings)),
    attempt,
  );
  return loaded.ok ? { ...loaded, warnings: [...loaded.warnings, ...doubts] } : loaded;
}

/** Modules in `plugins_dir` have no line of their own in the configuration: their files are named. */
async function withDropped(
  loaded: Loaded,
  attempt: (settings: PluginSettings, within: string) => string | null,
): Promise<Loaded> {
  const folder = loaded.ok ? loaded.config.pluginsDir : null;
  if (!loaded.ok || folder === null) return loaded;
  const { files, problem, missing } = await lookIntoFolder(folder);
  const problems: Problem[] = [];
  if (problem !== null) problems.push(ofFile(folder, problem, 'error'));
  if (missing) problems.push(ofFile(folder, 'plugins_dir is not there yet', 'warning'));
  for (const { name, file } of files) {
    const reason = attempt(droppedSettings(name, file), folder);
    if (reason !== null) problems.push(ofFile(file, reason, 'error'));
  }
  const all = [...loaded.warnings, ...problems];
  return problems.some(({ severity }) => severity === 'error')
    ? { ok: false, problems: all }
    : { ...loaded, warnings: all };
}

function ofFile(file: string, message: string, severity: Problem['severity']): Problem {
  return { file, line: 0, column: 0, path: 'plugins_dir', message, severity };
}

function jsonReport(file: string, loaded: Loaded): string {
  const problems = loaded.ok ? loaded.warnings : loaded.problems;
  return `${jsonText({ ok: loaded.ok, file, problems }, 2)}\n`;
}

function textReport(file: string, loaded: Loaded): string {
  const problems = loaded.ok ? loaded.warnings : loaded.problems;
  const errors = problems.filter(problem => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [count(errors, 'error'), count(warnings, 'warning')].filter(text => text !== '').join(', ');
  const verdict = loaded.ok ? `is fine: ${contents(loaded.config)}` : 'cannot be used';
  const lines = [...problems.map(formatProblem), `${file} ${verdict}${counts === '' ? '' : ` (${counts})`}`];
  return `${lines.map(scrub).join('\n')}\n`;
}

function contents(config: Config): string {
  const parts = [
    count(config.providers.length, 'provider') || 'no provider',
    count(config.consumers.length, 'consumer') || 'no consumer',
    count(config.routes.length, 'route') || 'no route',
  ];
  return `${parts.join(', ')}, anonymous callers: ${config.anonymous}`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`;
}
