// How sure a token count is as a whole: as sure as the weakest of the parts that its api has.
import type { Usage, UsageSource } from './usage.js';

/** Apis whose answers have no output tokens: there a missing output is not an unknown part. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set([
  'openai.embeddings',
  'openai.moderations',
  'openai.models',
  'anthropic.count_tokens',
  'gemini.embed',
  'gemini.count_tokens',
  'bedrock.count_tokens',
  'cohere.embed',
  'cohere.rerank',
  'ollama.embed',
]);

const STRENGTH: Record<UsageSource, number> = { none: 0, estimated: 1, counted: 2, provider: 3 };

export function weakestSource(usage: Usage, api: string): UsageSource {
  const { inputSource, outputSource } = usage;
  if (STRENGTH[inputSource] <= STRENGTH[outputSource]) return inputSource;
  const noOutput = WITHOUT_OUTPUT.has(api) && (usage.outputTokens === null || usage.outputTokens === 0);
  return noOutput ? inputSource : outputSource;
}
