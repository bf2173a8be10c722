// Breaks one event the way `malformed=N` asks: its frame stays right, its JSON is cut in the middle.

import type { Frame } from './dialect.js';
import { decodeEventPayload, encodeEvent } from './event-stream.js';

export function breakFrame(frame: Frame): Frame {
  if (typeof frame === 'string') return breakJson(frame);
  const { headers, payload } = decodeEventPayload(frame);
  return encodeEvent(headers, breakJson(payload.toString()));
}

/** Leaves out the second half of the JSON object in `text`; `[DONE]` and the like become an open brace. */
export function breakJson(text: string): string {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return text.replace(/\[DONE\]|\]/, '{');
  return text.slice(0, from + Math.ceil((to - from) / 2)) + text.slice(to + 1);
}
