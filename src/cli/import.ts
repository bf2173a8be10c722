// `weir import litellm FILE`: another gateway's configuration as a weir.yaml, with a list of what has no counterpart.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { formatProblem, loadConfigText } from '../config/load.js';
import { type Converted, convertLiteLlm } from './litellm/convert.js';
import { jsonText, scrub } from './terminal.js';

interface ImportOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Exit status 0: the result is a valid configuration, whatever had no counterpart; 1: it is not, or the file could not be read or written. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description("turn another gateway's configuration into a weir.yaml")
    .command('litellm')
    .argument('<file>', 'config.yaml of a LiteLLM proxy')
    .description(
      'models, keys, routing, limits and budgets of a LiteLLM configuration; what has no counterpart is listed',
    )
    .option(
      '-o, --out <file>',
      'write it there instead of to standard output; a file that exists is not overwritten',
    )
    .option('--json', 'print {"yaml","notes","counts"}')
    .action((file: string, options: ImportOptions) => {
      try {
        process.exitCode = report(convertLiteLlm(readFileSync(file, 'utf8'), file), options);
      } catch (error) {
        process.stderr.write(
          `${scrub(`${file}: ${error instanceof Error ? error.message : String(error)}`)}\n`,
        );
        process.exitCode = 1;
      }
    });
}

function report(converted: Converted, { out, json }: ImportOptions): number {
  const { yaml, notes, counts } = converted;
  // Variables that are set where Weir will run need not be set here.
  const env = Object.fromEntries(
    [...yaml.matchAll(/\$\{(\w+)\}/g)].map(match => [
      match[1] ?? '',
      process.env[match[1] ?? ''] ?? 'set-where-weir-runs',
    ]),
  );
  const loaded = loadConfigText(yaml, out ?? 'weir.yaml', env);
  if (json === true) process.stdout.write(`${jsonText(converted, 2)}\n`);
  else if (out === undefined) process.stdout.write(yaml);
  else writeFileSync(out, yaml, { flag: 'wx', mode: 0o600 });
  if (json !== true) {
    for (const note of notes) process.stderr.write(`- ${scrub(note)}\n`);
    process.stderr.write(
      `${counts.providers} providers, ${counts.routes} routes, ${counts.policies} policies${out === undefined ? '' : `: ${scrub(out)}`}\n`,
    );
  }
  if (loaded.ok) return 0;
  process.stderr.write(
    `the result needs a hand:\n${loaded.problems.map(problem => `${scrub(formatProblem(problem))}\n`).join('')}`,
  );
  return 1;
}
