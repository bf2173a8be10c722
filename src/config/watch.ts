// Notices that a configuration file's content changed, whatever way it was changed: written in place, replaced by
// rename (editors), or behind a link that was turned (Kubernetes). Tells once per change.
import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface ConfigWatcher {
  close(): void;
}

export interface WatchTimes {
  /** Quiet time after the last event before the file is read: an editor's write has several steps. */
  readonly debounceMs: number;
  /** How often the content is compared without an event: network and overlay file systems send none. */
  readonly pollMs: number;
}

const TIMES: WatchTimes = { debounceMs: 100, pollMs: 2000 };

/** Calls `onChange` after each change of content. Does not keep the process alive. The file may be absent for a while. */
export function watchConfig(file: string, onChange: () => void, times: WatchTimes = TIMES): ConfigWatcher {
  let known = contentHash(file);
  let quiet: NodeJS.Timeout | undefined;
  const compare = (): void => {
    const now = contentHash(file);
    if (now === null || now === known) return;
    known = now;
    onChange();
  };
  const settle = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(compare, times.debounceMs);
    quiet.unref();
  };
  const watcher = watchFolder(file, settle);
  const poll = setInterval(() => {
    const now = contentHash(file);
    if (now !== null && now !== known) settle();
  }, times.pollMs);
  poll.unref();
  return {
    close: () => {
      clearTimeout(quiet);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

/** The folder, not the file: a watch on a file ends with the inode that a rename replaces. */
function watchFolder(file: string, settle: () => void): FSWatcher | null {
  const name = basename(file);
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, changed) => {
      // A turned link (`..data`) changes the content without an event of its own name.
      if (changed === null || changed === name || changed.startsWith('..')) settle();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // No watches left, or no such folder: the poll remains.
    return null;
  }
}

/** Null while there is nothing to load: absent, unreadable, or emptied by a write that is under way. */
function contentHash(file: string): string | null {
  try {
    const content = readFileSync(file);
    return content.toString('latin1').trim() === ''
      ? null
      : createHash('sha256').update(content).digest('hex');
  } catch {
    return null;
  }
}
