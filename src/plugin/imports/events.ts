// Imports that read and write the piece of an answer that on_event is about, and give back what is held (CONTRACT.md §5.6).
import { BODY_EXTRA_BYTES } from '../../core/plugin-bounds.js';
import { EVENT_KINDS, type EventKind, REFUSED } from '../abi.js';
import type { Call } from '../call.js';
import type { HeldPlace } from '../hook.js';

export function eventImports(call: Call) {
  return {
    /** Nothing at the end; after event_replace the text that was put there. */
    event_text(at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      const { eventText } = call.scene;
      if (call.hook !== 'on_event' || eventText === null) return REFUSED;
      const written = call.effects?.eventText ?? null;
      return written === null ? call.give(eventText, at, capacity) : call.giveText(written, at, capacity);
    },

    event_replace(from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      const { eventText, eventKind } = call.scene;
      if (call.hook !== 'on_event' || eventText === null || eventKind === 'end') return REFUSED;
      if (length > 2 * eventText.length + BODY_EXTRA_BYTES) return REFUSED;
      const text = call.text(from, length, length);
      if (text === null) return REFUSED;
      call.effect().eventText = text;
      return 0;
    },

    held_append(kindId: number, choice: number, from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      const kind = EVENT_KINDS[kindId >>> 0];
      if (call.hook !== 'on_event') return REFUSED;
      if (!isHeld(call.scene.held, kind, choice)) return REFUSED;
      const bytes = (call.effects?.heldAppendBytes ?? 0) + length;
      if (kind === undefined || bytes > BODY_EXTRA_BYTES) return REFUSED;
      const text = call.text(from, length, length);
      if (text === null) return REFUSED;
      call.effect().appendHeld(kind, choice, text, length);
      return 0;
    },
  };
}

function isHeld(held: readonly HeldPlace[], kind: EventKind | undefined, choice: number): boolean {
  for (const place of held) if (place.kind === kind && place.choice === choice) return true;
  return false;
}
