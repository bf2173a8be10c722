// Runs commands as the terminal would, and keeps what they print.
import { Command } from 'commander';
import { registerExport } from '../../src/cli/export.js';
import { registerKey } from '../../src/cli/key.js';
import { registerLimits } from '../../src/cli/limits.js';
import { registerRequests } from '../../src/cli/requests.js';
import { registerUsage } from '../../src/cli/usage.js';
import { registerWhy } from '../../src/cli/why.js';

export interface Ran {
  readonly out: string;
  readonly error: string;
  readonly exitCode: number;
}

export async function run(...args: readonly string[]): Promise<Ran> {
  let out = '';
  let error = '';
  const program = new Command('weir').exitOverride().configureOutput({
    writeOut: text => {
      out += text;
    },
    writeErr: text => {
      error += text;
    },
  });
  registerWhy(program);
  registerRequests(program);
  registerLimits(program);
  registerUsage(program);
  registerExport(program);
  registerKey(program);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
    return { out, error, exitCode: Number(process.exitCode) };
  } finally {
    process.exitCode = before;
  }
}
