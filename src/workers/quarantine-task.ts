// Entry point of the quarantine's worker: modules that nobody has tried yet are loaded here, and killed here where they hang. No uWebSockets.js app.
import { workerData } from 'node:worker_threads';
import { TokenKernel } from '../kernel/tokens.js';
import { CounterTable, createCounters } from '../plugin/counters.js';
import type { HostThread } from '../plugin/host-thread.js';
import { preparePlugin } from '../plugin/load/prepare.js';
import { holdsSecret, scrub } from '../plugin/scrub.js';
import { GuestProgress } from './guest-worker.js';
import type { GuestTask, QuarantineAnswer, QuarantineTask, QuarantineWorkerData } from './protocol.js';

const { vocabulary, region, progress: memory } = workerData as QuarantineWorkerData;
const progress = new GuestProgress(memory);
let host: HostThread | null = null;
let secrets: readonly string[] = [];

/** Does nothing: the thread starts, and has what it needs. */
export function wake({ number }: GuestTask): void {
  loadHost();
  progress.begin(number);
  progress.end(number);
}

export function prepare(task: QuarantineTask): QuarantineAnswer {
  const thread = loadHost();
  secrets = task.secrets;
  progress.begin(task.number);
  try {
    return preparePlugin(task, thread);
  } finally {
    progress.end(task.number);
  }
}

/** Counters of its own: trying a module out counts nothing. */
function loadHost(): HostThread {
  host ??= {
    counters: new CounterTable(createCounters()),
    tokens: TokenKernel.load(vocabulary, region),
    scrub: text => scrub(text, secrets),
    holdsSecret: value => holdsSecret(value, secrets),
  };
  return host;
}
