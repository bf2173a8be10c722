// The shapes that the schema is built of: mappings and lists that say what they allow.
import { z } from 'zod';

const { localeError } = z.locales.en();

// zod's own words look into the value that they are about, and trip over a key that is called `constructor`.
z.config({
  localeError: issue => {
    try {
      return localeError(issue);
    } catch {
      return 'another value is needed';
    }
  },
});

/** A mapping that refuses keys it does not know; its message for them is the list of those it knows. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).join(', ');
  const what = `a mapping of ${known}`;
  return z.strictObject(shape, { error: issue => (issue.code === 'unrecognized_keys' ? known : what) });
}

export function list<S extends z.ZodType>(item: S, what: string) {
  return z.array(item, { error: () => `a list of ${what}` });
}
