// Cuts of power: a file system of its own, from which at a seeded moment nothing reaches the disk any more. With `durability: fsync` every answer that was
// received before must be on record after; with `os` what the system had not written yet may be gone, and the count shows that this run can tell.
import { Book } from './book.js';
import { Clients } from './clients.js';
import { cuttableDisk } from './disk.js';
import { Faults } from './faults.js';
import { between, generator } from './random.js';
import { CONSUMERS, onStage } from './scene.js';
import { indexProblem } from './soundness.js';

const DISK_MIB = 128;

/**
 * @param {{ cuts: number, seed: number, durability: 'os' | 'fsync', connections: number, workers: number, tell(line: string): void }} options
 * @returns figures with `faults`, or a sentence where no such file system can be had
 */
export async function runPowerCuts(options) {
  const disk = folder => cuttableDisk(folder, DISK_MIB);
  return await onStage({ ...options, disk }, async stage => {
    const faults = new Faults();
    const figures = await run(stage, options, faults).catch(error => {
      faults.add('the run ended early', error.message);
      return {};
    });
    return { ...figures, faults, output: stage.gateway.output };
  });
}

async function run({ gateway, disk }, { cuts, seed, durability, connections, tell }, faults) {
  const random = generator(seed);
  const figures = { cuts: 0, whole: 0, lost: 0, records: 0 };
  let next = 1;
  await gateway.start();
  const book = new Book(gateway, faults);
  for (; figures.cuts < cuts; figures.cuts++) {
    const clients = new Clients({
      url: gateway.url,
      consumers: CONSUMERS,
      connections,
      slow: 4,
      first: next,
    });
    await clients.begun(20);
    await new Promise(resolve => setTimeout(resolve, between(random, 100, 3000)));
    const received = clients.whole.slice();
    disk.cut();
    await gateway.kill();
    next = await clients.stop();
    disk.restore();
    const problem = indexProblem(gateway);
    if (problem !== null) faults.add('a broken index', problem);
    const readyMs = await gateway.start();
    await book.look([{ whole: durability === 'fsync' ? received : [], cut: [], wrong: clients.wrong }], {
      killedMs: 0,
    });
    const gone = received.filter(({ id }) => !book.records.has(id)).length;
    figures.whole += received.length;
    figures.lost += gone;
    tell(
      `cut ${figures.cuts + 1}: ${received.length} received before, ${gone} gone, ready again in ${readyMs.toFixed(0)} ms`,
    );
  }
  await book.lookAtAll();
  return { ...figures, records: book.records.size };
}
