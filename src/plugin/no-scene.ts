// The scene of `configure`, which sees no request: everything is absent.
import type { HookName } from './abi.js';
import type { HookScene, MessageView } from './hook.js';

const NO_BYTES = new Uint8Array(0);

const NO_MESSAGES: MessageView = Object.freeze({
  count: 0,
  role: () => '',
  text: () => NO_BYTES,
  accepts: () => false,
  bytes: 0,
  opaqueParts: 0,
});

/** `hook` is never asked for. */
export const NO_SCENE: HookScene = Object.freeze({
  hook: 'on_request' as HookName,
  integer: () => null,
  text: () => null,
  messages: NO_MESSAGES,
  header: () => null,
  hasHeaders: false,
  headers: () => [],
  tag: () => null,
  tags: () => [],
  body: null,
  eventText: null,
  eventKind: null,
  held: [],
  state: NO_BYTES,
  evidenceCount: 0,
  nowMs: 0,
  targetAllowed: () => false,
  targetNames: new Set<string>(),
  consumerHasTag: () => false,
});
