// What do plugins cost, all in all, and which bars are met? Runs every benchmark of this folder in fresh processes and writes bench/results/plugins.md and .json.
//
//   npm run build && node bench/plugin/report.js [--small] [--only hooks,samples] [--out bench/results] [--name plugins]
//
// About eighteen minutes on a quiet machine, nine of them chains of plugins and five good traffic beside plugins that spend their fuel. --small: to see that it runs, not to be believed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { barRows, barTable } from './report-bars.js';

/** `json`: it prints its results instead of writing them. */
const BENCHMARKS = {
  hooks: { full: '--rounds 3 --millis 100', small: '--rounds 1 --millis 1' },
  limits: { full: '--rounds 3', small: '--rounds 1 --fuel 100000' },
  samples: { full: '--rounds 3 --millis 150', small: '--rounds 1 --millis 50' },
  metering: { full: '--rounds 3 --millis 200', small: '--rounds 1 --millis 5' },
  isolated: { full: '--rounds 3 --calls 40', small: '--rounds 1 --calls 2' },
  load: { full: '--rounds 3', small: '--rounds 1' },
  counters: { full: '--rounds 3', small: '--rounds 1 --adds 10000', json: true },
  answer: { full: '--rounds 3 --passes 10', small: '--rounds 1 --passes 1 --streams /nowhere', json: true },
  chain: { full: '--rounds 3', small: '--rounds 1 --requests 100 --warm-up 100 --chains 3' },
  beside: { full: '--seconds 12', small: '--seconds 2 --rate 50 --warm-up 100' },
};
const { values: options } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(BENCHMARKS).join(',') },
    out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
    name: { type: 'string', default: 'plugins' },
  },
});

function node(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}

/** A benchmark over its bar may end with 1, but must have written what it found. */
function measure(name, folder) {
  const { full, small, json = false } = BENCHMARKS[name];
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const args = (options.small ? small : full).split(' ');
  const out = join(folder, `${name}.json`);
  const command = `node bench/plugin/${name}.js ${args.join(' ')}`;
  const began = performance.now();
  const run = node([file, ...args, ...(json ? ['--json'] : ['--results', out])]);
  if (run.status !== 0 && run.stdout.trim() === '')
    throw new Error(`${command} ended with ${run.status}:\n${run.stderr}`);
  console.error(`${command}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const result = JSON.parse(json ? run.stdout : readFileSync(out, 'utf8'));
  return { command, result, text: json ? JSON.stringify(result, null, 2) : run.stdout.trimEnd() };
}

function markdown(where, bars, runs) {
  const { machine } = where;
  const sections = runs.map(
    ({ name, command, text, question }) =>
      `## ${name}\n\n${question}\n\n\`${command}\`\n\n\`\`\`text\n${text}\n\`\`\``,
  );
  return [
    '# Plugins',
    `Measured ${where.date.slice(0, 10)} at commit ${where.commit}${where.changedSinceCommit ? ' (with changes)' : ''}, Node ${where.node}, ${machine.cpu} (${machine.cores} cores, ${machine.memoryGiB} GiB), ${where.system}, by \`node bench/plugin/report.js${options.small ? ' --small' : ''}\`. Medians of rounds in fresh processes.`,
    ...(options.small ? ['**Smallest parameters: only to see that it runs.**'] : []),
    barTable(bars),
    ...sections,
    '',
  ]
    .join('\n\n')
    .trimEnd();
}

const question = name =>
  readFileSync(new URL(`./${name}.js`, import.meta.url), 'utf8')
    .split('\n', 1)[0]
    .replace(/^\/\/ /, '');

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-report-'));
try {
  const where = circumstances();
  const runs = options.only
    .split(',')
    .map(name => ({ name, question: question(name), ...measure(name, folder) }));
  const results = Object.fromEntries(runs.map(({ name, result }) => [name, result]));
  const bars = barRows(results);
  mkdirSync(options.out, { recursive: true });
  writeFileSync(
    join(options.out, `${options.name}.json`),
    `${JSON.stringify({ where, bars, results }, null, 2)}\n`,
  );
  writeFileSync(join(options.out, `${options.name}.md`), `${markdown(where, bars, runs)}\n`);
  console.log(barTable(bars));
} finally {
  rmSync(folder, { recursive: true });
}
