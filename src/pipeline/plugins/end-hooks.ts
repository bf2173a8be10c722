// The last of the plugins in a request's life: the step that tells what on_event came to, and on_end, when the usage is known (CONTRACT.md §5.2). Both are
// part of the settlement, so nothing here may wait or refuse: on_end runs on this thread, within its fuel, and sees no large text.
import type { Exchange } from '../exchange.js';
import { ExchangeScene } from './exchange-scene.js';
import { leaveEventStep, leaveStep } from './plugin-steps.js';
import { noteOutcome, runHook } from './run-hook.js';

/** One step a plugin for all events of the answer. */
export function tellEvents(exchange: Exchange): void {
  const { plugins } = exchange;
  if (plugins === null) return;
  for (let i = plugins.active.length - 1; i >= 0; i--) {
    const plugin = plugins.active[i];
    const tally = plugin?.closeEvents() ?? null;
    if (plugin === undefined || tally === null) continue;
    if (tally.events > 0 || tally.failure !== null) leaveEventStep(exchange, plugin, tally);
  }
}

/** Runs on_end of all, the last first. Never throws. */
export function runEndHooks(exchange: Exchange): void {
  const { plugins, thread, entry } = exchange;
  if (plugins === null) return;
  for (let i = plugins.active.length - 1; i >= 0; i--) {
    const plugin = plugins.active[i];
    if (plugin === undefined || !plugin.loaded.wants('on_end')) continue;
    try {
      const scene = new ExchangeScene(exchange, plugins, plugin, 'on_end');
      const outcome = runHook(exchange, plugins, plugin, scene, () => undefined);
      if (outcome === null) continue;
      noteOutcome(exchange, plugin, outcome);
      leaveStep(exchange, plugin, 'on_end', outcome);
    } catch (bug) {
      thread.reportBug(entry.id, bug);
    }
  }
}
