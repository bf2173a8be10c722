// `weir simulate`: the provider simulator alone, until it is told to stop.
import type { Command } from 'commander';
import { durationMs, ranged, TOKENS_MAX, whole } from '../simulator/script.js';
import { type SimulatorOptions, startSimulator } from '../simulator/simulator.js';

interface Flags {
  readonly listen: string;
  readonly seed: string;
  readonly ttft: string;
  readonly tps: string;
  readonly tokens?: string;
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('run the provider simulator alone: every provider’s API, with true usage, for free')
    .option('--listen <address>', 'host:port to listen on', '127.0.0.1:8789')
    .option('--seed <number>', 'another seed gives other answers', '0')
    .option('--ttft <duration>', 'time to the first byte of a body, such as 200ms', '0ms')
    .option('--tps <number>', 'tokens per second; 0 is unpaced', '0')
    .option('--tokens <number>', 'length of answers; by default 16 to 47, by the seed')
    .action(simulate);
}

async function simulate(flags: Flags): Promise<void> {
  const simulator = await startSimulator(readOptions(flags));
  const stop = (): void => {
    void simulator.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.write(
    `The simulator listens on ${simulator.url} and answers as every provider. Try:\n\n` +
      `  curl ${simulator.url}/v1/chat/completions -d '{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}'\n\n`,
  );
}

/** @throws SimError that names the flag, its value and what is allowed. */
function readOptions(flags: Flags): SimulatorOptions {
  const colon = flags.listen.lastIndexOf(':');
  const host = flags.listen.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  return {
    host: host === '' ? '127.0.0.1' : host,
    port: whole('--listen port', flags.listen.slice(colon + 1), 0, 65_535),
    seed: whole('--seed', flags.seed, 0, 0xffffffff),
    ttftMs: durationMs('--ttft', flags.ttft),
    tokensPerSecond: ranged('--tps', flags.tps, 0, 1_000_000),
    ...(flags.tokens === undefined ? {} : { tokens: whole('--tokens', flags.tokens, 1, TOKENS_MAX) }),
  };
}
