// Which public tokenizer a model reads with. OpenAI publishes its own models' encodings (tiktoken's model.py and
// openai_public.py); every other model is counted with o200k_base and a learned factor (factors.ts).
// Hot path: per request, one Map read for a name seen before.
import type { EncodingName } from '../kernel/tokens.js';

export interface ModelEncoding {
  readonly encoding: EncodingName;
  /** OpenAI's own model with a public tokenizer: the count needs no factor. */
  readonly exact: boolean;
}

const O200K: ModelEncoding = Object.freeze({ encoding: 'o200k_base', exact: true });
const CL100K: ModelEncoding = Object.freeze({ encoding: 'cl100k_base', exact: true });
const GUESS: ModelEncoding = Object.freeze({ encoding: 'o200k_base', exact: false });

/**
 * Prefixes of OpenAI's own names (the longest that ends at a boundary wins), as in tiktoken's `MODEL_TO_ENCODING` and
 * `MODEL_PREFIX_TO_ENCODING`, with Azure's spelling of 3.5 and the later models of the same families. gpt-oss uses
 * o200k_harmony: the merges of o200k_base with more special tokens, so text counts alike.
 */
const TABLE: readonly (readonly [prefix: string, encoding: ModelEncoding])[] = [
  ['gpt-5', O200K],
  ['gpt-4.5', O200K],
  ['gpt-4.1', O200K],
  ['gpt-4o', O200K],
  ['chatgpt-4o', O200K],
  ['gpt-oss', O200K],
  ['gpt-audio', O200K],
  ['gpt-realtime', O200K],
  ['gpt-chat', O200K],
  ['o1', O200K],
  ['o3', O200K],
  ['o4', O200K],
  ['codex-mini', O200K],
  ['computer-use', O200K],
  ['gpt-4', CL100K],
  ['gpt-3.5', CL100K],
  ['gpt-35-turbo', CL100K],
  ['text-embedding-3', CL100K],
  ['text-embedding-ada-002', CL100K],
  ['babbage-002', CL100K],
  ['davinci-002', CL100K],
];

/** After a prefix a name ends, or goes on with a variant, a date, a fine-tune (`ft:gpt-4o:org`), a version (`gpt-5.2`). */
const VARIANT = '-:@_';

/** Clients name models as they like: this many names are remembered, none longer than this. */
const SEEN_MAX = 1000;
const SEEN_CHARS_MAX = 200;
const seen = new Map<string, ModelEncoding>();

/** @param model as the client or the route wrote it, with or without `openai/`, `ft:` and dates; null = unknown. */
export function encodingOf(model: string | null): ModelEncoding {
  if (model === null) return GUESS;
  const known = seen.get(model);
  if (known !== undefined) return known;
  const found = lookUp(bareName(model));
  if (model.length > SEEN_CHARS_MAX) return found;
  if (seen.size >= SEEN_MAX) seen.delete(seen.keys().next().value ?? '');
  seen.set(model, found);
  return found;
}

/** `openai/gpt-4o`, `openrouter/openai/gpt-4o`, `ft:gpt-4o:org`, Bedrock's `openai.gpt-oss-20b-1:0` → what begins with the name. */
function bareName(model: string): string {
  const last = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  const name = last.startsWith('ft:') ? last.slice(3) : last;
  return name.startsWith('openai.') ? name.slice('openai.'.length) : name;
}

function lookUp(name: string): ModelEncoding {
  let longest = 0;
  let found = GUESS;
  for (const [prefix, encoding] of TABLE) {
    if (prefix.length > longest && name.startsWith(prefix) && endsAt(name, prefix)) {
      longest = prefix.length;
      found = encoding;
    }
  }
  return found;
}

/** `gpt-4.2` is no gpt-4 (its encoding is not known), `gpt-5.2` is a gpt-5, as tiktoken has it. */
function endsAt(name: string, prefix: string): boolean {
  if (name.length === prefix.length) return true;
  const next = name.charAt(prefix.length);
  return VARIANT.includes(next) || (next === '.' && prefix === 'gpt-5');
}
