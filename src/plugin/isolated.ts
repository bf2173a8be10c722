// How a data-plane thread has a hook run elsewhere: in a worker that may be killed at any time, under the policy's deadline.
import type { HookOutcome } from './hook.js';
import type { LoadedPlugin } from './loaded.js';
import type { SceneData } from './scene-data.js';

export interface IsolatedRunner {
  /** `done` is called once, never in the same turn, unless the returned function withdraws it before. */
  run(loaded: LoadedPlugin, data: SceneData, done: (outcome: HookOutcome) => void): () => void;
  /** No request uses this version any more. */
  forget(version: number): void;
}
