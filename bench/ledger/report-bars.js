// What the ledger benchmarks found, held against the bars: one row each. Pure, so that it can be tested without measuring.
import { summary } from '../gateway/stats.js';

/** µs of CPU a request. */
const JOURNAL_BAR = 5;
const BOTH_BAR = 14;
/** µs of CPU a record: what the journal leaves of both. */
const INDEX_BAR = BOTH_BAR - JOURNAL_BAR;
const YEAR_MS = 50;

const row = (what, found, bar, met) => ({ what, found, bar, met });
const micros = value => (value === null ? 'not seen' : `${value.toFixed(1)} µs`);
const spread = samples => {
  const { median, min, max } = summary(samples);
  return `${median.toFixed(1)} µs (${min.toFixed(1)} to ${max.toFixed(1)})`;
};
const within = (value, bar) => value !== null && value <= bar;

/** @param results by benchmark (journal, index, cost), as each wrote them */
export function barRows({ journal, index, cost }) {
  const { samples, inBatchesOf256, records, replaySeconds } = index.catchingUp;
  const year = index.questions['usage by model, a year'];
  const both = cost.journal === null || cost.index === null ? null : cost.journal + cost.index;
  const whole = '64 connections, in a whole gateway';
  return [
    row(
      'journal, CPU a request at 64 a turn',
      spread(journal.journalled[64]),
      `${JOURNAL_BAR} µs`,
      within(summary(journal.journalled[64]).median, JOURNAL_BAR),
    ),
    row(
      'index, CPU a record of a long journal',
      spread(samples),
      `${INDEX_BAR} µs`,
      within(summary(samples).median, INDEX_BAR),
    ),
    row('index, CPU a record in batches of 256', micros(inBatchesOf256), 'none', null),
    row(`journal, ${whole}`, micros(cost.journal), `${JOURNAL_BAR} µs`, within(cost.journal, JOURNAL_BAR)),
    row(`journal and index, ${whole}`, micros(both), `${BOTH_BAR} µs`, within(both, BOTH_BAR)),
    row('journal, bytes a request', `${journal.bytesPerRequest}`, 'none', null),
    row('database, bytes a record', index.databaseBytes.toFixed(0), 'none', null),
    row(
      `replay of ${records} records`,
      `${replaySeconds.toFixed(1)} s, ${Math.round(records / replaySeconds)} a second`,
      'none',
      null,
    ),
    row(
      `a year’s usage by model, ${records} records`,
      `${year.medianMs.toFixed(1)} ms`,
      `${YEAR_MS} ms`,
      year.medianMs < YEAR_MS,
    ),
  ];
}
