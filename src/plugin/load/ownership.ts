// Whoever may write a module decides what traffic passes: it must be Weir's own user (CONTRACT.md §5.9).
import type { Stats } from 'node:fs';

const GROUP_AND_OTHERS_WRITE = 0o022;
const ROOT = 0;

/** A sentence where somebody but Weir's user (and root) may write it, else null. Where the system has no users nobody is told. */
export function writableByOthers({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, path: string): string | null {
  const own = process.geteuid?.();
  if (own === undefined) return null;
  if (uid !== own && uid !== ROOT)
    return `${path} belongs to user ${uid}, and Weir runs as user ${own}; it must belong to Weir's user`;
  if ((mode & GROUP_AND_OTHERS_WRITE) === 0) return null;
  const shown = (mode & 0o777).toString(8).padStart(3, '0');
  return `${path} may be written by others (mode ${shown}); allowed: writable by its owner alone (chmod go-w)`;
}
