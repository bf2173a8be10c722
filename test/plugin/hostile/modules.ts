// Every hostile module that the tests know: run through the rewriter, the host and the gateway.
import { ENDLESS_MODULES } from './endless.js';
import type { HostileModule } from './hostile-module.js';
import { MISBEHAVING_MODULES } from './misbehaving.js';
import { UNLOADABLE_MODULES } from './unloadable.js';

export const HOSTILE_MODULES: readonly HostileModule[] = [
  ...UNLOADABLE_MODULES,
  ...ENDLESS_MODULES,
  ...MISBEHAVING_MODULES,
];
