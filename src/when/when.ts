// `when:` of a policy: CEL, compiled once at load. The entry of this room.
//
// Grammar and types come from @marcbachmann/cel-js; evaluation is our own, over the checked tree (lower.ts), because
// absent keys read as "", unknown numbers as null, and `matches` runs in linear time, none of which its evaluator does;
// and because it costs less. CPU ns per evaluation (Node 20, 2 cores at 2.1 GHz, median of 5):
//   expression                                                   here  @marcbachmann/cel-js  @bufbuild/cel  cel-js
//   ai.api == "openai.images"                                      14                   256           3233    3651
//   consumer.tags["tier"] == "gold" && ai.input_tokens > 1000      59                   642           4237    6610
//   path.startsWith, in modalities, model !=, joined by &&        144                   919           8182       -
//   ai.modalities.exists(m, m == "image")                          31                   519           6000   12692
//   ai.max_output_tokens > 100, where that is unknown             954 (an error is thrown)
// cel-js has neither a type check nor `startsWith`; @bufbuild/cel follows the specification closest, but checks no types at
// load and cannot say where. test/when/oracle.test.ts holds our evaluation against the library's own.
import { type ASTNode, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { STEPS_MAX, stepsOf } from './cost.js';
import type { CompiledWhen, When, WhenFacts, WhenProblem, WhenResult } from './facts.js';
import { lowerCondition } from './lower.js';
import type { Eval } from './lowering.js';
import { Names } from './resolve.js';
import { COUNT, environment, SOURCE_CHARS_MAX } from './vocabulary.js';

const BODY_FIELDS = ['model', 'stream', 'input_tokens', 'max_output_tokens', 'tools', 'modalities'];
const TARGET_FIELDS = ['provider', 'api', 'model'];

/** All that is wrong with names at once; else what is wrong with types; else the compiled expression. Never throws. */
export function compileWhen(source: string): CompiledWhen {
  if (source.length > SOURCE_CHARS_MAX) {
    const message = `the expression has ${source.length} characters; allowed: up to ${SOURCE_CHARS_MAX}`;
    return failed(message, SOURCE_CHARS_MAX, source.length - SOURCE_CHARS_MAX);
  }
  let parsed: ParseResult;
  try {
    parsed = environment.parse(source);
  } catch (error) {
    return { ok: false, problems: [libraryProblem(error, source)] };
  }
  const names = new Names(parsed.ast);
  if (names.problems.length > 0) return { ok: false, problems: names.problems };
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, problems: [libraryProblem(checked.error, source)] };
  if (checked.type !== 'bool')
    return failed(
      `the result is ${shownTypes(checked.type ?? '')}; allowed: bool, a condition`,
      0,
      source.length,
    );
  const steps = stepsOf(parsed.ast);
  if (steps > STEPS_MAX)
    return failed(`the expression can take ${steps} steps; allowed: up to ${STEPS_MAX}`, 0, source.length);
  return { ok: true, when: new Condition(source, parsed.ast, names), warnings: names.warnings };
}

class Condition implements When {
  readonly source: string;
  readonly usesBody: boolean;
  readonly usesTokens: boolean;
  readonly usesTarget: boolean;
  readonly constant: WhenResult | null;
  readonly #eval: Eval<boolean>;
  #lastError: string | null = null;

  constructor(source: string, ast: ASTNode, names: Names) {
    const uses = (fields: readonly string[]): boolean => fields.some(field => names.used.has(`ai.${field}`));
    this.source = source;
    this.usesBody = uses(BODY_FIELDS);
    this.usesTokens = uses(['input_tokens']);
    this.usesTarget = uses(TARGET_FIELDS);
    this.#eval = lowerCondition(ast, names.patterns);
    this.constant = names.used.size === 0 ? this.test({} as WhenFacts) : null;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  test(facts: WhenFacts): WhenResult {
    this.#lastError = null;
    try {
      return this.#eval(facts) ? 'true' : 'false';
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      return 'error';
    }
  }
}

function failed(message: string, offset: number, length: number): CompiledWhen {
  return { ok: false, problems: [{ message, offset, length }] };
}

interface LibraryError {
  readonly summary: string;
  readonly range?: { readonly start: number; readonly end: number };
}

/** The library's words without its drawing of the place. */
function libraryProblem(error: unknown, source: string): WhenProblem {
  if (!(error instanceof Error) || !('summary' in error)) throw error;
  const { summary, range } = error as Error & LibraryError;
  const offset = Math.min(range?.start ?? 0, source.length);
  const words = shownTypes(summary);
  const message = error instanceof ParseError ? `this is no CEL: ${words}` : words;
  return { message, offset, length: Math.max(range?.end ?? 0, offset + 1) - offset };
}

function shownTypes(words: string): string {
  return words.replaceAll(COUNT, 'int or null').replaceAll(/\b(\w+)_fields\b/g, '$1');
}
