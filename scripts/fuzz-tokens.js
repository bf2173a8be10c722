// Compares kernel tokens with its judges for as long as one likes: new strings, each whole and as a stream, until the time is over. Code points are the tests' matter.
//
//   node scripts/fuzz-tokens.js [--seconds 600] [--seed N] [--encoding o200k_base] [--failures 1]
//
// Prints the seed, how many strings were compared, and the first failure in its smallest form (with --failures N, so many); exits with 1 then.
// Needs `npm run build:kernels`. The code under test and the judges are the TypeScript sources, loaded by vite as in the tests.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    encoding: { type: 'string' },
    failures: { type: 'string', default: '1' },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const { module } = await runnerImport(`${root}test/fuzz/tokens-long.ts`, {
  root,
  configFile: false,
  logLevel: 'error',
});
const failures = module.runLong({
  seconds: Number(options.seconds),
  seed: Number(options.seed),
  encodings: options.encoding === undefined ? module.ENCODINGS : [options.encoding],
  failuresMax: Number(options.failures),
  say: line => console.log(line),
});
process.exitCode = failures === 0 ? 0 : 1;
