// Patterns for names, of models and consumers: `*` is any row of characters, everything else itself, ASCII letters of either case.
import { ByteView, folded } from './bytes';

/** Some patterns, made in configure(). */
export class Globs {
  private readonly globs: ByteView[] = [];

  constructor(readonly patterns: string[]) {
    for (let i = 0; i < patterns.length; i++) this.globs.push(globOf(patterns[i]));
  }

  /** Index of the first pattern that the whole name matches, -1 for none. */
  indexOf(name: ByteView): i32 {
    for (let i = 0; i < this.globs.length; i++) {
      if (globMatches(unchecked(this.globs[i]), name)) return i;
    }
    return -1;
  }

  has(name: string): bool {
    return this.patterns.length > 0 && this.indexOf(ByteView.of(name)) >= 0;
  }
}

/** A pattern as `globMatches` wants it: in lower case. */
export function globOf(pattern: string): ByteView {
  const glob = ByteView.of(pattern);
  for (let i = 0; i < glob.length; i++) store<u8>(glob.ptr + <usize>i, <u8>folded(glob.byteAt(i)));
  return glob;
}

const STAR = 0x2a;

/** Only the last `*` met is ever tried again, so that it takes at most pattern times name steps. */
export function globMatches(glob: ByteView, name: ByteView): bool {
  let p = glob.ptr;
  let n = name.ptr;
  const globEnd = p + <usize>glob.length;
  const nameEnd = n + <usize>name.length;
  let star: usize = 0;
  let retry: usize = 0;
  while (n < nameEnd) {
    const wanted = p < globEnd ? <i32>load<u8>(p) : -1;
    if (wanted == STAR) {
      star = p++;
      retry = n;
    } else if (wanted == folded(<i32>load<u8>(n))) {
      p++;
      n++;
    } else if (star != 0) {
      p = star + 1;
      n = ++retry;
    } else return false;
  }
  while (p < globEnd && <i32>load<u8>(p) == STAR) p++;
  return p == globEnd;
}
