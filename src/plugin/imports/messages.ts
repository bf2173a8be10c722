// Imports that read and write the conversation (CONTRACT.md §5.5). What a hook wrote it reads again.
import { BODY_EXTRA_BYTES } from '../../core/plugin-bounds.js';
import { ABSENT, REFUSED } from '../abi.js';
import type { Call } from '../call.js';

/** UTF-8 of each role is the same as its ASCII. */
export function messageImports(call: Call) {
  return {
    message_count(): number {
      call.needScene();
      return call.scene.messages.count;
    },

    message_role(i: number, at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      if (!call.reachScene()) return REFUSED;
      const { messages } = call.scene;
      return i >>> 0 >= messages.count ? ABSENT : call.giveText(messages.role(i), at, capacity);
    },

    message_text(i: number, at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      call.needScene();
      const { messages } = call.scene;
      if (i >>> 0 >= messages.count) return ABSENT;
      const written = call.effects?.messages?.get(i);
      return written === undefined
        ? call.give(messages.text(i), at, capacity)
        : call.giveText(written, at, capacity);
    },

    message_set_text(i: number, at: number, length: number): number {
      if (!call.within(at, length)) return REFUSED;
      if (call.hook !== 'on_request' || (call.effects !== null && call.effects.body !== null)) return REFUSED;
      if (!call.reachScene()) return REFUSED;
      const { messages } = call.scene;
      if (i >>> 0 >= messages.count) return ABSENT;
      // All texts together may become as much longer as a body may.
      const effects = call.effect();
      const others = effects.messageBytes - effects.messageSize(i);
      if (others + length > 2 * messages.bytes + BODY_EXTRA_BYTES) return REFUSED;
      const text = call.text(at, length, length);
      if (text === null || !messages.accepts(i, text)) return REFUSED;
      effects.setMessage(i, text, length);
      return 0;
    },
  };
}
