// What a relay asks and tells the flow of its request.
import type { WeirError } from '../core/error.js';
import type { MeterReading } from '../core/meter-reading.js';
import type { Fault } from '../route/health/fault.js';

/** What the flow of the request decides about an attempt. */
export interface RelayOwner {
  /** The head has come. True: this answer is not for the client; the owner goes on elsewhere. */
  rejects(fault: Fault): boolean;
  /** A 400 or 422 to a request that Weir changed: its body, whole. True: the owner asks again. */
  asksAgain(body: Buffer): boolean;
  /** The answer is whole and metered: the record is settled before the last bytes go out. */
  onWhole(reading: MeterReading | null): void;
  /** A policy or a plugin ends the answer here: what has been handed on stays. */
  onLimit(reason: WeirError): void;
  onBroken(error: WeirError): void;
}
