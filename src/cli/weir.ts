#!/usr/bin/env node
// `weir`: one file a command. Exit 0 fine, 1 the thing failed, 2 wrong usage.
import { Command, CommanderError } from 'commander';

/** Loaded when it is asked for: all of them together take a second of processor time. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./start.js')).registerStart,
  check: async () => (await import('./check.js')).registerCheck,
  simulate: async () => (await import('./simulate.js')).registerSimulate,
  why: async () => (await import('./why.js')).registerWhy,
  requests: async () => (await import('./requests.js')).registerRequests,
  usage: async () => (await import('./usage.js')).registerUsage,
  export: async () => (await import('./export.js')).registerExport,
  limits: async () => (await import('./limits.js')).registerLimits,
  identify: async () => (await import('./identify.js')).registerIdentify,
  count: async () => (await import('./count.js')).registerCount,
  key: async () => (await import('./key.js')).registerKey,
  plugin: async () => (await import('./plugin.js')).registerPlugin,
  import: async () => (await import('./import.js')).registerImport,
};

const program = new Command('weir')
  .description('an AI gateway that identifies LLM traffic, counts every token and can always say why')
  .version('0.1.0', '-V, --version')
  .exitOverride();

const asked = process.argv[2] ?? '';
// Help lists all of them, and so does what is said of a name that is none.
const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const name of names) (await COMMANDS[name]?.())?.(program);
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  // commander has printed its message; --help and --version are fine, everything else is wrong usage.
  process.exitCode = thrown.exitCode === 0 ? 0 : 2;
}
