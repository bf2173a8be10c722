// Hot path: per request. Globs of the configuration: `*` stands for any run of characters, all else for itself.

/** Whether the whole text matches. One pass over the text: what a part between two stars skipped is never looked at again. */
export function globMatches(pattern: string, text: string): boolean {
  let star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  if (!text.startsWith(pattern.slice(0, star))) return false;
  let at = star;
  for (;;) {
    const next = pattern.indexOf('*', star + 1);
    if (next < 0) break;
    const part = pattern.slice(star + 1, next);
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
    star = next;
  }
  const tail = pattern.slice(star + 1);
  return text.length - tail.length >= at && text.endsWith(tail);
}
