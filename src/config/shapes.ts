// The shapes that the schema is built of: mappings and lists that say what they allow, and places kept for later versions.
import { z } from 'zod';

/** A mapping that refuses keys it does not know; its message for them is the list of those it knows. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).join(', ');
  const what = `a mapping of ${known}`;
  return z.strictObject(shape, { error: issue => (issue.code === 'unrecognized_keys' ? known : what) });
}

export function list<S extends z.ZodType>(item: S, what: string) {
  return z.array(item, { error: () => `a list of ${what}` });
}

/** What a later version will enforce: an empty one is harmless, any other must not look as if it worked. */
export function later(what: string) {
  const message = `nothing yet: ${what} not supported by this version, and will not be silently ignored`;
  return z
    .custom<undefined>(value => isEmpty(value), { error: () => message })
    .optional()
    .meta({ description: `Must be empty: ${what} not supported by this version yet.` });
}

/** What stands for nothing in a place kept for a later version. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
