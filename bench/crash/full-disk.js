// One run on a file system that fills up while load runs, and has room again later: the gateway must do as `on_full` says, come back by itself, and lose
// nothing without a word. Then it is killed, and everything is looked at once more.
import { Book } from './book.js';
import { Clients } from './clients.js';
import { smallDisk } from './disk.js';
import { Faults } from './faults.js';
import { CONSUMERS, onStage } from './scene.js';
import { indexProblem } from './soundness.js';

const DISK_MIB = 40;
const BEFORE_MS = 500;
const FULL_MS = 6000;
/** What is left where the index gives room back is taken again so often. */
const FILL_EVERY_MS = 50;
/** Room is looked for four times a second; the rest is for a machine that is busy. */
const RECOVER_MS_MAX = 5000;
const AFTER_MS = 2500;

const LOST = 'whole answers that are LOST';

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

/**
 * @param {{ onFull: 'refuse' | 'serve', durability: string, connections: number, workers: number, first?: number, tell(line: string): void }} options
 * @returns figures with `faults`, or a sentence where no small file system can be had
 */
export async function runFullDisk(options) {
  const disk = folder => smallDisk(folder, DISK_MIB);
  return await onStage({ ...options, disk }, async stage => {
    const faults = new Faults();
    const figures = await run(stage, options, faults).catch(error => {
      faults.add('the run ended early', error.message);
      return {};
    });
    return { ...figures, faults, output: stage.gateway.output };
  });
}

async function run({ gateway, disk }, { onFull, connections }, faults) {
  await gateway.start();
  const found = new Faults();
  const book = new Book(gateway, found);
  const clients = new Clients({ url: gateway.url, consumers: CONSUMERS, connections, slow: 4, first: 1 });
  await clients.begun(100);
  await wait(BEFORE_MS);
  const fullMs = Date.now();
  await keepFull(disk, FULL_MS);
  const told = await state(gateway);
  disk.empty();
  const roomMs = Date.now();
  await wait(RECOVER_MS_MAX + AFTER_MS);
  await clients.stop();
  const figures = ofAnswers(clients.whole, { fullMs, roomMs });
  judge(figures, { onFull, told }, faults);
  const after = await state(gateway);
  if (after.full) faults.add('it stays full', JSON.stringify(after));
  // What found no room anywhere is told: so many, and no more, may be missing.
  await book.look([clients], { killedMs: 0 });
  const lost = found.of(LOST);
  faults.take(found, LOST);
  if (!(lost <= after.lost))
    faults.add('answers lost without a word', `${lost} are missing, ${after.lost} are told`);
  await gateway.kill();
  const problem = indexProblem(gateway);
  if (problem !== null) faults.add('a broken index', problem);
  await gateway.start();
  await book.lookAtAll();
  faults.take(found, LOST);
  return { ...figures, whole: clients.whole.length, records: book.records.size, lost, toldLost: after.lost };
}

async function keepFull(disk, forMs) {
  for (const endMs = Date.now() + forMs; Date.now() < endMs; ) {
    disk.fill();
    await wait(FILL_EVERY_MS);
  }
}

/** What the gateway says of its journal. */
async function state(gateway) {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const number = name =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { full: number('weir_ledger_full') > 0, lost: number('weir_ledger_lost_total') };
}

function ofAnswers(whole, { fullMs, roomMs }) {
  const refused = whole.filter(({ code }) => code === 'weir_ledger_full');
  const good = whole.filter(({ status, askedMs }) => status === 200 && askedMs >= roomMs);
  const last = refused.at(-1)?.endedMs ?? roomMs;
  return {
    before: whole.filter(({ endedMs }) => endedMs < fullMs).length,
    servedWhileFull: whole.filter(
      ({ status, askedMs, endedMs }) => status === 200 && askedMs >= fullMs && endedMs < roomMs,
    ).length,
    refused: refused.length,
    firstRefusedMs: refused.length === 0 ? null : refused[0].askedMs - fullMs,
    recoveredMs: Math.max(last, good[0]?.endedMs ?? Number.POSITIVE_INFINITY) - roomMs,
    after: good.length,
  };
}

function judge({ before, after, refused, recoveredMs }, { onFull, told }, faults) {
  if (before === 0 || after === 0) faults.add('too little load', `${before} answers before, ${after} after`);
  if (!told.full) faults.add('a full disk is not told', 'weir_ledger_full is not 1');
  if (onFull === 'refuse' && refused === 0)
    faults.add('served under budgets that cannot be kept', 'none was refused');
  if (onFull === 'serve' && refused > 0) faults.add('refused all the same', `${refused}`);
  if (!(recoveredMs < RECOVER_MS_MAX))
    faults.add('it did not come back', `${recoveredMs} ms after there was room`);
}
