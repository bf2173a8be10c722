// `weir key new <consumer>`: makes a key and prints it once, with what the configuration keeps of it.
import type { Command } from 'commander';
import { isName } from '../config/leaves.js';
import { newWeirKey, weirKeySha256 } from '../core/weir-key.js';

/** Exit status 0 fine, 1 where `--save` cannot be served, 2 for a consumer's name that no configuration takes. */
export function registerKey(program: Command): void {
  const key = program.command('key').description('Weir keys of consumers');
  key
    .command('new')
    .argument('<consumer>', 'whose key it will be')
    .description('make a key: shown once, with its SHA-256 for the configuration')
    .option(
      '--save',
      'store it in a running Weir instead of printing configuration (not in this version yet)',
    )
    .option('--json', 'print {"consumer","key","sha256","yaml"}')
    .action((consumer: string, options: { save?: boolean; json?: boolean }) => {
      if (options.save === true) {
        fail(
          1,
          '--save is not supported by this version yet: run without it and add the lines it prints to weir.yaml',
        );
      } else if (!isName(consumer) || consumer === 'anonymous') {
        const allowed =
          'a-z, A-Z, 0-9, "-", "_" and "." that begin with a letter or digit, up to 64, not "anonymous"';
        fail(2, `the consumer is ${JSON.stringify(consumer)}; allowed: ${allowed}`);
      } else process.stdout.write(keyReport(consumer, newWeirKey(), options.json === true));
    });
}

function keyReport(consumer: string, key: string, json: boolean): string {
  const sha256 = weirKeySha256(key);
  // Named after its digest, so that a consumer's second key has another name.
  const yaml = `consumers:\n  - name: "${consumer}"\n    keys:\n      - { name: key-${sha256.slice(0, 6)}, sha256: "${sha256}" }\n`;
  if (json) return `${JSON.stringify({ consumer, key, sha256, yaml }, null, 2)}\n`;
  return [
    `Key of ${consumer}, shown this once:`,
    '',
    `  ${key}`,
    '',
    `Its SHA-256: ${sha256}`,
    'Add to weir.yaml (under an existing consumer of that name, only the last line):',
    '',
    yaml,
  ].join('\n');
}

function fail(status: 1 | 2, message: string): void {
  process.stderr.write(`weir key new: ${message}\n`);
  process.exitCode = status;
}
