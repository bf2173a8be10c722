// From samples to rows: median with spread, ratio with verdict. Pure, so that it can be tested without a load.
import { MODES } from './workload.js';

/** Median, smallest and largest of the samples; null where there are none. */
export function summary(samples) {
  const sorted = samples.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

const MEASURES = ['cpuMicros', 'perSecond', 'p50Ms', 'p99Ms', 'addedMicros'];

/** `samples`: one object a round. → measure by measure its summary. */
export function summarise(samples) {
  return Object.fromEntries(
    MEASURES.map(measure => [measure, summary(samples.map(sample => sample[measure]))]),
  );
}

/** Weir's CPU time against the bare pass-through's, with the bar; null where one of them was not run. */
export function verdict(mode, { weir, bare }) {
  return compared(mode, weir, bare, MODES[mode].bar);
}

/** The same of Weir with everything on. */
export function verdictOfAll(mode, { 'weir-full': full, bare }) {
  return compared(mode, full, bare, MODES[mode].barOfAll);
}

function compared(mode, weir, bare, bar) {
  if (!weir || !bare) return null;
  const ratio = weir.summary.cpuMicros.median / bare.summary.cpuMicros.median;
  // How far it varied: each round's own ratio, both sides measured within the same minute.
  const spread = summary(weir.samples.map(({ cpuMicros }, i) => cpuMicros / bare.samples[i].cpuMicros));
  return { ratio, min: spread.min, max: spread.max, bar, met: ratio <= bar, unit: MODES[mode].unit };
}

export function verdictLine(mode, { ratio, min, max, bar, met, unit }, who = 'Weir') {
  const by = met ? 'met' : `missed by ${((ratio / bar - 1) * 100).toFixed(0)} %`;
  const spread = `${min.toFixed(2)}–${max.toFixed(2)}`;
  return `${mode}: ${who} ÷ bare in CPU per ${unit}: ${ratio.toFixed(2)} (${spread}), bar ${bar}: ${by}`;
}
