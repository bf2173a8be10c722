// From Weir's names to the catalogue's: a provider's kind to its provider there, a model as requests and answers write it to
// the name that the catalogue's rules are about. Null means "has no catalogue price"; nothing is guessed.

const CATALOGUE_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['openai', 'openai'],
  ['azure-openai', 'azure'],
  ['anthropic', 'anthropic'],
  ['gemini', 'google'],
  ['vertex-ai', 'google'],
  ['bedrock', 'aws'],
  ['mistral', 'mistral'],
  ['cohere', 'cohere'],
  ['groq', 'groq'],
  ['deepseek', 'deepseek'],
  ['xai', 'x-ai'],
  ['openrouter', 'openrouter'],
  ['together', 'together'],
  ['fireworks', 'fireworks'],
  ['perplexity', 'perplexity'],
  ['cerebras', 'cerebras'],
  ['zai', 'zai'],
  ['moonshot', 'moonshotai'],
  ['voyage', 'voyageai'],
]);

/** Longer names than any catalogued one with room for an ARN: what is longer has no price and is not remembered. Characters. */
export const NAME_MAX = 256;

export interface CatalogueName {
  readonly provider: string;
  /** Lower case. */
  readonly model: string;
}

/** Where to look a model up that a provider of this kind serves; null where the catalogue has no such provider or can have no such model. */
export function catalogueName(kind: string, model: string): CatalogueName | null {
  if (model.length === 0 || model.length > NAME_MAX) return null;
  const name = model.toLowerCase().trim();
  if (kind === 'huggingface') return throughHuggingFace(name);
  const provider = CATALOGUE_PROVIDERS.get(kind);
  if (provider === undefined) return null;
  const known = provider === 'google' ? googleModel(name) : provider === 'aws' ? bedrockModel(name) : name;
  return known === null || known === '' ? null : { provider, model: known };
}

/** `models/gemini-2.5-flash`, `publishers/google/models/…`: a resource's name ends in the model's. Tuned models have prices of their own. */
function googleModel(name: string): string | null {
  if (name.startsWith('tunedmodels/') || name.includes('/endpoints/')) return null;
  const at = name.lastIndexOf('models/');
  return at < 0 ? name : name.slice(at + 'models/'.length);
}

/**
 * An ARN of an inference profile or a foundation model ends in the id that the catalogue has. Provisioned throughput, custom and
 * imported models are billed by the hour, an application inference profile does not say what it runs: no price.
 */
function bedrockModel(name: string): string | null {
  if (!name.startsWith('arn:')) return name;
  return /^arn:[^/]+:(?:inference-profile|foundation-model)\/([^/]+)$/.exec(name)?.[1] ?? null;
}

/** The router bills what the chosen provider asks; which one that is stands behind the colon, or is not known beforehand. */
function throughHuggingFace(name: string): CatalogueName | null {
  const colon = name.lastIndexOf(':');
  if (colon < 0) return null;
  return { provider: `huggingface_${name.slice(colon + 1)}`, model: name.slice(0, colon) };
}

/**
 * An entry without any rate is free only where its provider says so: OpenAI's moderation models, OpenRouter's `:free` ones, Gemma on
 * the Gemini API. Elsewhere the catalogue only knows that the model exists.
 */
export function isFree(kind: string, model: string): boolean {
  const name = model.toLowerCase().trim();
  if (kind === 'openai') return name.startsWith('omni-moderation') || name.startsWith('text-moderation');
  if (kind === 'openrouter') return name.endsWith(':free');
  return kind === 'gemini' && /^(?:models\/)?gemma-/.test(name);
}
