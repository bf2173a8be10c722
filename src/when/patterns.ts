// Regular expressions of `matches`: RE2 syntax in linear time, compiled once at load, bounded in program and in text.
// RE2 takes at most program × text steps, and the worst found (a counted Unicode class) 36 ns each: 10 ms at the bound below.
// An ordinary pattern over a path takes 0.3 µs.
import { RE2JS, RE2JSException } from 're2js';

/** Instructions: an alternation of a hundred short words fits. */
const PROGRAM_MAX = 1000;
const PATTERN_CHARS_MAX = 1024;
/** Program × text. A pattern of 16 instructions takes texts of 16,384 characters, one of 1,000 takes 262. */
const STEPS_MAX = 262_144;

export interface Pattern {
  /** Longer texts must not be tested. */
  readonly textCharsMax: number;
  test(text: string): boolean;
}

/** The compiled pattern, or what is wrong with it. */
export function compilePattern(source: string): Pattern | { readonly problem: string } {
  if (source.length > PATTERN_CHARS_MAX)
    return { problem: `has ${source.length} characters; allowed: up to ${PATTERN_CHARS_MAX}` };
  try {
    const pattern = RE2JS.compile(source);
    const program = pattern.programSize();
    if (program > PROGRAM_MAX)
      return { problem: `has ${program} steps when compiled; allowed: up to ${PROGRAM_MAX}` };
    return { textCharsMax: Math.floor(STEPS_MAX / program), test: text => pattern.test(text) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: `is no pattern of RE2: ${error.message.replace(/^error parsing regexp: /, '')}` };
  }
}
