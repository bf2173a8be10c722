// Opens a thread's journal: its first segment stands in the folder when this returns.
import { journalBounds } from './bounds.js';
import { FileJournal } from './file-journal.js';
import type { Journal } from './journal.js';
import { systemFiles } from './journal-files.js';
import type { JournalOptions } from './journal-options.js';

/** Throws with a sentence where nothing can be written to the folder. */
export function openJournal(options: JournalOptions): Journal {
  const { folder, files = systemFiles, bounds } = options;
  try {
    return new FileJournal(options, files, journalBounds(bounds));
  } catch (cause) {
    throw new Error(`the journal cannot be written to ${folder}: ${(cause as Error).message}`, { cause });
  }
}
