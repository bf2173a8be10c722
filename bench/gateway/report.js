// Writes a run's results: JSON with every sample, and a Markdown table for people.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { canPin } from './processes.js';
import { verdictLine } from './stats.js';
import { MODES } from './workload.js';

/** Where and on what the numbers were measured. */
export function circumstances() {
  const git = (...args) => {
    try {
      return execFileSync('git', args, {
        encoding: 'utf8',
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return null; // an unpacked archive has no commit
    }
  };
  const changed = git(
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--',
    'src',
    'assembly',
    'bench/gateway',
  );
  return {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short=12', 'HEAD'),
    changedSinceCommit: changed !== null && changed !== '',
    node: process.version,
    machine: {
      cpu: os.cpus()[0]?.model.trim(),
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    },
    system: `${os.type()} ${os.release().split('-')[0]} ${os.arch()}`,
    pinned: canPin(),
  };
}

export function store(folder, name, result) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), markdown(name, result));
}

/** One table a mode, rows in the order of the rivals. */
export function markdown(name, result) {
  const { where, settings } = result;
  const head = [
    '# Gateway benchmark',
    '',
    `Measured ${where.date.slice(0, 10)} at commit ${where.commit ?? 'unknown'}${where.changedSinceCommit ? ' with changes' : ''}, Node ${where.node}, ` +
      `${where.machine.cpu} (${where.machine.cores} cores), ${where.system}. ${settings.rounds} rounds of ${settings.seconds} s, ` +
      `${settings.connections} connections, ${where.pinned ? 'gateway pinned to one core, load and upstream on another' : 'nothing pinned'}. ` +
      `Work ${result.work}. Median (smallest–largest of the rounds). All samples: ${name}.json; how to read it: ../README.md.`,
  ];
  const tables = Object.entries(result.modes).map(([mode, found]) => table(mode, found));
  const skipped = Object.entries(result.skipped).map(([rival, why]) => `- ${rival} was skipped: ${why}.`);
  return `${[...head, ...tables.flat(), ...(skipped.length > 0 ? ['', ...skipped] : [])].join('\n')}\n`;
}

const WORDS = {
  json: 'JSON answers',
  sse0: 'Streams of 100 events, no pause between',
  sse2: 'Streams of 100 events, 2 ms between',
};

function table(mode, { variants, verdict, verdictOfAll = null }) {
  const streams = MODES[mode].gapMs !== null;
  const titles = [
    '',
    `CPU µs per ${MODES[mode].unit}`,
    `${streams ? 'streams' : 'requests'}/s`,
    'p50 ms',
    'p99 ms',
  ];
  if (streams) titles.push('added time to first byte, µs');
  const rows = Object.values(variants).map(({ title, summary }) => {
    const cells = [
      title,
      cell(summary.cpuMicros, 1),
      cell(summary.perSecond, 0),
      cell(summary.p50Ms, 2),
      cell(summary.p99Ms, 2),
    ];
    if (streams) cells.push(cell(summary.addedMicros, 0));
    return `| ${cells.join(' | ')} |`;
  });
  const rule = `|${' --- |'.repeat(titles.length)}`;
  const lines = ['', `## ${WORDS[mode]}`, '', `| ${titles.join(' | ')} |`, rule, ...rows];
  if (verdict !== null) lines.push('', verdictLine(mode, verdict));
  if (verdictOfAll !== null) lines.push('', verdictLine(mode, verdictOfAll, 'Weir with everything on'));
  return lines;
}

function cell(value, digits) {
  if (value === null) return '–';
  const show = number => number.toFixed(digits);
  return `${show(value.median)} (${show(value.min)}–${show(value.max)})`;
}
