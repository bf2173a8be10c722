// A journal that keeps nothing, for what runs without a ledger.
import type { Entry } from '../../core/entry.js';
import type { BucketAmount, Journal, Progress } from './journal.js';

export class NoJournal implements Journal {
  readonly full = false;

  admitted(_entry: Entry, _progress: Progress): void {}

  progress(_entry: Entry, _progress: Progress): void {}

  /** `written` follows in a microtask. */
  settled(_entry: Entry, _charges: readonly BucketAmount[], written: () => void): void {
    queueMicrotask(written);
  }

  async close(): Promise<void> {}
}
