// Is anything that a client received ever missing from the ledger, or in it twice, however often the gateway is killed?
//
//   npm run build && node bench/crash/run.js [--kills 30] [--seed N] [--durability os,fsync] [--connections 32] [--workers 1,2]
//                                            [--weir dist/cli/weir.js] [--keep]
//
// Exits 1 where a check fails, 2 on wrong usage. What is checked and how to read it: bench/README.md, "The crash harness".
import { parseArgs } from 'node:util';
import { runKills } from './killing.js';
import { WEIR } from './scene.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    durability: { type: 'string', default: 'os,fsync' },
    connections: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
    weir: { type: 'string', default: WEIR },
    keep: { type: 'boolean', default: false },
  },
});
const number = name => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} is ${values[name]}; must be a whole number`);
  process.exit(2);
};
const common = {
  connections: number('connections'),
  workers: number('workers'),
  weir: values.weir,
  keep: values.keep,
};
const seed = number('seed');
console.log(`seed ${seed}`);

let faults = 0;
function tellFigures(name, { faults: found, output, ...figures }) {
  const { kills, killed, whole, lost, records, interrupted, readyMs, integrityChecks } = figures;
  const kinds = Object.entries(killed).map(([kind, count]) => `${count} ${kind}`);
  console.log(
    `${name}: ${kills} kills (${kinds.join(', ')}); ${whole} answers received whole, lost: ${lost}; ${records} records, ${interrupted} interrupted; ` +
      `index sound ${integrityChecks} times; ready again in ${readyMs.median?.toFixed(0)} ms (at most ${readyMs.max?.toFixed(0)})`,
  );
  for (const line of found.lines()) console.log(`  FAULT ${line}`);
  if (found.count > 0) console.log(`  the gateway's last words:\n${output.slice(-2000)}`);
  faults += found.count;
}

for (const durability of values.durability.split(',').filter(name => name !== '')) {
  const tell = line => console.log(`  ${durability}: ${line}`);
  tellFigures(durability, await runKills({ ...common, kills: number('kills'), seed, durability, tell }));
}
console.log(faults === 0 ? 'no faults' : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
