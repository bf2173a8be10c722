// What the meter says about one response: what the pipeline takes from it, whatever the dialect.
import type { Usage } from './usage.js';

/** Bits that `MeterStream.push` returns. */
export const METER_AT_BOUNDARY = 1; // the bytes so far end between two events
export const METER_ERROR_SEEN = 2; // the provider reported an error inside a 200 stream
export const METER_FINAL_SEEN = 4; // the dialect's closing event has been seen ([DONE], message_stop, done:true, …)
export const METER_ENDING = 8; // in a dialect without a closing event: it has told why it ends, so this is its last event, or one of its last

export interface MeterReading {
  readonly usage: Usage;
  readonly modelServed: string | null;
  readonly finishReason: string | null;
  /** A provider's error inside the body or stream: its message (at most 512 characters), else null. */
  readonly error: string | null;
  /** Events of a stream; 1 for a plain body. */
  readonly events: number;
  /** Whether the body parsed as what it claims to be to its end. */
  readonly whole: boolean;
}
