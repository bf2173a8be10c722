// Takes configured secrets out of what a plugin leaves behind: it may have read one in its configuration, in a header's value, in a prompt.

const MASK = '***';

/** @param secrets longest first, so that one inside another is taken out whole */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK);
  return clean;
}
