// Tells whether a file may have changed without reading it: inode, size and times to the nanosecond. A rename, a write in place and a turned link each
// change it.
import { stat } from 'node:fs/promises';

/** Of a module and its tables together; `absent` where the module is not there. */
export async function signatureOf(file: string, tables: Readonly<Record<string, string>>): Promise<string> {
  const own = await signatureOfFile(file);
  if (own === ABSENT) return ABSENT;
  const others = await Promise.all(Object.values(tables).map(signatureOfFile));
  return [own, ...others].join(' ');
}

export const ABSENT = 'absent';

async function signatureOfFile(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (cause) {
    // A file that may not be looked at is told when it is read.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    return code === 'ENOENT' || code === 'ENOTDIR' ? ABSENT : code;
  }
}
