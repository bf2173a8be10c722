// `weir simulate`: the provider simulator alone, until it is told to stop.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs, RATE_MAX, ranged, SEED_MAX, TOKENS_MAX, whole } from '../simulator/script.js';
import { SimError } from '../simulator/sim-error.js';
import { startSimulator } from '../simulator/simulator.js';

const LISTEN = '127.0.0.1:8789';

interface Flags {
  readonly listen: { readonly host: string; readonly port: number };
  readonly seed: number;
  readonly ttft: number;
  readonly tps: number;
  readonly tokens?: number;
}

/** Exit status 0 after SIGINT or SIGTERM, 1 where the address cannot be had; wrong usage is commander's. */
export function registerSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description('run the provider simulator alone: every provider’s API, with true usage, for free')
    .addOption(
      new Option('--listen <address>', 'host:port to listen on')
        .argParser(parsed(address))
        .default(address(LISTEN), LISTEN),
    )
    .option('--seed <number>', 'another seed gives other answers', parsed(seed), 0)
    .option('--ttft <duration>', 'time to the first byte of a body, such as 200ms', parsed(ttft), 0)
    .option('--tps <number>', 'tokens per second; 0 is unpaced', parsed(tps), 0)
    .option('--tokens <number>', 'length of answers; without it 16 to 47, by the seed', parsed(tokens));
  command.action((flags: Flags) => simulate(command, flags));
}

async function simulate(command: Command, flags: Flags): Promise<void> {
  const { listen, tokens } = flags;
  const simulator = await startSimulator({
    ...listen,
    seed: flags.seed,
    ttftMs: flags.ttft,
    tokensPerSecond: flags.tps,
    ...(tokens === undefined ? {} : { tokens }),
  }).catch((error: Error) => command.error(`weir simulate: ${error.message}`, { exitCode: 1 }));
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

const seed = (text: string): number => whole('seed', text, 0, SEED_MAX);
const ttft = (text: string): number => durationMs('ttft', text);
const tps = (text: string): number => ranged('tps', text, 0, RATE_MAX);
const tokens = (text: string): number => whole('tokens', text, 1, TOKENS_MAX);

function address(text: string): Flags['listen'] {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' ? '127.0.0.1' : host, port: whole('port', text.slice(colon + 1), 0, 65_535) };
}

/** The simulator's own reading of a value, its refusal as commander's. */
function parsed<T>(read: (text: string) => T): (text: string) => T {
  return text => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof SimError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
