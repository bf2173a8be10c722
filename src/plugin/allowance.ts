// How much fuel a hook call gets and where it runs: both go by the text that the hook can see (CONTRACT.md §5.4). Hot path: per hook call.
import { FUEL_EVENT_SHARE } from '../core/plugin-bounds.js';
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

/** Units for one call of the scene's hook. */
export function hookFuel(settings: PluginSettings, scene: HookScene, sight: Sight): number {
  const { fuel, fuelPerByte } = settings;
  const base = scene.hook === 'on_event' ? Math.floor(fuel / FUEL_EVENT_SHARE) : fuel;
  return base + fuelPerByte * visibleBytes(scene, sight);
}

/** For `configure`, which sees its configuration. */
export function configureFuel(settings: PluginSettings, configBytes: number): number {
  return settings.fuel + settings.fuelPerByte * configBytes;
}
