// When the gateway is killed: at any moment of a load, while the index is being written, while it drains, and while it recovers from the kill before.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { between } from './random.js';

const LOAD_MS = [200, 2500];
/** The index has not been written for so long: it is killed all the same. */
const AIM_MS_MAX = 3000;

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Bytes and time of the index' write-ahead log: a change means that a batch is going in. */
function indexMark(dataDir) {
  try {
    const { size, mtimeMs } = statSync(join(dataDir, 'ledger.db-wal'));
    return `${size} ${mtimeMs}`;
  } catch {
    return 'none'; // not there yet
  }
}

/** Resolves while a batch is being written, or has just been; false: nothing was written in time. */
export async function whileIndexing(dataDir) {
  const endMs = Date.now() + AIM_MS_MAX;
  const before = indexMark(dataDir);
  while (Date.now() < endMs) {
    if (indexMark(dataDir) !== before) return true;
    await new Promise(resolve => setImmediate(resolve));
  }
  return false;
}

/** Each resolves when the gateway is to be killed; loads run meanwhile. @type {Record<string, (gateway: import('./scene.js').Gateway, random: () => number) => Promise<void>>} */
export const MOMENTS = {
  anywhere: async (_gateway, random) => await wait(between(random, ...LOAD_MS)),
  indexing: async ({ dataDir }, random) => {
    await wait(between(random, ...LOAD_MS));
    await whileIndexing(dataDir);
    await wait(between(random, 0, 3));
  },
  draining: async (gateway, random) => {
    await wait(between(random, ...LOAD_MS));
    gateway.ask();
    await wait(between(random, 0, 400));
  },
};

/** The moments of a run: half of them anywhere, and every kind among any five. */
export function momentOf(kill) {
  return ['anywhere', 'indexing', 'anywhere', 'draining', 'anywhere'][kill % 5];
}

/** So many times the gateway that comes back is killed again before it is ready: at some kills never, at some more than once. */
export function killsInRecovery(kill, random) {
  return kill % 4 === 1 ? between(random, 1, 2) : 0;
}

/** After its process was started; it takes about a second to be ready. */
export async function duringRecovery({ dataDir }, random) {
  if (random() < 0.5) await wait(between(random, 100, 2000));
  else {
    await whileIndexing(dataDir);
    await wait(between(random, 0, 30));
  }
}
