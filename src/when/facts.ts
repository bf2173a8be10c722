// What an expression sees of a request, and what the compiler gives back. Leaf of the room: types alone.

/** Filled by the pipeline; an expression only reads it, and only what it names. */
export interface WhenFacts {
  readonly method: string;
  /** As it came, without query. */
  readonly path: string;
  readonly clientIp: string;
  /** By lower-case name; '' where absent. Never a credential. */
  header(name: string): string;
  readonly provider: string;
  readonly api: string;
  /** '' where unknown. */
  readonly model: string;
  readonly stream: boolean;
  /** Null where unknown, as for all counts. */
  readonly inputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly tools: number | null;
  readonly modalities: readonly string[];
  readonly consumerName: string;
  /** '' where absent. */
  tag(name: string): string;
}

export type WhenResult = 'true' | 'false' | 'error';

export interface When {
  readonly source: string;
  /** Mentions what only the body tells: model, stream, input_tokens, max_output_tokens, tools, modalities. */
  readonly usesBody: boolean;
  /** Mentions `ai.input_tokens`: the prompt must be counted before. */
  readonly usesTokens: boolean;
  /** Mentions provider, api or model: to be asked again when the target changes. */
  readonly usesTarget: boolean;
  /** The result of an expression that mentions nothing of the request; else null. */
  readonly constant: WhenResult | null;
  /** Hot path: per request and policy. Never throws. */
  test(facts: WhenFacts): WhenResult;
  /** Why the last `test` gave 'error'; null after any other result. */
  readonly lastError: string | null;
}

export interface WhenProblem {
  readonly message: string;
  /** In UTF-16 units from the expression's beginning. */
  readonly offset: number;
  /** At least 1, except at the expression's end. */
  readonly length: number;
}

export type CompiledWhen =
  | { readonly ok: true; readonly when: When; readonly warnings: readonly WhenProblem[] }
  | { readonly ok: false; readonly problems: readonly WhenProblem[] };
