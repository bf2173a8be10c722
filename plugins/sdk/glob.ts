// Patterns for names, of models and consumers: `*` is any row of characters, everything else itself, ASCII letters of either case.

/** Some patterns, made in configure(). */
export class Globs {
  constructor(readonly patterns: string[]) {}

  /** Index of the first pattern that the whole name matches, -1 for none. */
  indexOf(name: string): i32 {
    for (let i = 0; i < this.patterns.length; i++) {
      if (globMatches(this.patterns[i], name)) return i;
    }
    return -1;
  }

  has(name: string): bool {
    return this.indexOf(name) >= 0;
  }
}

/** Only the last `*` met is ever tried again, so that it takes at most pattern times name steps. */
export function globMatches(pattern: string, name: string): bool {
  let p = 0;
  let n = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    if (p < pattern.length && pattern.charCodeAt(p) == 0x2a) {
      star = p++;
      retry = n;
    } else if (p < pattern.length && lower(pattern.charCodeAt(p)) == lower(name.charCodeAt(n))) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++retry;
    } else return false;
  }
  while (p < pattern.length && pattern.charCodeAt(p) == 0x2a) p++;
  return p == pattern.length;
}

function lower(unit: i32): i32 {
  return <u32>(unit - 0x41) < 26 ? unit | 0x20 : unit;
}
