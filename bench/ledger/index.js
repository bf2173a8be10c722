// What does it cost to take the journal into the index, how fast is a replay, and how long do questions take at a million records?
// Run: npm run build && node bench/ledger/index.js [--records 1000000] [--years 2] [--results FILE] (years of synthetic sums). Bars: catching up ≤ 9 µs CPU a record (with what the journal
// costs ≤ 14); a year's usage by model < 50 ms. Not shown: what the disk does under another's load; the data plane's side (journal.js).
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Database } from '../../dist/ledger/index/database.js';
import { LedgerIndex } from '../../dist/ledger/index/ledger-index.js';
import { writeSegments } from './write-segments.js';

const { values: settings } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    years: { type: 'string', default: '2' },
    results: { type: 'string' },
  },
});
const [RECORDS, YEARS] = [Number(settings.records), Number(settings.years)];
const PART = Math.min(50_000, RECORDS);
const UNTIL_MS = Date.UTC(2026, 10, 23, 12);
/** 200 requests a second. */
const SPAN_MS = (RECORDS / 200) * 1000;
const root = mkdtempSync(join(tmpdir(), 'weir-index-'));
const journal = join(root, 'journal');
mkdirSync(journal);

const options = { file: join(root, 'ledger.db'), journal, wallMs: () => UNTIL_MS };
let index = LedgerIndex.open(options);

/** In parts, so that a million requests do not stand on the disk twice. */
async function fill() {
  const total = { cpu: 0, wall: 0, records: 0, bytes: 0 };
  const samples = [];
  const hash = createHash('sha256');
  for (let part = 0; part * PART < RECORDS; part++) {
    const untilMs = UNTIL_MS - SPAN_MS + ((part + 1) * PART * SPAN_MS) / RECORDS;
    const spanMs = (PART * SPAN_MS) / RECORDS;
    await writeSegments({ folder: journal, generation: part + 1, count: PART, untilMs, spanMs, seed: part });
    for (const file of readdirSync(journal)) {
      total.bytes += statSync(join(journal, file)).size;
      if (part === 0) hash.update(readFileSync(join(journal, file)));
    }
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    const { records, problems } = index.catchUp({ live: null });
    const spent = process.cpuUsage(cpu);
    if (problems.length > 0 || records !== PART) throw new Error(`${records} records: ${problems[0]}`);
    total.cpu += spent.user + spent.system;
    total.wall += performance.now() - wall;
    total.records += records;
    samples.push((spent.user + spent.system) / records);
  }
  samples.sort((a, b) => a - b);
  return { ...total, samples, work: hash.digest('hex').slice(0, 12) };
}

const questions = {};

function timed(name, ask, rounds = 15) {
  const times = [];
  let result;
  for (let i = 0; i < rounds; i++) {
    const from = performance.now();
    result = ask();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  questions[name] = { medianMs: times[times.length >> 1], maxMs: times.at(-1) };
  const [median, max] = [times[times.length >> 1], times.at(-1)].map(ms => ms.toFixed(2));
  console.log(`${name.padEnd(58)} ${median.padStart(8)} ms   (slowest ${max})`);
  return result;
}

/** All pages of a list. */
function walk(query, pages) {
  let [before, items] = [undefined, 0];
  for (let page = 0; page < pages; page++) {
    const found = index.list({ ...query, ...(before === undefined ? {} : { before }), limit: 100 });
    items += found.items.length;
    if (found.next === null) break;
    before = found.next;
  }
  return items;
}

const filled = await fill();
console.log(`work ${filled.work}, ${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`);
const size = index.state().sizeBytes;
const [low, median, high] = [0, filled.samples.length >> 1, filled.samples.length - 1].map(i =>
  filled.samples[i].toFixed(2),
);
console.log(
  `${filled.records} requests, each admitted and settled; journal ${(filled.bytes / filled.records).toFixed(0)} bytes a request`,
);
console.log(`catching up: ${median} µs CPU a record (${low} to ${high} over ${filled.samples.length} parts)`);
console.log(
  `replay of ${filled.records}: ${(filled.wall / 1000).toFixed(1)} s, ${Math.round((filled.records / filled.wall) * 1000)} records/s`,
);
console.log(`database: ${(size / filled.records).toFixed(0)} bytes a record`);

// As beside a running gateway: every 256 requests of two threads.
let inBatches = Number.NaN;
{
  const [generation, count] = [900_001, 20_000];
  let [cpu, records] = [0, 0];
  const onTurn = () => {
    const before = process.cpuUsage();
    records += index.catchUp({ live: generation }).records;
    const spent = process.cpuUsage(before);
    cpu += spent.user + spent.system;
  };
  const spanMs = count * 5;
  await writeSegments({ folder: journal, generation, count, untilMs: UNTIL_MS, spanMs, seed: 99, onTurn });
  inBatches = cpu / records;
  console.log(`catching up every 256 requests: ${inBatches.toFixed(2)} µs CPU a record`);
  index.catchUp({ live: null });
}

console.log(`\nquestions at ${index.state().records} records`);
const latest = timed('the latest 100', () => index.list({ limit: 100 }));
const [newest] = latest.items;
timed('by a common consumer', () => index.list({ consumer: 'team-3', limit: 100 }));
const rare = timed('by a rare consumer', () => walk({ consumer: 'team-rare' }, 20));
console.log(`  (${rare} records)`);
timed('by outcome failed', () => index.list({ outcome: 'failed', limit: 100 }));
timed('by an outcome that never was', () => index.list({ outcome: 'interrupted', limit: 100 }));
timed('by a status that never was: one page', () => index.list({ status: 418, limit: 100 }));
const { items } = index.exportPage({ limit: 1 });
const oldest = items[0].record.id;
timed('one by id, the newest', () => index.get(newest.id));
timed('one by id, the oldest', () => index.get(oldest));
timed('the page before the oldest 1,000', () =>
  index.list({ untilMs: Date.parse(items[0].record.time) + 5000, limit: 1000 }),
);
timed('export of 1,000', () => index.exportPage({ limit: 1000 }));
const hour = 3_600_000;
const usage = spanMs => index.usage({ by: ['model'], only: {}, sinceMs: UNTIL_MS - spanMs + 123_456 });
timed('usage by model, 24 h', () => usage(24 * hour));
timed('usage by model, 30 d', () => usage(30 * 24 * hour));
timed('usage by consumer, model, 24 h', () =>
  index.usage({ by: ['consumer', 'model'], only: {}, sinceMs: UNTIL_MS - 24 * hour }),
);
const wrong = index.integrityProblems();
console.log(`integrity check: ${wrong.length === 0 ? 'ok' : wrong[0]}`);
index.close();

// Years of sums as a busy gateway would have left them: every dimension in each hour.
{
  const database = new Database(options.file);
  const [{ length: dimensions }] = [database.query('SELECT dimension FROM dimensions').all()];
  database.begin();
  const sums = '3, 4000, 900, 0, 0, 10, 2500000, 0';
  const [days, until] = [YEARS * 365, Math.floor(UNTIL_MS / (24 * hour)) - 30];
  const series = (from, to) =>
    `WITH RECURSIVE n(start) AS (SELECT ${from} UNION ALL SELECT start + 1 FROM n WHERE start < ${to - 1})`;
  const insert = (level, from, to) =>
    database.exec(
      `${series(from, to)} INSERT OR IGNORE INTO usage_${level} SELECT start, dimension, ${sums} FROM n, dimensions`,
    );
  insert('hour', (until - days) * 24, until * 24);
  insert('day', until - days, until);
  const [year] = [new Date(UNTIL_MS).getUTCFullYear() - 1970];
  insert('month', (year - YEARS) * 12, year * 12 + 10);
  database.commit();
  database.close();
  console.log(`\n${YEARS} more years of sums, ${dimensions} dimensions in each hour`);
}
index = LedgerIndex.open(options);
timed('usage by model, a year', () => usage(365 * 24 * hour));
timed('usage by model, all years', () => index.usage({ by: ['model'], only: {} }));
timed('usage by model and day, 30 d', () =>
  index.usage({ by: ['day', 'model'], only: {}, sinceMs: UNTIL_MS - 30 * 24 * hour }),
);
timed('usage by model and month, a year', () =>
  index.usage({ by: ['month', 'model'], only: {}, sinceMs: UNTIL_MS - 365 * 24 * hour }),
);
timed('usage by model of one consumer, a year', () =>
  index.usage({ by: ['model'], only: { consumer: 'team-3' }, sinceMs: UNTIL_MS - 365 * 24 * hour }),
);
timed('usage by day, a year', () =>
  index.usage({ by: ['day'], only: {}, sinceMs: UNTIL_MS - 365 * 24 * hour }),
);
index.close();
console.log(`memory: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
rmSync(root, { recursive: true });
if (settings.results !== undefined) {
  const { samples, records, wall, bytes, work } = filled;
  const sizes = { journalBytes: bytes / records, databaseBytes: size / records };
  const catchingUp = { samples, inBatchesOf256: inBatches, records, replaySeconds: wall / 1000 };
  writeFileSync(settings.results, JSON.stringify({ work, ...sizes, catchingUp, questions }));
}
