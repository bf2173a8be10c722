// One name for one model, however it is reached, and the family whose tokenizer and prompt form it shares.
// Hot path: per request, one Map read for a name seen before.

export interface ModelName {
  /** `us.anthropic.claude-3-haiku-20240307-v1:0` and `claude-3-haiku@20240307` are both `claude-3-haiku`. */
  readonly name: string;
  readonly family: Family;
}

/** Family of tokenizers: first match of the name's beginning. `other` where nothing tells. */
const FAMILIES = [
  ['gpt-oss', /^gpt-oss/],
  ['openai', /^(?:gpt-|chatgpt|o[1-9](?:-|$)|text-embedding-|davinci|babbage|computer-use|codex)/],
  ['claude', /^claude/],
  ['gemini', /^(?:gemini|gemma|learnlm|text-embedding-00)/],
  ['llama', /llama/],
  ['mistral', /^(?:open-)?(?:mi[snx]?tral|mixtral|ministral|magistral|codestral|devstral|pixtral|voxtral)/],
  ['command', /^(?:command|c4ai|aya|embed-|rerank-|cohere)/],
  ['deepseek', /^deepseek/],
  ['qwen', /^(?:qwen|qwq|qvq)/],
  ['grok', /^grok/],
  ['glm', /^(?:zai-)?(?:chat)?glm/],
  ['kimi', /^(?:kimi|moonshot)/],
  ['nova', /^nova/],
  ['titan', /^titan/],
  ['jamba', /^(?:jamba|j2)/],
  ['sonar', /^(?:sonar|pplx)/],
  ['granite', /^granite/],
  ['palmyra', /^palmyra/],
  ['other', /^/],
] as const satisfies readonly (readonly [string, RegExp])[];

export type Family = (typeof FAMILIES)[number][0];

/** What stands before the model's own name: Bedrock's inference profiles (`us.`), and its vendors. */
const REGION = /^(?:us|eu|apac|ap|jp|au|ca|sa|global|us-gov)\./;
const VENDOR =
  /^(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|google|qwen|writer|moonshotai|moonshot|zai|minimax|nvidia|xai)\./;
/** `@20240620`, `-20240229`, `-2024-07-18`, `-v1:0`, `:free`, `-latest`: which build or tier, not which tokenizer. */
const BUILD = /(?:[@:].*|-v\d+|-\d{8}|-20\d\d-\d\d-\d\d|-latest)$/;

const NAME_CHARS_MAX = 100;
const SEEN_MAX = 1000;
const UNKNOWN: ModelName = Object.freeze({ name: '', family: 'other' });
const seen = new Map<string, ModelName>();

/** @param model as it stands in the request; null = unknown. */
export function modelName(model: string | null): ModelName {
  if (model === null) return UNKNOWN;
  const known = seen.get(model);
  if (known !== undefined) return known;
  const name = shortName(model);
  const family = FAMILIES.find(([, beginning]) => beginning.test(name))?.[0] ?? 'other';
  const found = Object.freeze({ name, family });
  if (seen.size >= SEEN_MAX) seen.delete(seen.keys().next().value ?? '');
  if (model.length <= 2 * NAME_CHARS_MAX) seen.set(model, found);
  return found;
}

function shortName(model: string): string {
  let name = model.toLowerCase().slice(-2 * NAME_CHARS_MAX);
  if (name.startsWith('ft:')) name = name.slice(3);
  name = name.slice(name.lastIndexOf('/') + 1);
  name = name.replace(REGION, '').replace(VENDOR, '');
  // Several may follow one another: `-20240229-v1:0`.
  for (let before = ''; before !== name; ) {
    before = name;
    const cut = name.replace(BUILD, '');
    if (cut !== '') name = cut;
  }
  return name.slice(0, NAME_CHARS_MAX);
}
