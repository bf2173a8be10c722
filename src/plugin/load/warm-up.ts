// Runs each hook of a fresh module once over a request that holds nothing, in quarantine, so that what its first call compiles, or how long it hangs, is
// known before any request meets it.
import { HOOKS, type HookName } from '../abi.js';
import type { HookScene, MessageView } from '../hook.js';
import type { LoadedPlugin } from '../loaded.js';

const NO_MESSAGES: MessageView = {
  count: 0,
  role: () => 'user',
  text: () => new Uint8Array(0),
  accepts: () => false,
  bytes: 0,
  opaqueParts: 0,
};

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
    hook,
    integer: () => null,
    text: () => null,
    messages: NO_MESSAGES,
    header: () => null,
    headers: () => [],
    hasHeaders: hook === 'on_request' || hook === 'on_response',
    body: null,
    eventText: isEvent ? new Uint8Array(0) : null,
    eventKind: isEvent ? 'text' : null,
    held: [],
    state: new Uint8Array(0),
    evidenceCount: 0,
    nowMs: Date.now(),
    targetNames: new Set(),
    targetAllowed: () => false,
    consumerHasTag: () => false,
    tag: () => null,
    tags: () => [],
  };
}
