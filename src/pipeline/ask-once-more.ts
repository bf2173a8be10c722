// A request that crossed the close of the idle connection it was put on is sent once more, to the same target on another connection. RFC 9110 §9.2.2 keeps
// intermediaries from repeating what is not idempotent: so only what changes nothing at the provider, reads and prompts, and only where nothing at all
// was heard (upstream/call.ts).
import type { Exchange } from './exchange.js';
import { HAS_PROMPT } from './prompt-counter.js';
import type { Relay } from './relay.js';
import { GENERATES } from './settle-usage.js';

/** Once a target: who closes two in a row is not merely tidying up. The caller knows that the body can be sent again. */
export function asksOnceMore({ api, head, entry }: Exchange, relay: Relay | null): boolean {
  if (relay?.call.crossed !== true) return false;
  const tried = entry.attempts.filter(({ target }) => target === relay.tried.attempt.target);
  if (tried.some(({ error }) => error === 'weir_upstream_broke')) return false;
  return head.method === 'GET' || head.method === 'HEAD' || GENERATES.has(api) || HAS_PROMPT.has(api);
}
