// A mistake in a configuration with its place, and the sentence that shows it.

export interface Problem {
  readonly file: string;
  /** From 1; 0 where the file could not be read at all. */
  readonly line: number;
  /** From 1, in characters; 0 with line 0. */
  readonly column: number;
  /** `providers.openai.keys[0].value`; empty for the file as a whole. */
  readonly path: string;
  /** What was found, what is allowed, how to mend it. Never a secret. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** `file:line:column: error: message`, the form that editors and terminals turn into links. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  return `${place}: ${problem.severity}: ${problem.message}`;
}

/** Keys and indexes from the root to a value. */
export type Path = readonly (string | number)[];

/** `["providers", "openai", "keys", 0]` is `providers.openai.keys[0]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** What stands at the path; undefined where it leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
