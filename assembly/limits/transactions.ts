// Transactions: holds in several buckets, all or none. What one has taken before it is refused in another bucket, and then gives back, must
// not refuse anybody else: such a refusal would be a phantom. So a refusal counts only if no other transaction was under way or
// undone since this one began; else the host waits a moment and asks again.
import { H_OPEN, H_UNDONE } from './layout';

/** Joins those under way; returns what mayHavePassed() wants to know later. */
export function beginTransaction(): i32 {
  atomic.add<i32>(H_OPEN, 1);
  return atomic.load<i32>(H_UNDONE);
}

/** The same for who wants one bucket only: it never gives anything back, so nobody has to wait for it. */
export function watchTransactions(): i32 {
  return atomic.load<i32>(H_UNDONE);
}

/** `undone`: it has given back what it had taken (before it says so). */
export function endTransaction(undone: i32): void {
  if (undone) atomic.add<i32>(H_UNDONE, 1);
  atomic.sub<i32>(H_OPEN, 1);
}

/** After a refusal: 1 if another transaction may have caused it that came to nothing. `own`: 1 if the caller has joined, else 0. */
export function mayHavePassed(before: i32, own: i32): i32 {
  // In this order: who has left by the first look has counted himself before it, if he was undone.
  if (atomic.load<i32>(H_OPEN) != own) return 1;
  return atomic.load<i32>(H_UNDONE) != before ? 1 : 0;
}

const PAUSE_NANOS: i64 = 20_000;

/** Lets others end: sleeps a moment if some are under way, which gives the processor to one that lost it in the middle. */
export function letOthersEnd(): void {
  const open = atomic.load<i32>(H_OPEN);
  if (open > 0) atomic.wait<i32>(H_OPEN, open, PAUSE_NANOS);
}
