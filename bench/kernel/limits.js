// What does a take from kernel `limits` cost: alone, on two threads, and among a million keys, beside a plain Map?
//
//   node bench/kernel/limits.js [--rounds 5] [--takes 4000000] [--keys 1000000] [--write] [--json]
//
// A fresh process a measure and round, the order reversed each round; CPU time of all threads, after a quarter as many that are not counted.
// `--write` keeps the table in bench/results/limits.md. Bar: a take of a known key, alone, costs at most 100 ns.
// Non-goals: what the policies around it cost, and the loads at which a table is nearly full.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';
import { MEASURES, workOf } from './limits-measure.js';

const BAR_NANOS = 100;
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    takes: { type: 'string', default: '4000000' },
    keys: { type: 'string', default: '1000000' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    measure: { type: 'string' },
  },
});
const countOf = name => Number(name.includes('many keys') ? options.keys : options.takes);

/** In a process of its own. */
function sample(name) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), '--measure', name];
  for (const option of ['takes', 'keys']) args.push(`--${option}`, options[option]);
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function run() {
  const names = Object.keys(MEASURES);
  const samples = Object.fromEntries(names.map(name => [name, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(sample(name));
  }
  const works = names.map(name => {
    const results = new Set(samples[name].map(one => one.result));
    // Two threads on one bucket are granted more or less, as their clocks meet.
    if (results.size > 1 && !name.includes('2 threads')) throw new Error(`${name} did different work`);
    return name.includes('2 threads') ? 0 : samples[name][0].result;
  });
  const rows = names.map(name => ({
    name,
    nanos: summary(samples[name].map(one => one.nanos)),
    bytes: summary(samples[name].map(one => one.bytes ?? Number.NaN)),
  }));
  return { where: circumstances(), work: workOf(works), takes: options.takes, keys: options.keys, rows };
}

const spread = ({ median, min, max }) => `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;

function markdown({ where, work, takes, keys, rows }) {
  const { date, commit, node, machine } = where;
  return [
    '# Kernel `limits`',
    '',
    `Measured ${date.slice(0, 10)} at commit ${commit}, Node ${node}, ${machine.cpu} (${machine.cores} cores), by \`node bench/kernel/limits.js --rounds ${options.rounds}\`: ${takes} takes, ${keys} keys, work ${work}. Median (smallest–largest of the rounds).`,
    '',
    '| | CPU ns an operation | bytes a key |',
    '| --- | --- | --- |',
    ...rows.map(({ name, nanos, bytes }) => `| ${name} | ${spread(nanos)} | ${bytes ? spread(bytes) : ''} |`),
    '',
    'A slot has 72 bytes, and the table 2^21 of them: a million keys touch nearly every page. Their takes come in random order, so each',
    'waits for memory several times, in the twin as well. The twin shares nothing between threads, holds nothing and frees nothing.',
    '',
    verdict(rows),
    '',
  ].join('\n');
}

function verdict(rows) {
  const { median } = rows[0].nanos;
  const met = median <= BAR_NANOS ? 'met' : `missed by ${(median - BAR_NANOS).toFixed(0)} ns`;
  return `take: ${median.toFixed(0)} ns; bar ${BAR_NANOS} ns: ${met}`;
}

if (options.measure === undefined) {
  const result = run();
  console.log(options.json ? JSON.stringify(result) : markdown(result));
  if (options.write) {
    writeFileSync(fileURLToPath(new URL('../results/limits.md', import.meta.url)), markdown(result));
  }
} else {
  process.stdout.write(JSON.stringify(await MEASURES[options.measure](countOf(options.measure))));
}
