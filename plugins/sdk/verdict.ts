// What a hook returns, and how it says why.
import { encodedLength, encodeFirst, encodeSecond } from './place';
import { deny as hostDeny } from './weir';

/** The request, the answer or the event goes on, with whatever was changed. */
export const GO_ON: i32 = 0;
/** Refused; say why with `deny`, which returns this. */
export const DENY: i32 = 1;
/** on_event alone: this event and those after it wait until a later one goes on. */
export const HOLD: i32 = 2;

/**
 * Refuses, in the caller's dialect: `return deny(403, 'model_not_allowed', '…')`. Status 400 to 599, code `[a-z0-9_]{1,64}` (header
 * x-weir-reason, the step's code), message at most 1 KiB; `retryAfterMs` sets Retry-After.
 */
export function deny(status: i32, code: string, message: string, retryAfterMs: i32 = 0): i32 {
  const codeAt = encodeFirst(code);
  const messageAt = encodeSecond(message);
  hostDeny(status, codeAt, encodedLength(code), messageAt, encodedLength(message), retryAfterMs);
  return DENY;
}
