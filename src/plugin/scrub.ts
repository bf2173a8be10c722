// Takes configured secrets out of what a plugin leaves behind: it may have read one in its configuration, in a header's value, in a prompt.

const MASK = '***';

/** @param secrets longest first, so that one inside another is taken out whole */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  // Most texts are shorter than any secret.
  for (const secret of secrets)
    if (secret.length <= clean.length && clean.includes(secret)) clean = clean.replaceAll(secret, MASK);
  return clean;
}

/** A shorter text is no secret, and stands in harmless values by chance. */
const SECRET_CHARS_MIN = 8;

/** Whether a header's value is one that plugins neither see nor set for what it holds. */
export function holdsSecret(value: string, secrets: readonly string[]): boolean {
  for (const secret of secrets) {
    const { length } = secret;
    if (length >= SECRET_CHARS_MIN && length <= value.length && value.includes(secret)) return true;
  }
  return false;
}
