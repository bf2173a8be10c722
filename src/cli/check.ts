// `weir check [F]`: every problem of a configuration with its place; `--schema` prints its JSON Schema.
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { formatProblem, type Loaded, loadConfigFile } from '../config/load.js';
import { configJsonSchema } from '../config/schema.js';
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
    .action((file: string, options: { schema?: boolean; json?: boolean }) => {
      if (options.schema === true) {
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return;
      }
      const loaded = loadConfigFile(file);
      process.stdout.write(options.json === true ? jsonReport(file, loaded) : textReport(file, loaded));
      process.exitCode = loaded.ok ? 0 : 1;
    });
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
