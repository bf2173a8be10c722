// Asking for usage that the caller did not ask for: `stream_options.include_usage` where the provider takes it and the caller left
// it open. The extra chunk that comes of it is taken out again by usage-chunk-filter.ts.
import assert from 'node:assert';
import type { ApiName } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import type { Exchange } from './exchange.js';

/**
 * Whether Weir adds the option to this request. `mode` is the provider's `usage_opt_in`, `accepted` what the table says of it.
 * Never where the caller decided himself, nor on other apis than OpenAI's two streams that know the option.
 */
export function wantsUsageOptIn(
  mode: 'auto' | 'always' | 'never',
  accepted: boolean,
  api: ApiName,
  facts: BodyFacts,
): boolean {
  if (mode === 'never' || (mode === 'auto' && !accepted)) return false;
  if (api !== 'openai.chat' && api !== 'openai.completions') return false;
  if (facts.form !== 'json' || facts.stream !== true || facts.includeUsageSet) return false;
  return facts.streamOptionsAt >= 0 || facts.closeAt >= 0;
}

/** The body with the option spliced in; every other byte stays. Only after wantsUsageOptIn said yes to the same facts. */
export function addIncludeUsage(body: Uint8Array, facts: BodyFacts): Buffer {
  const inside = facts.streamOptionsAt >= 0;
  const at = inside ? facts.streamOptionsAt : facts.closeAt;
  assert(at > 0 && at <= body.length, `no place for stream_options at ${at}`);
  // A body that streams is never the empty object, so a comma is right before the closing brace.
  const text = inside
    ? `"include_usage":true${facts.streamOptionsEmpty ? '' : ','}`
    : ',"stream_options":{"include_usage":true}';
  return Buffer.concat([body.subarray(0, at), Buffer.from(text), body.subarray(at)]);
}

/** Whether a rejection is of that option; its provider is not offered it again then. */
export function optInRefused(exchange: Exchange, rejection: Buffer): boolean {
  const { target, runtime } = exchange;
  if (target === null || !rejection.includes('stream_options')) return false;
  runtime.provider(target.provider).optInRefused = true;
  exchange.step('forward', 'usage_opt_in', 'failed', 'usage_opt_in_refused', { provider: target.provider });
  return true;
}
