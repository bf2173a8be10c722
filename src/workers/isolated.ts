// Entry point of the worker that runs a thread's isolated hooks. No uWebSockets.js app here: it may be killed at any instruction.
import { workerData } from 'node:worker_threads';
import { TokenKernel } from '../kernel/tokens.js';
import { CounterTable } from '../plugin/counters.js';
import type { HookOutcome } from '../plugin/hook.js';
import type { HostThread } from '../plugin/host-thread.js';
import { LoadedPlugin } from '../plugin/loaded.js';
import { DataScene } from '../plugin/scene-data.js';
import { holdsSecret, scrub } from '../plugin/scrub.js';
import { GuestProgress } from './guest-worker.js';
import type { IsolatedTask, IsolatedWorkerData } from './protocol.js';

const { vocabulary, region, counters, progress: memory } = workerData as IsolatedWorkerData;
const progress = new GuestProgress(memory);
const plugins = new Map<number, LoadedPlugin>();
let host: HostThread | null = null;
let secrets: readonly string[] = [];

/** `unknown`: the worker has not got this version and asks for it. */
export function runHook(task: IsolatedTask): HookOutcome | 'unknown' {
  for (const version of task.forget) plugins.delete(version);
  if (task.plugin !== null) {
    secrets = task.plugin.secrets;
    plugins.set(task.version, new LoadedPlugin(task.plugin.prepared, loadHost()));
  }
  const loaded = plugins.get(task.version);
  if (loaded === undefined) return 'unknown';
  progress.begin(task.number);
  try {
    return { ...loaded.run(new DataScene(task.scene)), isolated: true };
  } finally {
    progress.end(task.number);
  }
}

/** With the first task, not with the module: a failure is then that task's, and the pool does not start worker after worker. */
function loadHost(): HostThread {
  host ??= {
    counters: new CounterTable(counters),
    tokens: TokenKernel.load(vocabulary, region),
    scrub: text => scrub(text, secrets),
    holdsSecret: value => holdsSecret(value, secrets),
  };
  return host;
}
