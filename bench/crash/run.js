// Is anything that a client received ever missing from the ledger, or in it twice, however often the gateway is killed?
//
//   npm run build && node bench/crash/run.js [--kills 30] [--seed N] [--durability os,fsync] [--connections 32] [--workers 1]
//                                            [--full refuse,serve] [--cuts 5] [--weir dist/cli/weir.js] [--keep]
//
// Exits 1 where a check fails, 2 on wrong usage. What is checked and how to read it: bench/README.md, "The crash harness".
import { parseArgs } from 'node:util';
import { runFullDisk } from './full-disk.js';
import { runKills } from './killing.js';
import { runPowerCuts } from './power-cut.js';
import { WEIR } from './scene.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    durability: { type: 'string', default: 'os,fsync' },
    connections: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
    weir: { type: 'string', default: WEIR },
    full: { type: 'string', default: 'refuse,serve' },
    cuts: { type: 'string', default: '5' },
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
  tellFaults({ faults: found, output });
}

function tellFaults({ faults: found, output }) {
  for (const line of found.lines()) console.log(`  FAULT ${line}`);
  if (found.count > 0) console.log(`  the gateway's last words:\n${output.slice(-2000)}`);
  faults += found.count;
}

function tellDisk(name, found, sentence) {
  if (typeof found === 'string') {
    console.log(`${name}: skipped, ${found}`);
    return;
  }
  console.log(`${name}: ${sentence(found)}`);
  tellFaults(found);
}

const listed = name => values[name].split(',').filter(one => one !== '');
const tellAs = name => line => console.log(`  ${name}: ${line}`);

for (const durability of number('kills') === 0 ? [] : listed('durability')) {
  const options = { ...common, kills: number('kills'), seed, durability, tell: tellAs(durability) };
  tellFigures(durability, await runKills(options));
}
for (const onFull of listed('full')) {
  const name = `disk full, on_full: ${onFull}`;
  const found = await runFullDisk({ ...common, onFull, durability: 'os', tell: tellAs(name) });
  tellDisk(
    name,
    found,
    ({
      whole,
      before,
      servedWhileFull,
      refused,
      firstRefusedMs,
      recoveredMs,
      after,
      records,
      lost,
      toldLost,
    }) =>
      `${whole} answers received whole (${before} before; ${servedWhileFull} served and ${refused} refused while full, the first after ${firstRefusedMs} ms; ${after} after); ` +
      `served again ${recoveredMs} ms after there was room; ${records} records, missing: ${lost}, told as lost: ${toldLost}`,
  );
}
for (const durability of number('cuts') === 0 ? [] : listed('durability')) {
  const name = `power cut, ${durability}`;
  const found = await runPowerCuts({ ...common, cuts: number('cuts'), seed, durability, tell: tellAs(name) });
  tellDisk(
    name,
    found,
    ({ cuts, whole, lost, records }) =>
      `${cuts} cuts; ${whole} answers received whole before them, lost: ${lost}${durability === 'os' ? ' (allowed)' : ''}; ${records} records`,
  );
}
console.log(faults === 0 ? 'no faults' : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
