// One answer as Weir reads it beside its forwarding: the meter, what counts its text, and where a stream's reader knows all that it waits for.
// Hot path: per chunk.
import {
  METER_AT_BOUNDARY,
  METER_ENDING,
  METER_FINAL_SEEN,
  type MeterReading,
} from '../core/meter-reading.js';
import type { AnswerTally } from './answer-tally.js';
import type { PreparedCall } from './attempt.js';
import type { Exchange } from './exchange.js';
import { openMeter } from './open-meter.js';
import type { ResponseHeaders } from './response-headers.js';
import type { MeterStream } from './response-meter.js';

export class AnswerReader {
  /** Counts the answer's text; null where there is none. */
  readonly tally: AnswerTally | null;
  /** Null once it is over. */
  #meter: MeterStream | null;
  #bits = METER_AT_BOUNDARY;
  /** Bits after which a reader need not wait for more; 0 where only the end of the body says so. */
  readonly #finalBits: number;
  #reading: MeterReading | null = null;
  /** Pieces that have come. */
  pieces = 0;

  /** `events`: Weir asked for usage, so the ends of events are wanted. */
  constructor(
    exchange: Exchange,
    prepared: PreparedCall,
    status: number,
    headers: ResponseHeaders,
    events: boolean,
  ) {
    const { meter, tally } = openMeter(exchange, prepared, status, headers, events);
    this.#meter = meter;
    this.tally = tally;
    // A body of known length, and a plain one, is complete with its last byte and no sooner.
    const ends = headers.contentLength < 0 && tally?.live !== false;
    this.#finalBits = ends ? METER_FINAL_SEEN | METER_ENDING : 0;
  }

  /** Reads a piece; true: it has brought what its reader waits for, or that has come before. */
  push(bytes: Buffer): boolean {
    this.pieces++;
    if (this.#meter !== null) {
      this.tally?.take(bytes);
      this.#bits = this.#meter.push(bytes);
    }
    return (this.#bits & this.#finalBits) !== 0;
  }

  /** Between two events. */
  get atBoundary(): boolean {
    return (this.#bits & METER_AT_BOUNDARY) !== 0;
  }

  get finalSeen(): boolean {
    return (this.#bits & METER_FINAL_SEEN) !== 0;
  }

  /** What is known so far, or was in the end. */
  peek(): MeterReading | null {
    return this.#meter?.peek() ?? this.#reading;
  }

  /** All has been pushed. A compressed body is decoded to its end first. */
  finish(done: (reading: MeterReading) => void): void {
    this.#meter?.finish(reading => {
      this.#meter = null;
      this.#reading = reading;
      done(reading);
    });
  }

  /** What is known so far; the meter's slot is free afterwards. */
  abandon(): MeterReading | null {
    const meter = this.#meter;
    this.#meter = null;
    if (meter !== null) this.#reading = meter.abandon();
    this.tally?.release();
    return this.#reading;
  }
}
