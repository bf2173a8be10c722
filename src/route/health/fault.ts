// Whose fault a failed try is. Only the target's own counts against its breaker, and only its provider's limits against its keys: a caller who sends what no
// model takes must not take a target from everybody else. Pure.
import type { WeirCode } from '../../core/codes.js';

/**
 * `target`: it is down, too slow or overloaded. `perhaps`: a plain 500, which a strange request may have brought about as well. `limited`: a key's or
 * account's limit. `refused`: its credential. `none`: an answer that it was right to give.
 */
export type Fault = 'target' | 'perhaps' | 'limited' | 'refused' | 'none';

/** RFC 9110 §15; 529 is Anthropic's `overloaded_error`, 402 what DeepSeek and OpenRouter say of an empty account. */
export function faultOf(status: number): Fault {
  if (status === 429) return 'limited';
  if (status === 401 || status === 402 || status === 403) return 'refused';
  if (status === 500 || status === 501) return 'perhaps';
  return status > 501 ? 'target' : 'none';
}

/** What ended a try from the provider's side. The total time is the request's own bound: a long answer is no fault. */
export function isTargetFault(code: WeirCode, source: string): boolean {
  return source === 'provider' && code !== 'weir_total_timeout' && code !== 'weir_circuit_open';
}
