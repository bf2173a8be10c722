// What a thread's journal is opened with, and what it says of its state.
import type { Clock } from '../../core/clock.js';
import type { JournalBounds } from './bounds.js';
import type { JournalFiles } from './journal-files.js';

export interface JournalState {
  readonly full: boolean;
  /** Why, in words; null: all is well. */
  readonly reason: string | null;
  /** Settlements that could not be kept at all, since the journal was opened. */
  readonly lost: number;
}

export interface JournalOptions {
  readonly folder: string;
  readonly generation: number;
  /** 0 to 999. */
  readonly thread: number;
  readonly durability: 'os' | 'fsync';
  readonly clock: Clock;
  /** At each change. */
  onState(state: JournalState): void;
  readonly bounds?: Partial<JournalBounds>;
  readonly files?: JournalFiles;
}
