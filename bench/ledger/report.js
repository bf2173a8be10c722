// What does the ledger cost, all in all, and which bars are met? Runs every benchmark of this folder in fresh processes and writes bench/results/ledger.md and .json.
//
//   npm run build && node bench/ledger/report.js [--small] [--out bench/results] [--name ledger]
//
// About six minutes. --small: to see that it runs, not to be believed. Linux only (cost.js reads /proc).
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { barTable } from '../plugin/report-bars.js';
import { barRows } from './report-bars.js';

const BENCHMARKS = {
  journal: { full: '--rounds 7', small: '--rounds 1 --requests 256' },
  index: { full: '--records 1000000 --years 2', small: '--records 3000 --years 1' },
  cost: {
    full: '--requests 60000 --warm-up 60000',
    small: '--requests 300 --warm-up 100 --connections 8',
  },
};
const { values: options } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
    name: { type: 'string', default: 'ledger' },
  },
});

function measure(name, folder) {
  const args = BENCHMARKS[name][options.small ? 'small' : 'full'].split(' ');
  const command = `node bench/ledger/${name}.js ${args.join(' ')}`;
  const results = join(folder, `${name}.json`);
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const run = spawnSync(process.execPath, [file, ...args, '--results', results], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${command} ended with ${run.status}:\n${run.stderr}`);
  const question = readFileSync(file, 'utf8')
    .split('\n', 1)[0]
    .replace(/^\/\/ /, '');
  const text = `## ${name}\n\n${question}\n\n\`${command}\`\n\n\`\`\`text\n${run.stdout.trimEnd()}\n\`\`\``;
  return { name, result: JSON.parse(readFileSync(results, 'utf8')), text };
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-report-'));
try {
  const where = circumstances();
  const runs = Object.keys(BENCHMARKS).map(name => measure(name, folder));
  const results = Object.fromEntries(runs.map(({ name, result }) => [name, result]));
  const bars = barRows(results);
  const { machine } = where;
  const parts = [
    '# The ledger',
    `Measured ${where.date.slice(0, 10)} at commit ${where.commit}${where.changedSinceCommit ? ' (with changes)' : ''}, Node ${where.node}, ${machine.cpu} (${machine.cores} cores, ${machine.memoryGiB} GiB), ${where.system}, by \`node bench/ledger/report.js${options.small ? ' --small' : ''}\`.`,
    ...(options.small ? ['**Smallest parameters: only to see that it runs.**'] : []),
    barTable(bars),
    ...runs.map(({ text }) => text),
  ];
  mkdirSync(options.out, { recursive: true });
  const target = join(options.out, options.name);
  writeFileSync(`${target}.json`, `${JSON.stringify({ where, bars, results }, null, 2)}\n`);
  writeFileSync(`${target}.md`, `${parts.join('\n\n')}\n`);
  console.log(barTable(bars));
} finally {
  rmSync(folder, { recursive: true });
}
