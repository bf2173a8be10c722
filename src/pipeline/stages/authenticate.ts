// Who asks, from the head alone: a body is only read for somebody who may send one.
import type { Principal } from '../../core/entry.js';
import { WeirError } from '../../core/error.js';
import { type Exchange, NO_EVIDENCE } from '../exchange.js';

export function authenticate(exchange: Exchange): void {
  const { head, runtime, thread, entry } = exchange;
  const answer = runtime.authenticator.authenticate(
    {
      xWeirKey: head.xWeirKey,
      authorization: head.authorization,
      xApiKey: head.xApiKey,
      apiKey: head.apiKey,
      xGoogApiKey: head.xGoogApiKey,
      query: head.query ?? '',
    },
    thread.clock.wallMs(),
  );
  if (!answer.ok) {
    const { code, message, reason } = answer;
    throw new WeirError(code, message, reason === undefined ? {} : { detail: { reason } });
  }
  exchange.caller = answer;
  entry.principal =
    head.tags === null ? answer.principal : tagged(answer.principal, head.tags, runtime.config.tags);
  // The record's `consumer` says the rest.
  exchange.step('authenticate', null, 'permit', answer.key === null ? 'anonymous' : 'key_ok', NO_EVIDENCE);
}

/** With the request's own tags, those that the configuration takes; what the consumer is tagged with stands above them. */
function tagged(principal: Principal, pairs: readonly string[], taken: readonly string[]): Principal {
  const tags: Record<string, string> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    if (taken.includes(name)) tags[name] = pairs[i + 1] ?? '';
  }
  return { ...principal, tags: { ...tags, ...principal.tags } };
}
