// Loaded into every thread of a gateway by `--import`: the thread that has uWebSockets.js notes how long its event loop did not
// turn, and for how much of that it was itself running (the rest it waited for a core). Each pause is a line of a file: a thread that ends is not told.
import { openSync, readSync, writeSync } from 'node:fs';
import { Module } from 'node:module';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

/** Shorter ones are not noted. */
const NOTED_MS_MIN = 0.5;
const TICK_MS = 1;

const LOOK_MS = 100;

const folder = process.env.WEIR_LOOP_PAUSES;
if (!isMainThread && folder !== undefined) {
  const look = setInterval(() => {
    if (!hasServer()) return; // no other thread is to wake up a thousand times a second
    clearInterval(look);
    watch(folder);
  }, LOOK_MS);
  look.unref();
}

function hasServer() {
  return Object.keys(Module._cache).some(path => path.includes('/uWebSockets.js/'));
}

function watch(folder) {
  // proc(5): the first number is the ns that the thread which reads has run.
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = Buffer.alloc(64);
  const ranMs = () =>
    Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, 64, 0)).split(' ')[0]) / 1e6;
  const notes = openSync(join(folder, `thread-${threadId}.jsonl`), 'w');
  let [lastMs, lastRanMs] = [performance.now(), ranMs()];
  const timer = setInterval(() => {
    const [now, ran] = [performance.now(), ranMs()];
    const pauseMs = now - lastMs - TICK_MS;
    if (pauseMs >= NOTED_MS_MIN) {
      const note = { atMs: performance.timeOrigin + now, pauseMs, ranMs: ran - lastRanMs };
      writeSync(notes, `${JSON.stringify(note)}\n`);
    }
    [lastMs, lastRanMs] = [now, ran];
  }, TICK_MS);
  timer.unref();
}
