// A journal that keeps nothing, for what runs without a ledger.
import type { Entry } from '../../core/entry.js';
import type { BucketAmount, Journal, Progress } from './journal.js';

export class NoJournal implements Journal {
  readonly full = false;

  admitted(_entry: Entry, _progress: Progress): void {}

  /** `written` follows in a microtask, here and below. */
  progress(_entry: Entry, _progress: Progress, written?: () => void): void {
    if (written !== undefined) queueMicrotask(written);
  }

  settled(_entry: Entry, _charges: readonly BucketAmount[], written: () => void): void {
    queueMicrotask(written);
  }

  async close(): Promise<void> {}
}
