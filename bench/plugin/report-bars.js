// What the plugin benchmarks found, held against the bars: one row each. Pure, so that it can be tested without measuring.
import { summary } from '../gateway/stats.js';

const KIB_64 = [1, 2, 4, 16];
const TIMES_LOOP = 4;
const LOAD_MS_PER_100_KB = 100;

const number = (value, digits = 2) => value.toFixed(digits);
const names = list => (list.length === 0 ? '' : `: ${list.join(', ')}`);
const row = (what, found, bar, met) => ({ what, found, bar, met });

function hookRows({ rounds, bars }) {
  const nanos = (name, key = 'perCall') => summary(rounds.map(round => round[name][key])).median;
  const bare = nanos('hook without reset');
  const resets = KIB_64.map(pages => ({
    pages,
    micros: (nanos(`hook over ${pages * 64} KiB`) - bare) / pages / 1000,
  }));
  const worst = resets.reduce((a, b) => (b.micros > a.micros ? b : a));
  const loop = nanos('tight loop', 'perUnit');
  const imports = Object.keys(rounds[0])
    .filter(name => !name.startsWith('hook') && name !== 'tight loop')
    .map(name => ({ name, times: nanos(name, 'perUnit') / loop }));
  const missed = imports
    .filter(({ times }) => times > TIMES_LOOP)
    .map(({ name, times }) => `${name} ${number(times, 1)} ×`);
  return [
    row(
      'a hook that returns 0',
      `${number(bare / 1000)} µs`,
      `${bars.hookMicros} µs`,
      bare / 1000 <= bars.hookMicros,
    ),
    row(
      'putting memory back after a hook that wrote one of its 32 parts, of 64 KiB',
      `${number((nanos('hook that writes 2 of 64 KiB') - bare) / 1000)} µs`,
      `${bars.resetMicrosPer64KiB} µs`,
      (nanos('hook that writes 2 of 64 KiB') - bare) / 1000 <= bars.resetMicrosPer64KiB,
    ),
    row(
      'putting memory back, all of it written, per 64 KiB (the worst of 64 KiB to 1 MiB)',
      `${number(worst.micros)} µs (${worst.pages * 64} KiB)`,
      `${bars.resetMicrosPer64KiB} µs`,
      worst.micros <= bars.resetMicrosPer64KiB,
    ),
    row(
      `time per unit of fuel of ${imports.length} kinds of import call`,
      `${missed.length} over${names(missed)}; the tight loop takes ${number(loop)} ns`,
      `${TIMES_LOOP} × the tight loop`,
      missed.length === 0,
    ),
  ];
}

function limitRows({ units, bounds, bars }) {
  const missed = units
    .filter(({ met }) => met === false)
    .map(({ name, timesLoop }) => `${name} ${number(timesLoop, 1)} ×`);
  const slow = bounds
    .filter(({ met }) => !met)
    .map(({ name, loadMs }) => `${name} ${number(loadMs.median, 0)} ms`);
  const longest = bounds.reduce((a, b) => (b.loadMs.median > a.loadMs.median ? b : a));
  const misses = units
    .filter(({ met }) => met === null)
    .map(({ name, timesLoop }) => `${name} ${number(timesLoop, 0)} ×`);
  return [
    row(
      `time per unit of fuel of ${units.length - misses.length} classes of instructions`,
      `${missed.length} over${names(missed)}`,
      `${bars.timesLoop} × the tight loop`,
      missed.length === 0,
    ),
    row('the same of loads that miss the caches', misses.join(', '), 'none', null),
    row(
      'loading a module at each bound, in the quarantine',
      slow.length === 0
        ? `${number(longest.loadMs.median, 0)} ms at most (${longest.name})`
        : slow.join(', '),
      `${bars.loadMs} ms`,
      slow.length === 0,
    ),
  ];
}

function sampleRows({ rows }) {
  const metering = rows.map(({ overhead }) => overhead.median);
  return [
    ...rows
      .filter(({ bar }) => bar !== null)
      .map(({ title, bar, micros }) =>
        row(title, `${number(micros.median)} µs`, `${bar} µs`, micros.median <= bar),
      ),
    row(
      'metering of the sample policies',
      `${number(Math.min(...metering), 0)} to ${number(Math.max(...metering), 0)} % of their own code's time`,
      'none',
      null,
    ),
  ];
}

function besideRows({ rows, before, after, alone }) {
  const inline = rows.filter(({ explained }) => explained !== undefined);
  const not = inline.filter(({ explained }) => !explained).map(({ name }) => name);
  const kept = rows.filter(({ onRecord, sent }) => onRecord < Math.min(sent, 1000)).map(({ name }) => name);
  const tight = rows.find(({ name }) => name.startsWith('tight loop, fuel 10 M, inline'));
  return [
    row(
      `p99 of good traffic beside inline hooks that spend their fuel (alone ${number(alone.p99)} ms)`,
      `${tight === undefined ? '' : `tight loop: rises by ${number(tight.riseMs)} ms, a hook is ${number(tight.hookMs)} ms; `}${not.length} not explained${names(not)}`,
      'one hook and the queue behind it',
      not.length === 0,
    ),
    row(
      'their reasons on record',
      kept.length === 0 ? 'all' : `missing${names(kept)}`,
      'all',
      kept.length === 0,
    ),
    row(
      'threads and memory of the gateway afterwards',
      `${before.threads} → ${after.threads} threads, ${number(before.residentMiB, 0)} → ${number(after.residentMiB, 0)} MiB`,
      'no thread more, 100 MiB',
      after.threads <= before.threads && after.residentMiB - before.residentMiB < 100,
    ),
  ];
}

function chainRows({ rows }) {
  const each = rows.filter(({ perPlugin }) => perPlugin !== null);
  const found = each.map(
    ({ name, perPlugin, micros }) =>
      `${name} ${number(micros.median, 0)} µs (${number(perPlugin, 1)} a plugin)`,
  );
  return [
    row(
      'a request through the gateway, CPU',
      [`none ${number(rows[0].micros.median, 0)} µs`, ...found].join(', '),
      'none',
      null,
    ),
  ];
}

function loadRows({ rows }) {
  const found = Object.entries(rows).map(([name, parts]) => ({
    kb: Number.parseFloat(name),
    ms: parts['in quarantine'].median,
  }));
  const large = found.filter(({ kb }) => kb >= 100).map(({ kb, ms }) => (ms / kb) * 100);
  const worst = Math.max(...large);
  return [
    row(
      'loading, per 100 KB of a module of 100 KB or more',
      `${number(worst, 1)} ms`,
      `${LOAD_MS_PER_100_KB} ms`,
      worst <= LOAD_MS_PER_100_KB,
    ),
  ];
}

function meteringRows({ rows }) {
  const found = rows.map(({ name, overhead }) => `${name} ${number(overhead.median, 0)} %`);
  return [row('metering of real modules', found.join(', '), 'none', null)];
}

const ROWS = {
  hooks: hookRows,
  limits: limitRows,
  samples: sampleRows,
  metering: meteringRows,
  load: loadRows,
  chain: chainRows,
  beside: besideRows,
};

/** @param results by benchmark, as each wrote them; those without bars of their own are left out */
export const barRows = results =>
  Object.entries(results).flatMap(([name, result]) => ROWS[name]?.(result) ?? []);

export function barTable(rows) {
  const lines = rows.map(
    ({ what, found, bar, met }) =>
      `| ${what} | ${found} | ${bar} | ${met === null ? '' : met ? 'met' : '**missed**'} |`,
  );
  return ['| | found | bar | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
