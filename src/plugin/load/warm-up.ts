// Runs each hook of a fresh module once over a request that holds nothing, in quarantine, so that what its first call compiles, or how long it hangs, is
// known before any request meets it.
import { HOOKS, type HookName } from '../abi.js';
import type { HookScene } from '../hook.js';
import type { LoadedPlugin } from '../loaded.js';
import { NO_SCENE } from '../no-scene.js';

/** What went wrong, a sentence a hook. A hook that fails here may well do its work on real requests: that is for its author to hear, not a reason to refuse. */
export function warmUp(loaded: LoadedPlugin): string[] {
  const problems: string[] = [];
  for (const hook of HOOKS) {
    if (!loaded.wants(hook)) continue;
    const { result, failure, detail } = loaded.run(emptyScene(hook));
    if (result === 'failed') problems.push(`${hook} failed on an empty request: ${detail ?? failure ?? ''}`);
  }
  return problems;
}

function emptyScene(hook: HookName): HookScene {
  const isEvent = hook === 'on_event';
  return {
    ...NO_SCENE,
    hook,
    hasHeaders: hook === 'on_request' || hook === 'on_response',
    eventText: isEvent ? new Uint8Array(0) : null,
    eventKind: isEvent ? 'text' : null,
  };
}
