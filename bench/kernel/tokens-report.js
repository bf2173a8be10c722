// From the samples of the token benchmark to medians, ratios to tiktoken, and bars met or missed.
import { summary } from '../gateway/stats.js';
import { cases } from './tokens-inputs.js';

const ADVERSARY_MS_BAR = 200;
const READY_MS_BAR = 60;
const ADDED_MB_BAR = 45;
const ENCODINGS_APART_BAR = 0.25;
const MEGABYTE = 1e6;

/** → { start, table, adversaries, bars, wrong }. */
export function summarised({ names, encodings, samples, options }) {
  const of = (variant, encoding) =>
    samples.filter(one => one.variant === variant && one.encoding === encoding);
  const start = Object.fromEntries(
    names.map(variant => {
      const all = of(variant, 'both');
      const measure = (name, scale) => summary(all.map(sample => sample[name] / scale));
      return [
        variant,
        {
          readyMs: measure('readyMs', 1),
          readyCpuMs: measure('readyCpuMs', 1),
          addedMb: measure('addedBytes', MEGABYTE),
        },
      ];
    }),
  );
  const known = cases(Number(options.scale));
  const table = encodings.flatMap(encoding => known.map(one => caseRow(one, encoding, names, of)));
  const adversaries = encodings.flatMap(encoding => adversaryRows(encoding, names, of));
  const wrong = table.filter(row => row.differs.includes('weir')).map(row => `${row.encoding} ${row.name}`);
  for (const row of adversaries) if (row.differs.includes('weir')) wrong.push(`${row.encoding} ${row.name}`);
  return { start, table, adversaries, wrong, bars: bars(start, table, adversaries, encodings) };
}

function caseRow({ name, bar, microsBar }, encoding, names, of) {
  const row = {
    name,
    encoding,
    bar,
    microsBar,
    mbPerSecond: {},
    microsPerCall: {},
    ratio: {},
    hash: {},
    differs: [],
  };
  for (const variant of names) {
    const found = of(variant, encoding).map(sample => sample.cases[name]);
    row.mbPerSecond[variant] = summary(found.map(({ bytes, micros }) => bytes / micros));
    row.microsPerCall[variant] = summary(found.map(({ calls, micros }) => micros / calls));
    row.hash[variant] = [...new Set(found.map(({ hash }) => hash))].join(' and ');
  }
  for (const variant of names) {
    if (row.hash.tiktoken !== undefined && row.hash[variant] !== row.hash.tiktoken) row.differs.push(variant);
    const speed = row.mbPerSecond[variant];
    const theirs = row.mbPerSecond.tiktoken;
    if (theirs) row.ratio[variant] = speed.median / theirs.median;
  }
  return row;
}

function adversaryRows(encoding, names, of) {
  const first = of(names[0], encoding)[0];
  return Object.keys(first?.adversaries ?? {}).map(name => {
    const row = { name, encoding, small: {}, long: null, differs: [] };
    const tokens = {};
    for (const variant of names) {
      const found = of(variant, encoding).map(sample => sample.adversaries[name]);
      row.small[variant] = summary(found.map(([{ bytes, micros }]) => bytes / micros));
      tokens[variant] = found[0][0].tokens;
      if (variant === 'weir') {
        row.long = summary(found.map(([, { micros }]) => micros / 1000));
        row.longBytes = found[0][1].bytes;
      }
    }
    row.differs = names.filter(
      variant => tokens.tiktoken !== undefined && tokens[variant] !== tokens.tiktoken,
    );
    return row;
  });
}

/** [{ what, value, bar, met }]: a ratio must reach its bar, a time or size must not pass it. */
function bars(start, table, adversaries, encodings) {
  const all = [];
  const atLeast = (what, value, bar) => all.push({ what, value, bar: `≥ ${bar}`, met: value >= bar });
  const atMost = (what, value, bar) => all.push({ what, value, bar: `≤ ${bar}`, met: value <= bar });
  const ratioOf = (encoding, name) =>
    table.find(row => row.encoding === encoding && row.name === name)?.ratio.weir;
  for (const row of table) {
    const { name, encoding, bar, microsBar, ratio, microsPerCall } = row;
    const first = encoding === encodings[0];
    if (bar !== undefined && ratio.weir !== undefined && encoding === 'o200k_base')
      atLeast(`${name}, ×tiktoken`, ratio.weir, bar);
    if (microsBar !== undefined && microsPerCall.weir)
      atMost(`${encoding} ${name}, µs a delta`, microsPerCall.weir.median, microsBar);
    const other = first ? undefined : ratioOf('o200k_base', name);
    if (bar !== undefined && other !== undefined) {
      atLeast(`cl100k ÷ o200k ratio of ${name}`, ratio.weir / other, 1 - ENCODINGS_APART_BAR);
    }
  }
  for (const { name, encoding, long } of adversaries) {
    if (long !== null) atMost(`${encoding} 1 MB of ${name}, ms`, long.median, ADVERSARY_MS_BAR);
  }
  if (start.weir) {
    atMost('resident memory added, MB', start.weir.addedMb.median, ADDED_MB_BAR);
    atMost('ready, ms', start.weir.readyMs.median, READY_MS_BAR);
  }
  return all;
}

const digits = value => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const cell = value => (value ? `${digits(value.median)} (${digits(value.min)}–${digits(value.max)})` : '–');
const verdict = ({ what, value, bar, met }) =>
  `${what}: ${digits(value)}, bar ${bar}: ${met ? 'met' : 'MISSED'}`;

/** For a terminal. */
export function lines(result) {
  const { names, table, adversaries, start, skipped } = result;
  const out = [];
  for (const [name, why] of Object.entries(skipped)) out.push(`${name} is left out: ${why}`);
  for (const row of table) {
    const cells = names.map(name => `${name} ${cell(row.mbPerSecond[name])}`);
    const ratio = row.ratio.weir === undefined ? '' : `; ours ${row.ratio.weir.toFixed(1)} × tiktoken`;
    const differs = row.differs.length > 0 ? `; counts otherwise: ${row.differs.join(', ')}` : '';
    const work = row.hash.tiktoken ?? row.hash[names[0]];
    out.push(`${row.encoding} ${row.name}, MB/s: ${cells.join(', ')}${ratio}; work ${work}${differs}`);
  }
  for (const row of adversaries) out.push(`${row.encoding} 1 MB of ${row.name}: ${cell(row.long)} ms`);
  for (const name of names)
    out.push(
      `${name} for both encodings: ready in ${cell(start[name].readyMs)} ms, +${cell(start[name].addedMb)} MB`,
    );
  return [...out, '', ...result.bars.map(verdict)];
}

/** For bench/results. */
export function markdown(result) {
  const { names, encodings, start } = result;
  const startRows = names.map(name => [
    name,
    cell(start[name].readyMs),
    cell(start[name].readyCpuMs),
    cell(start[name].addedMb),
  ]);
  const out = [
    ...headLines(result),
    ...encodings.flatMap(encoding => encodingLines(result, encoding)),
    '',
    '## Both encodings in one fresh process',
    '',
    ...rows(['', 'ready, ms', 'ready, CPU ms', 'resident memory added, MB'], startRows),
    '',
    '## Bars',
    '',
    ...result.bars.map(bar => `- ${verdict(bar)}`),
  ];
  return `${out.join('\n')}\n`;
}

function headLines({ where, options, skipped }) {
  return [
    '# Token counting benchmark',
    '',
    `Measured ${where.date.slice(0, 10)} at commit ${where.commit ?? 'unknown'}${where.changedSinceCommit ? ' with changes' : ''}, Node ${where.node}, ` +
      `${where.machine.cpu} (${where.machine.cores} cores), ${where.system}. ${options.rounds} rounds, a fresh process each, CPU time; ` +
      'median (smallest–largest). How it is measured: head of bench/kernel/tokens.js.',
    ...Object.entries(skipped).map(([name, why]) => `\n${name} is left out: ${why}.`),
  ];
}

function encodingLines({ names, table, adversaries }, encoding) {
  const cases = table
    .filter(row => row.encoding === encoding)
    .map(row => [
      row.name,
      ...names.map(name => cell(row.mbPerSecond[name])),
      row.ratio.weir?.toFixed(1) ?? '–',
      cell(row.microsPerCall.weir),
      row.hash.tiktoken ?? row.hash[names[0]],
      row.differs.join(', ') || '–',
    ]);
  const runs = adversaries
    .filter(row => row.encoding === encoding)
    .map(row => [
      row.name,
      ...names.map(name => cell(row.small[name])),
      cell(row.long),
      row.differs.join(', ') || '–',
    ]);
  return [
    '',
    `## ${encoding}`,
    '',
    'MB/s; the last columns: how many times tiktoken ours is, ours per call or delta.',
    '',
    ...rows(['', ...names, '× tiktoken', 'µs a call', 'work', 'counts otherwise'], cases),
    '',
    'Adversarial: MB/s at 8 KB, and ours in ms at 1 MB.',
    '',
    ...rows(['', ...names, 'ours, 1 MB, ms', 'counts otherwise'], runs),
  ];
}

const rows = (titles, cells) =>
  [titles, titles.map(() => '---'), ...cells].map(row => `| ${row.join(' | ')} |`);
