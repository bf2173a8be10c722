// Where kernel `meter` keeps what a stream said, and how its captures become text.
import type { RawUsage } from '../core/raw-usage.js';

export interface TextPlace {
  readonly at: number;
  readonly length: number;
}

export type Layout = ReturnType<typeof layoutOf>;

/** Offsets in a slot, as the kernel tells them. */
export function layoutOf(constant: (name: string) => number) {
  const text = (name: string): TextPlace => ({
    at: constant(`S_${name}`),
    length: constant(`S_${name}_LENGTH`),
  });
  return {
    slots: constant('SLOTS'),
    slotBytes: constant('SLOT_BYTES'),
    fields: constant('S_FIELDS'),
    last: constant('S_LAST'),
    raw: constant('S_RAW'),
    rawMax: constant('RAW_MAX'),
    rawLengths: constant('S_RAW_LENGTHS'),
    events: constant('S_EVENTS'),
    model: text('MODEL'),
    finish: text('FINISH'),
    tier: text('TIER'),
    error: text('ERROR'),
    message: text('MESSAGE'),
  };
}

/** Of a slot: the word that says how long the reason of the end is. */
export function finishWord({ slots, slotBytes, finish }: Layout, slot: number): number {
  return (slots + slot * slotBytes + finish.length) >> 2;
}

/** What one stream said, as found on the wire. Strings are unescaped; null = nothing said. */
export interface KernelReading extends RawUsage {
  readonly model: string | null;
  readonly finishReason: string | null;
  readonly errorMessage: string | null;
  /** A root `message` or `detail`: an error's text where the status or an event type says that this is an error. */
  readonly message: string | null;
  readonly events: number;
  readonly flags: number;
  readonly whole: boolean;
}

/** Arrays of RAW_FIELDS numbers each. */
export interface NumberBanks {
  readonly numbers: Float64Array;
  readonly last: Float64Array;
}

/** Text of a JSON string's raw bytes; a bounded capture may end inside an escape, which is dropped; what is no JSON is shown as it came. */
export function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  for (const text of [raw, raw.replace(/\\(u[0-9a-fA-F]{0,3})?$/, '')]) {
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      // cut in an escape, or not JSON at all
    }
  }
  return raw;
}
