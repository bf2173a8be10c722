#!/usr/bin/env node
// `weir`: one file a command. Exit 0 fine, 1 the thing failed, 2 wrong usage.
import { Command, CommanderError } from 'commander';
import { registerCheck } from './check.js';
import { registerCount } from './count.js';
import { registerExport } from './export.js';
import { registerIdentify } from './identify.js';
import { registerKey } from './key.js';
import { registerLimits } from './limits.js';
import { registerPlugin } from './plugin.js';
import { registerRequests } from './requests.js';
import { registerSimulate } from './simulate.js';
import { registerStart } from './start.js';
import { registerUsage } from './usage.js';
import { registerWhy } from './why.js';

const program = new Command('weir')
  .description('an AI gateway that identifies LLM traffic, counts every token and can always say why')
  .version('0.1.0', '-V, --version')
  .exitOverride();

registerStart(program);
registerCheck(program);
registerSimulate(program);
registerWhy(program);
registerRequests(program);
registerUsage(program);
registerExport(program);
registerLimits(program);
registerIdentify(program);
registerCount(program);
registerKey(program);
registerPlugin(program);
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  // commander has printed its message; --help and --version are fine, everything else is wrong usage.
  process.exitCode = thrown.exitCode === 0 ? 0 : 2;
}
