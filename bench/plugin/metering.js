// What does metering cost real modules: the project's own kernels through their wrappers, and modules of npm packages? (The sample policies: samples.js.)
//
//   npm run build && node bench/plugin/metering.js [--rounds 3] [--millis 300] [--results file.json]
//
// Each work runs with its module as the compiler left it and as the rewriter does, a fresh process each, in turns; CPU time of the process, after as long
// that does not count. What they computed is compared. Printed: µs a turn of the work, the overhead in %, fuel a turn, ns a unit of fuel.
// Non-goals: the host around a hook (hooks.js), what the rewriting itself takes (load.js).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from '../gateway/report.js';
import { summary } from '../gateway/stats.js';
import { fuelUsed, meterEverything } from './metering-engine.js';
import { WORKS } from './metering-works.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    millis: { type: 'string', default: '300' },
    results: { type: 'string' },
    work: { type: 'string' },
    metered: { type: 'boolean', default: false },
  },
});

/** In a process of its own. */
async function measure(name, metered, millis) {
  if (metered) meterEverything();
  const turn = await WORKS[name]();
  const before = metered ? fuelUsed() : 0;
  const said = createHash('sha256').update(JSON.stringify(turn())).digest('hex').slice(0, 12);
  const fuel = metered ? fuelUsed() - before : null;
  let micros = Number.NaN;
  for (let pass = 0; pass < 2; pass++) {
    const cpu = process.cpuUsage();
    const end = performance.now() + millis;
    let turns = 0;
    do {
      turn();
      turns++;
    } while (performance.now() < end);
    const { user, system } = process.cpuUsage(cpu);
    micros = (user + system) / turns;
  }
  return { micros, said, fuel };
}

function run() {
  const samples = Object.fromEntries(Object.keys(WORKS).map(name => [name, { plain: [], metered: [] }]));
  for (let round = 0; round < Number(options.rounds); round++) {
    const order = Object.keys(WORKS).flatMap(name => [
      [name, 'plain'],
      [name, 'metered'],
    ]);
    for (const [name, how] of round % 2 === 0 ? order : order.toReversed()) {
      const args = [fileURLToPath(import.meta.url), '--work', name, '--millis', options.millis];
      if (how === 'metered') args.push('--metered');
      samples[name][how].push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  return Object.entries(samples).map(([name, { plain, metered }]) => {
    if (new Set([...plain, ...metered].map(({ said }) => said)).size > 1)
      throw new Error(`${name} did different work`);
    if (new Set(metered.map(({ fuel }) => fuel)).size > 1) throw new Error(`${name} took different fuel`);
    const [{ fuel, said }] = metered;
    const micros = {
      plain: summary(plain.map(one => one.micros)),
      metered: summary(metered.map(one => one.micros)),
    };
    const overhead = summary(metered.map((one, i) => (one.micros / plain[i].micros - 1) * 100));
    return { name, said, fuel, ...micros, overhead, nanosPerUnit: (micros.metered.median * 1000) / fuel };
  });
}

if (options.work !== undefined)
  console.log(JSON.stringify(await measure(options.work, options.metered, Number(options.millis))));
else {
  const rows = run();
  for (const { name, said, fuel, plain, metered, overhead, nanosPerUnit } of rows)
    console.log(
      `${name.padEnd(20)}${plain.median.toFixed(1).padStart(9)} µs plain, ${metered.median.toFixed(1).padStart(9)} metered, ` +
        `overhead ${overhead.median.toFixed(0)} % (${overhead.min.toFixed(0)}–${overhead.max.toFixed(0)}), fuel ${fuel}, ${nanosPerUnit.toFixed(2)} ns a unit, did ${said}`,
    );
  if (options.results !== undefined)
    writeFileSync(options.results, `${JSON.stringify({ where: circumstances(), rows }, null, 2)}\n`);
}
