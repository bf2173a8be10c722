// Opens a thread's journal: its first segment stands in the folder when this returns.
import type { Clock } from '../../core/clock.js';
import { type JournalBounds, journalBounds } from './bounds.js';
import { FileJournal } from './file-journal.js';
import type { Journal } from './journal.js';
import { type JournalFiles, systemFiles } from './journal-files.js';

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

/** Throws with a sentence where nothing can be written to the folder. */
export function openJournal(options: JournalOptions): Journal {
  const { folder, files = systemFiles, bounds } = options;
  try {
    return new FileJournal(options, files, journalBounds(bounds));
  } catch (cause) {
    throw new Error(`the journal cannot be written to ${folder}: ${(cause as Error).message}`, { cause });
  }
}
