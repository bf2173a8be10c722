// LiteLLM's deployments → Weir's providers: one for each address and credential, because LiteLLM gives a key to a deployment and Weir to a provider.
import { providerSpec } from '../../provider/table.js';
import { type Deployment, secretOf, textOf } from './source.js';

/** LiteLLM's prefix of `model:` (docs.litellm.ai/docs/providers) → Weir's kind, and the variable that LiteLLM reads the key from where none is given. */
const KINDS: Readonly<Record<string, readonly [kind: string, variable: string | null]>> = {
  openai: ['openai', 'OPENAI_API_KEY'],
  'text-completion-openai': ['openai', 'OPENAI_API_KEY'],
  azure: ['azure-openai', 'AZURE_API_KEY'],
  anthropic: ['anthropic', 'ANTHROPIC_API_KEY'],
  gemini: ['gemini', 'GEMINI_API_KEY'],
  vertex_ai: ['vertex-ai', null],
  bedrock: ['bedrock', null],
  mistral: ['mistral', 'MISTRAL_API_KEY'],
  cohere: ['cohere', 'COHERE_API_KEY'],
  cohere_chat: ['cohere', 'COHERE_API_KEY'],
  groq: ['groq', 'GROQ_API_KEY'],
  deepseek: ['deepseek', 'DEEPSEEK_API_KEY'],
  xai: ['xai', 'XAI_API_KEY'],
  openrouter: ['openrouter', 'OPENROUTER_API_KEY'],
  together_ai: ['together', 'TOGETHERAI_API_KEY'],
  fireworks_ai: ['fireworks', 'FIREWORKS_AI_API_KEY'],
  perplexity: ['perplexity', 'PERPLEXITYAI_API_KEY'],
  cerebras: ['cerebras', 'CEREBRAS_API_KEY'],
  ollama: ['ollama', null],
  ollama_chat: ['ollama', null],
  hosted_vllm: ['vllm', null],
};

export interface ImportedProvider {
  readonly name: string;
  readonly kind: string;
  /** As it stands in weir.yaml. */
  readonly yaml: Readonly<Record<string, unknown>>;
}

export interface Placed {
  readonly deployment: Deployment;
  readonly provider: ImportedProvider;
  /** What the provider calls it. */
  readonly model: string;
}

export class ProviderBook {
  readonly all: ImportedProvider[] = [];
  readonly #byIdentity = new Map<string, ImportedProvider>();
  readonly #note: (note: string) => void;

  constructor(note: (note: string) => void) {
    this.#note = note;
  }

  /** Null: Weir has nothing for it, and a note says so. */
  place(deployment: Deployment): Placed | null {
    const { name, params } = deployment;
    const written = textOf(params.model);
    if (written === null) {
      this.#note(`model_list: ${name} names no litellm_params.model`);
      return null;
    }
    const slash = written.indexOf('/');
    const prefix = textOf(params.custom_llm_provider) ?? (slash > 0 ? written.slice(0, slash) : null);
    const known = prefix === null ? undefined : KINDS[prefix];
    const model =
      known !== undefined && slash > 0 && written.slice(0, slash) === prefix
        ? written.slice(slash + 1)
        : written;
    const [kind, variable] = known ?? guess(model);
    const base = textOf(params.api_base);
    if (known === undefined && slash > 0 && base === null) {
      this.#note(
        `model_list: ${name} is at ${prefix}, a provider that Weir has no name for; add it under providers: with kind: openai-compatible and its base_url`,
      );
      return null;
    }
    const provider = this.#provider(kind, variable, deployment);
    return provider === null ? null : { deployment, provider, model };
  }

  #provider(kind: string, variable: string | null, { name, params }: Deployment): ImportedProvider | null {
    const base = textOf(params.api_base)?.replace(/\/+$/, '') ?? null;
    const own = kind === 'openai' && base !== null && !base.startsWith('https://api.openai.com');
    const effective = own ? 'openai-compatible' : kind;
    const yaml: Record<string, unknown> = {};
    if (base !== null) yaml.base_url = baseUrl(effective, base);
    else if (providerSpec(effective)?.baseUrl === null) {
      this.#note(`model_list: ${name} has no api_base, which ${effective} needs`);
      return null;
    }
    if (kind === 'azure-openai' && textOf(params.api_version) !== null) yaml.api_version = params.api_version;
    if (kind === 'vertex-ai') this.#vertex(yaml, name, params);
    if (kind === 'bedrock') bedrock(yaml, params);
    else if (!this.#key(yaml, effective, variable, params)) yaml.auth = 'none';
    const organization = secretOf(params.organization);
    if (organization !== null) yaml.headers = { 'openai-organization': organization };
    const identity = JSON.stringify([effective, yaml]);
    const known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    const provider = { name: this.#nameFor(effective, name), kind: effective, yaml };
    if (provider.name !== effective) provider.yaml = { kind: effective, ...yaml };
    this.#byIdentity.set(identity, provider);
    this.all.push(provider);
    return provider;
  }

  /** False: it needs none. */
  #key(
    yaml: Record<string, unknown>,
    kind: string,
    variable: string | null,
    params: Deployment['params'],
  ): boolean {
    const given = secretOf(params.api_key);
    if (given === null && (kind === 'vertex-ai' || variable === null || kind === 'openai-compatible'))
      return kind === 'vertex-ai';
    if (given !== null && !given.startsWith('${'))
      this.#note(
        `a key stands in the file as plain text (provider ${kind}): put it into an environment variable`,
      );
    yaml.keys = [{ value: given ?? variableText(variable ?? '') }];
    return true;
  }

  #vertex(yaml: Record<string, unknown>, name: string, params: Deployment['params']): void {
    for (const [theirs, ours] of [
      ['vertex_project', 'project'],
      ['vertex_location', 'location'],
    ] as const) {
      const value = secretOf(params[theirs]);
      if (value !== null) yaml[ours] = value;
    }
    if (params.vertex_credentials !== undefined)
      this.#note(
        `model_list: ${name} has vertex_credentials, a service account's file; Weir takes an OAuth access token as key (providers.vertex-ai.keys)`,
      );
  }

  #nameFor(kind: string, model: string): string {
    const taken = (name: string): boolean => this.all.some(provider => provider.name === name);
    const fits =
      kind === 'openai-compatible'
        ? model
            .toLowerCase()
            .replace(/[^a-z0-9._-]+/g, '-')
            .replace(/^[^a-z0-9]+/, '')
            .slice(0, 50) || 'local'
        : kind;
    if (!taken(fits)) return fits;
    for (let i = 2; ; i++) if (!taken(`${fits}-${i}`)) return `${fits}-${i}`;
  }
}

/** LiteLLM guesses the provider of a bare name by its list of models; these are the usual ones. */
function guess(model: string): readonly [string, string | null] {
  if (/^claude/i.test(model)) return ['anthropic', 'ANTHROPIC_API_KEY'];
  if (/^gemini/i.test(model)) return ['gemini', 'GEMINI_API_KEY'];
  if (/^command/i.test(model)) return ['cohere', 'COHERE_API_KEY'];
  return ['openai', 'OPENAI_API_KEY'];
}

/** Of Azure, LiteLLM takes the resource's address, whatever path follows; Ollama's is without a path. */
function baseUrl(kind: string, base: string): string {
  if (kind !== 'azure-openai') return base;
  try {
    return new URL(base).origin;
  } catch {
    return base;
  }
}

function variableText(name: string): string {
  return `\${${name}}`;
}

function bedrock(yaml: Record<string, unknown>, params: Deployment['params']): void {
  yaml.region = secretOf(params.aws_region_name) ?? variableText('AWS_REGION');
  const id = secretOf(params.aws_access_key_id) ?? variableText('AWS_ACCESS_KEY_ID');
  const secret = secretOf(params.aws_secret_access_key) ?? variableText('AWS_SECRET_ACCESS_KEY');
  const token = secretOf(params.aws_session_token);
  yaml.keys = [
    { access_key_id: id, secret_access_key: secret, ...(token === null ? {} : { session_token: token }) },
  ];
}
