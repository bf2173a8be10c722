// How many times faster than tiktoken does kernel tokens count, and than gpt-tokenizer and ai-tokenizer, in CPU time?
//
//   node bench/kernel/tokens.js [--rounds 5] [--ms 150] [--scale 1] [--encodings o200k_base,cl100k_base] [--only weir,tiktoken] [--out bench/results/tokens.md] [--json FILE]
//
// A fresh process for each variant, encoding and round, the order reversed each round; in it each case runs until --ms of CPU time are over,
// after a third as long that is not counted. Warm: the same texts again and again. Cold: caches that the variant can clear are cleared
// before each call, and each pass has its words in another order. Deltas: ours streams them, the others, which cannot, encode each
// answer once, whole: less than they would have to do to know the count after each delta. Adversarial: ours at 1 MB; the others at 8 KB,
// since the time of some grows with the square (tiktoken traps on 1 MB of one letter).
// Ours must count what tiktoken counts: the hash of all counts is compared. Whether the others do is told.
// The rivals beside tiktoken are in bench/rivals (npm install --prefix bench/rivals); without them they are left out, and that is said.
// Not a goal: the tokens themselves (ours only counts), decoding, throughput of several threads.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { measureCases, measureStart } from './tokens-measure.js';
import { lines, markdown, summarised } from './tokens-report.js';
import { missing, VARIANTS } from './tokens-variants.js';

const script = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const { values: options } = parseArgs({
  args,
  options: {
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '150' },
    scale: { type: 'string', default: '1' },
    encodings: { type: 'string', default: 'o200k_base,cl100k_base' },
    only: { type: 'string', default: Object.keys(VARIANTS).join(',') },
    out: { type: 'string' },
    json: { type: 'string' },
    measure: { type: 'string' },
    encoding: { type: 'string' },
  },
});

/** In a process of its own; → what was measured. */
function run(variant, encoding) {
  const text = execFileSync(
    process.execPath,
    ['--expose-gc', script, ...args, '--measure', variant, '--encoding', encoding],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  return JSON.parse(text);
}

function compare() {
  const skipped = {};
  const names = options.only.split(',').filter(name => {
    const why = missing(name);
    if (why !== null) skipped[name] = why;
    return why === null;
  });
  const encodings = options.encodings.split(',');
  const samples = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const variant of round % 2 === 0 ? names : names.toReversed()) {
      samples.push({ variant, encoding: 'both', ...run(variant, 'both') });
      for (const encoding of encodings) samples.push({ variant, encoding, ...run(variant, encoding) });
      process.stderr.write(`round ${round + 1}: ${variant}\n`);
    }
  }
  const inputs = new Set(samples.flatMap(sample => sample.inputs ?? []));
  if (inputs.size > 1) throw new Error('a file that is an input changed while it was measured');
  const result = { where: circumstances(), options, skipped, names, encodings, samples };
  return { ...result, ...summarised(result) };
}

if (options.measure === undefined) {
  const result = compare();
  for (const line of lines(result)) console.log(line);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.out !== undefined) {
    mkdirSync(dirname(options.out), { recursive: true });
    writeFileSync(options.out, markdown(result));
  }
  if (result.wrong.length > 0) {
    console.error(`ours counts otherwise than tiktoken: ${result.wrong.join('; ')}`);
    process.exitCode = 1;
  }
} else {
  const { measure: variant, encoding } = options;
  const settings = { ms: Number(options.ms), scale: Number(options.scale) };
  const found =
    encoding === 'both'
      ? await measureStart(variant, settings)
      : await measureCases(variant, encoding, settings);
  process.stdout.write(JSON.stringify(found));
}
