// Every provider Weir knows by name, one row each. Facts: the providers' own documentation and recorded traffic.
// `usageOptIn` is true where `stream_options.include_usage` is accepted AND the usage would not come without it:
// where it comes unasked (Groq, Mistral, DeepSeek, OpenRouter, Together, Fireworks, Perplexity) the body stays as it is.
// `cancelStopsBilling` is true only where that is known; for a reseller it depends on who serves, so it is false.
import type { Dialect } from '../core/api.js';
import type { AuthScheme, ProviderSpec } from './provider.js';

interface Habits {
  readonly usageOptIn: boolean;
  readonly cancelStopsBilling: boolean;
}

const NEITHER: Habits = { usageOptIn: false, cancelStopsBilling: false };
const OPT_IN: Habits = { usageOptIn: true, cancelStopsBilling: false };
const CANCEL_STOPS: Habits = { usageOptIn: false, cancelStopsBilling: true };
const BOTH: Habits = { usageOptIn: true, cancelStopsBilling: true };

const OPENAI: readonly Dialect[] = ['openai'];

function row(
  kind: string,
  dialects: readonly Dialect[],
  baseUrl: string | null,
  auth: AuthScheme,
  habits: Habits,
): ProviderSpec {
  return Object.freeze({ kind, dialects: Object.freeze([...dialects]), baseUrl, auth, ...habits });
}

/** In the order in which candidates are named to people. */
export const PROVIDERS: readonly ProviderSpec[] = Object.freeze([
  row('openai', OPENAI, 'https://api.openai.com/v1', 'bearer', BOTH),
  row('azure-openai', OPENAI, null, 'api-key', BOTH),
  row('anthropic', ['anthropic'], 'https://api.anthropic.com', 'x-api-key', CANCEL_STOPS),
  row('gemini', ['gemini'], 'https://generativelanguage.googleapis.com', 'x-goog-api-key', NEITHER),
  // Gemini and Anthropic models keep their own wire format there; `location: global` has no prefix (see vertexHost).
  row(
    'vertex-ai',
    ['vertex', 'gemini', 'anthropic'],
    'https://{location}-aiplatform.googleapis.com',
    'bearer',
    NEITHER,
  ),
  row('bedrock', ['bedrock'], 'https://bedrock-runtime.{region}.amazonaws.com', 'sigv4', NEITHER),
  row('mistral', OPENAI, 'https://api.mistral.ai/v1', 'bearer', NEITHER),
  row('cohere', ['cohere'], 'https://api.cohere.com', 'bearer', CANCEL_STOPS),
  row('groq', OPENAI, 'https://api.groq.com/openai/v1', 'bearer', NEITHER),
  // No base path: `/chat/completions`, `/v1/…` and `/anthropic/…` all stand at the root.
  row('deepseek', OPENAI, 'https://api.deepseek.com', 'bearer', CANCEL_STOPS),
  row('xai', OPENAI, 'https://api.x.ai/v1', 'bearer', BOTH),
  row('openrouter', OPENAI, 'https://openrouter.ai/api/v1', 'bearer', NEITHER),
  row('together', OPENAI, 'https://api.together.xyz/v1', 'bearer', CANCEL_STOPS),
  row('fireworks', OPENAI, 'https://api.fireworks.ai/inference/v1', 'bearer', CANCEL_STOPS),
  row('perplexity', OPENAI, 'https://api.perplexity.ai', 'bearer', NEITHER),
  row('cerebras', OPENAI, 'https://api.cerebras.ai/v1', 'bearer', OPT_IN),
  row('sambanova', OPENAI, 'https://api.sambanova.ai/v1', 'bearer', OPT_IN),
  row('deepinfra', OPENAI, 'https://api.deepinfra.com/v1/openai', 'bearer', BOTH),
  row('alibaba', OPENAI, 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'bearer', OPT_IN),
  row('zai', OPENAI, 'https://api.z.ai/api/paas/v4', 'bearer', OPT_IN),
  row('moonshot', OPENAI, 'https://api.moonshot.ai/v1', 'bearer', OPT_IN),
  // No base path: `/v1/…` and `/<provider>/v1/…` stand side by side.
  row('huggingface', OPENAI, 'https://router.huggingface.co', 'bearer', OPT_IN),
  row('vercel-ai-gateway', OPENAI, 'https://ai-gateway.vercel.sh/v1', 'bearer', OPT_IN),
  row('writer', OPENAI, 'https://api.writer.com/v1', 'bearer', OPT_IN),
  row('voyage', OPENAI, 'https://api.voyageai.com/v1', 'bearer', NEITHER),
  row('snowflake', OPENAI, null, 'bearer', OPT_IN),
  row('watsonx', OPENAI, null, 'bearer', NEITHER),
  // Servers of one's own: nobody bills, and a cancelled stream stops computing.
  row('ollama', ['ollama', 'openai'], 'http://127.0.0.1:11434', 'none', BOTH),
  row('ollama-cloud', ['ollama', 'openai'], 'https://ollama.com', 'bearer', OPT_IN),
  row('vllm', OPENAI, null, 'bearer', BOTH),
  row('sglang', OPENAI, null, 'bearer', BOTH),
  row('llamacpp', OPENAI, null, 'bearer', BOTH),
  row('lmstudio', OPENAI, null, 'bearer', BOTH),
  row('gpustack', OPENAI, null, 'bearer', BOTH),
  row('litellm', OPENAI, null, 'bearer', OPT_IN),
  // Anything else: most accept the option, and the one that does not is asked once more without it.
  row('openai-compatible', OPENAI, null, 'bearer', OPT_IN),
]);

const BY_KIND: ReadonlyMap<string, ProviderSpec> = new Map(PROVIDERS.map(spec => [spec.kind, spec]));

/** Names that need no `kind:` in the configuration. */
export const BUILT_IN_NAMES: readonly string[] = PROVIDERS.map(spec => spec.kind).filter(
  kind => kind !== 'openai-compatible',
);

/** The row of a kind; undefined where there is none. */
export function providerSpec(kind: string): ProviderSpec | undefined {
  return BY_KIND.get(kind);
}

/** Vertex AI's host for a location: regional, multi-regional (`us`, `eu`) or `global`. */
export function vertexHost(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  if (location === 'us' || location === 'eu') return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
