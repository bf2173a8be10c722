// Imports about the plugin itself: its state within a request, its configuration, clock, chance, and token counts (CONTRACT.md §5.7, 5.8).
import {
  COUNT_TOKENS_BYTES_MAX,
  COUNT_TOKENS_FUEL_PER_BYTE,
  STATE_BYTES_MAX,
} from '../../core/plugin-bounds.js';
import { encodingOf } from '../../tokens/encodings.js';
import { ABSENT, ABSENT_I64, REFUSED } from '../abi.js';
import { type Call, needStack } from '../call.js';

const ABSENT_COUNT = BigInt(ABSENT);
const REFUSED_COUNT = BigInt(REFUSED);

export function ownImports(call: Call) {
  return {
    state_get(at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      return call.give(call.effects?.state ?? call.scene.state, at, capacity);
    },

    state_set(from: number, length: number): number {
      if (!call.within(from, length)) return REFUSED;
      if (length > STATE_BYTES_MAX) return REFUSED;
      const state = call.copy(from, length);
      if (state !== null) call.effect().state = state;
      return 0;
    },

    config_read(at: number, capacity: number): number {
      return call.within(at, capacity) ? call.give(call.config, at, capacity) : REFUSED;
    },

    /** For the model that was asked for, without what messages cost beside their text. */
    count_tokens(from: number, length: number): bigint {
      if (!call.within(from, length)) return REFUSED_COUNT;
      if (length > COUNT_TOKENS_BYTES_MAX) return REFUSED_COUNT;
      if (length > 0 && !call.take(length * COUNT_TOKENS_FUEL_PER_BYTE)) return REFUSED_COUNT;
      const { tokens } = call.host;
      if (tokens === null) return ABSENT_COUNT;
      // The kernel is everybody's: it must not be left in the middle of its work.
      needStack();
      const { encoding } = encodingOf(call.scene.text('model'));
      return BigInt(tokens.countBytes(encoding, call.bytes, from, from + length));
    },

    now_ms: (): bigint => (call.configuring ? ABSENT_I64 : call.now),
    random_i64: (): bigint => call.random().next64(),
  };
}
