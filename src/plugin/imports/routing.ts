// Imports that choose where a request goes, by names of the configuration (CONTRACT.md §5.7).
import { REFUSED } from '../abi.js';
import type { Call } from '../call.js';
import { Memo } from '../memo.js';

/** It may stand in a path: no empty segment, no way up. */
const MODEL = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/;
const NAME_BYTES_MAX = 512;

const isModel = new Memo(text => MODEL.test(text));

export function routingImports(call: Call) {
  return {
    set_model(from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      if (call.hook !== 'on_request' || (call.effects !== null && call.effects.body !== null)) return REFUSED;
      if (length > NAME_BYTES_MAX) return REFUSED;
      const model = call.text(from, length, length);
      if (model === null || !isModel.of(model)) return REFUSED;
      call.effect().model = model;
      return 0;
    },

    set_target(from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      if (call.hook !== 'on_request' || length > NAME_BYTES_MAX) return REFUSED;
      const target = call.text(from, length, length);
      if (target === null || !call.scene.targetAllowed(target)) return REFUSED;
      call.effect().target = target;
      return 0;
    },
  };
}
