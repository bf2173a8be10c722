// What `/api/plugins` answers: the slots of the control plane with what the threads have counted.
import type { PluginItem } from '../admin/plugin-item.js';
import type { PluginCounts } from '../plugin/thread-plugins.js';
import type { PluginSlot } from './plugin-slot.js';

export function pluginItems(
  slots: readonly PluginSlot[],
  counts: readonly PluginCounts[],
): readonly PluginItem[] {
  return slots.map(slot => itemOf(slot, counts));
}

function itemOf(slot: PluginSlot, counts: readonly PluginCounts[]): PluginItem {
  const { settings, current } = slot;
  const facts = current?.facts ?? null;
  // Under a name that is another's, nothing of it has run.
  const own = counts.filter(({ policy }) => policy === settings.policy && slot.nameProblem === null);
  const sum = (value: (count: PluginCounts) => number): number =>
    own.reduce((total, count) => total + value(count), 0);
  return {
    policy: settings.policy,
    name: facts?.name ?? null,
    version: facts?.version ?? null,
    sha256: facts?.sha256 ?? null,
    file: settings.file,
    dropped: settings.dropped,
    mode: settings.mode,
    bytes: facts?.bytes ?? null,
    hooks: facts?.hooks ?? [],
    imports: facts?.imports ?? [],
    grants: settings.grants,
    memory: settings.memoryBytes,
    fuel: settings.fuel,
    state: stateOf(slot),
    reason: reasonOf(slot),
    loaded_at: slot.loadedAt,
    old_versions: Math.max(0, ...own.map(({ oldVersions }) => oldVersions)),
    counts: {
      calls: sum(({ calls }) => calls),
      failed: sum(({ failed }) => failed),
      fuel: sum(({ fuel }) => fuel),
    },
  };
}

/** Where an older version serves on, that is said: `active` and a reason would look like a contradiction. */
function reasonOf(slot: PluginSlot): string | null {
  if (slot.nameProblem !== null || slot.reason === null) return slot.nameProblem;
  return slot.isRunning
    ? `the version loaded at ${slot.loadedAt} serves on; its file as it is now was refused: ${slot.reason}`
    : slot.reason;
}

function stateOf(slot: PluginSlot): PluginItem['state'] {
  if (slot.isRunning && slot.nameProblem === null) return 'active';
  // A file that was seen and has not been tried yet is on its way.
  return slot.loading || (slot.tried === null && slot.nameProblem === null) ? 'loading' : 'failed';
}
