// How much fuel a hook call gets and where it runs: both go by the text that the hook can see (CONTRACT.md §5.4). Hot path: per hook call.
import { FUEL_DEFAULT, FUEL_EVENT_SHARE, FUEL_PER_BYTE_DEFAULT } from '../core/plugin-bounds.js';
import type { PluginSettings } from '../core/plugin-settings.js';
import type { HookScene } from './hook.js';

/** What a module asks for by its imports. */
export interface Sight {
  readonly needsMessages: boolean;
  readonly needsBody: boolean;
}

/** Bytes of text; on_event is about its piece alone, however long the conversation was. */
export function visibleBytes(scene: HookScene, sight: Sight): number {
  if (scene.hook === 'on_event') return scene.eventText?.length ?? 0;
  const texts = sight.needsMessages ? scene.messages.bytes : 0;
  const body = sight.needsBody ? (scene.body?.length ?? 0) : 0;
  // The body holds the texts.
  return Math.max(texts, body);
}

/**
 * Units for one call of the scene's hook. on_end always runs on the thread that serves: whoever said `run: isolated` gives his deadline, not his fuel,
 * as the bound of a hang, so it gets no more than the defaults.
 */
export function hookFuel(settings: PluginSettings, scene: HookScene, sight: Sight): number {
  const visible = visibleBytes(scene, sight);
  const { fuel, fuelPerByte } = settings;
  if (scene.hook === 'on_event') return Math.floor(fuel / FUEL_EVENT_SHARE) + fuelPerByte * visible;
  if (scene.hook === 'on_end' && settings.run === 'isolated')
    return Math.min(fuel, FUEL_DEFAULT) + Math.min(fuelPerByte, FUEL_PER_BYTE_DEFAULT) * visible;
  return fuel + fuelPerByte * visible;
}

/** For `configure`, which sees its configuration. */
export function configureFuel(settings: PluginSettings, configBytes: number): number {
  return settings.fuel + settings.fuelPerByte * configBytes;
}
