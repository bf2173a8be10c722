// What does the journal cost a request: encoding it at its admission and at its end, and its share of the write that a turn of the loop ends with?
// Run: npm run build:ts && node bench/ledger/journal.js [--rounds 7] [--folder DIR] [--results FILE]. CPU time of the thread, against what one does without a codec
// (JSON.stringify of the record) in the same process. Not asked here: what the index costs, and what a disk does under fsync.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LateEvidence } from '../../dist/core/entry.js';
import { LEAN, putBody, WHOLE } from '../../dist/ledger/journal/body-encoder.js';
import { BodyWriter } from '../../dist/ledger/journal/body-writer.js';
import { settledToEntry } from '../../dist/ledger/journal/decode-entry.js';
import { Dictionary } from '../../dist/ledger/journal/dictionary.js';
import { putFrame } from '../../dist/ledger/journal/frames.js';
import { systemFiles } from '../../dist/ledger/journal/journal-files.js';
import { ADMITTED, FRAME_BYTES, SETTLED } from '../../dist/ledger/journal/layout.js';
import { openJournal } from '../../dist/ledger/journal/open-journal.js';
import { SettledFacts } from '../../dist/ledger/journal/settled-facts.js';
import { toRecord } from '../../dist/ledger/to-record.js';
import { typicalRequest } from './typical.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '20000' },
    folder: { type: 'string', default: tmpdir() },
    results: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const FOLDER = mkdtempSync(join(options.folder, 'weir-bench-journal-'));
const REQUESTS = Number(options.requests);
const BATCHES = [1, 4, 16, 64];

const requests = Array.from({ length: 1024 }, (_, i) => typicalRequest(i));
const hash = createHash('sha256').update(JSON.stringify(requests.map(({ entry }) => toRecord(entry))));

/** µs of this process's CPU for each of `count` calls. */
function cpuMicros(count, work) {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) work(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function encoder(type) {
  const writer = new BodyWriter(1 << 20, new Dictionary());
  return i => {
    const { entry, progress } = requests[i & 1023];
    if (writer.at > 1 << 19) writer.at = 0;
    const start = writer.at;
    writer.at += FRAME_BYTES;
    const usage = type === SETTLED ? entry.usage : progress.usage;
    putBody(writer, type, entry, usage, entry.cost, progress.charges, type === SETTLED ? WHOLE : LEAN);
    putFrame(writer.bytes, start, writer.at, 12345);
    return writer;
  };
}

const variants = {
  'admitted, encoded': () => encoder(ADMITTED),
  'settled, encoded': () => encoder(SETTLED),
  'settled, JSON.stringify(toRecord)': () => i => JSON.stringify(toRecord(requests[i & 1023].entry)),
  'evidence that is written late, alone': () => i => {
    for (const { evidence } of requests[i & 1023].entry.steps)
      if (evidence instanceof LateEvidence) evidence.written();
  },
  'facts for the index, read': () => {
    const writer = encoder(SETTLED)(0);
    const body = Buffer.from(writer.bytes.subarray(FRAME_BYTES, writer.at));
    const facts = new SettledFacts();
    return () => facts.read(body);
  },
  'record, decoded': () => {
    const writer = new BodyWriter(1 << 16, new Dictionary(true));
    const { entry, progress } = requests[0];
    putBody(writer, SETTLED, entry, entry.usage, entry.cost, progress.charges, WHOLE);
    const body = Buffer.from(writer.bytes.subarray(0, writer.at));
    return () => settledToEntry(body, () => null);
  },
};

/** Whole requests through a journal, `batch` of them in each turn of the loop; and how many bytes the file has for one. */
async function journalled(batch) {
  let bytes = 0;
  const write = (...call) => {
    if (call[2] === 0 && call[1].length !== 262_144) bytes += call[3];
    return systemFiles.write(...call);
  };
  const journal = openJournal({
    folder: FOLDER,
    generation: 1,
    thread: batch,
    durability: 'os',
    clock: { wallMs: Date.now, monotonicMs: () => 0 },
    onState: state => console.error(state),
    files: { ...systemFiles, write },
  });
  const count = Math.ceil(REQUESTS / (batch < 8 ? 8 : 1));
  let told = 0;
  const written = () => told++;
  const spend = async journals => {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i += batch) {
      for (let j = 0; j < batch; j++) {
        const { entry, progress } = requests[(i + j) & 1023];
        if (!journals) continue;
        journal.admitted(entry, progress);
        journal.settled(entry, progress.charges, written);
      }
      await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  const without = await spend(false);
  bytes = 0;
  const cost = (await spend(true)) - without;
  await journal.close();
  return { cost, bytes: bytes / count, told };
}

const median = values => values.sort((a, b) => a - b)[values.length >> 1];
const spread = values =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

const micros = new Map(Object.keys(variants).map(name => [name, []]));
const works = Object.fromEntries(Object.entries(variants).map(([name, make]) => [name, make()]));
for (let round = -2; round < ROUNDS; round++) {
  const names = round % 2 === 0 ? Object.keys(works) : Object.keys(works).reverse();
  for (const name of names) {
    const spent = cpuMicros(REQUESTS, works[name]);
    if (round >= 0) micros.get(name).push(spent);
  }
}
const costs = new Map(BATCHES.map(batch => [batch, []]));
let size = 0;
for (let round = -1; round < ROUNDS; round++)
  for (const batch of round % 2 === 0 ? BATCHES : [...BATCHES].reverse()) {
    const { cost, bytes } = await journalled(batch);
    if (round >= 0) costs.get(batch).push(cost);
    size = bytes;
  }

console.log(
  `work ${hash.digest('hex').slice(0, 12)}, ${ROUNDS} rounds of ${REQUESTS}, Node ${process.version}`,
);
for (const [name, values] of micros) console.log(`${name.padEnd(36)} ${spread(values)} µs`);
for (const type of [ADMITTED, SETTLED]) {
  const encode = encoder(type);
  for (let i = 0; i < 1024; i++) encode(i);
  const from = encode(0).at;
  const raw = type === SETTLED ? requests[1].entry.usage.raw[0].length : 0;
  const bytes = encode(1).at - from;
  console.log(
    `${(type === SETTLED ? 'settled' : 'admitted').padEnd(36)} ${bytes} bytes, ${bytes - raw} without raw usage`,
  );
}
for (const [batch, values] of costs)
  console.log(`${`request through the journal, ${batch} a turn`.padEnd(36)} ${spread(values)} µs`);
console.log(`${'both entries and texts'.padEnd(36)} ${Math.round(size)} bytes a request`);
rmSync(FOLDER, { recursive: true });
if (options.results !== undefined)
  writeFileSync(
    options.results,
    JSON.stringify({
      micros: Object.fromEntries(micros),
      journalled: Object.fromEntries(costs),
      bytesPerRequest: Math.round(size),
    }),
  );
