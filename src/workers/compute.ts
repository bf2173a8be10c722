// Entry point of a compute worker: short tasks that would hold a data-plane thread's event loop. Nothing here is remembered
// from task to task, and the thread has no uWebSockets.js app: it may be ended at any time, and is when a task overruns.
import { workerData } from 'node:worker_threads';
import { ConversationKernel } from '../kernel/conversation.js';
import { TokenKernel } from '../kernel/tokens.js';
import { countPrompt as count, type PromptCount } from '../tokens/count-prompt.js';
import { FactorTable } from '../tokens/factors.js';
import type { ComputeWorkerData, CountPromptTask } from './protocol.js';

interface Kernels {
  readonly tokens: TokenKernel;
  readonly conversation: ConversationKernel;
}

let kernels: Kernels | null = null;

/** Loaded by the first task, not with the module: a failure is then that task's, and the pool does not start worker after worker. */
function loadKernels(): Kernels {
  const { vocabulary, region } = workerData as ComputeWorkerData;
  kernels ??= {
    tokens: TokenKernel.load(vocabulary, region),
    conversation: ConversationKernel.load(),
  };
  return kernels;
}

/** What has been learned stays with the data-plane threads: they put their own factor in. */
const UNLEARNED = new FactorTable();

export function countPrompt({ api, model, memory, from, bytes }: CountPromptTask): PromptCount | null {
  return count(loadKernels(), UNLEARNED, { api, model, body: new Uint8Array(memory, from, bytes) });
}
