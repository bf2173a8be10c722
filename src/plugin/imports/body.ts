// Imports that read and replace the request's body (CONTRACT.md §5.7). They show it as it was when the hook began.
import { BODY_EXTRA_BYTES } from '../../core/plugin-bounds.js';
import { ABSENT, REFUSED } from '../abi.js';
import type { Call } from '../call.js';
import { queryJson } from '../view/query-json.js';

export function bodyImports(call: Call) {
  return {
    /** The body's whole length, wherever the reading begins. */
    body_read(offset: number, at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      call.needScene();
      const { body } = call.scene;
      if (body === null) return ABSENT;
      return call.give(body, at, capacity, Math.min(offset >>> 0, body.length));
    },

    body_query(pointer: number, pointerLength: number, at: number, capacity: number): number {
      if (!call.within(pointer, pointerLength) || !call.within(at, capacity)) return REFUSED;
      call.needScene();
      const { body } = call.scene;
      if (body === null) return ABSENT;
      // All of it is scanned: the last of duplicate keys counts.
      if (!call.takeBytes(body.length)) return REFUSED;
      const path = call.text(pointer, pointerLength, pointerLength);
      const value = path === null ? null : queryJson(body, path);
      return value === null ? ABSENT : call.give(value, at, capacity);
    },

    /** What the hook changed before within the body goes with it. */
    body_replace(from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      call.needScene();
      const { body } = call.scene;
      if (call.hook !== 'on_request' || body === null) return REFUSED;
      if (length > 2 * body.length + BODY_EXTRA_BYTES) return REFUSED;
      const replacement = call.copy(from, length);
      if (replacement === null) return REFUSED;
      const effects = call.effect();
      effects.body = replacement;
      effects.model = null;
      effects.dropMessages();
      return 0;
    },
  };
}
