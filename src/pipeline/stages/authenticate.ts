// Who asks, from the head alone: a body is only read for somebody who may send one.
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
  if (!answer.ok) throw new WeirError(answer.code, answer.message);
  exchange.caller = answer;
  entry.principal = answer.principal;
  // The record's `consumer` says the rest.
  exchange.step('authenticate', null, 'permit', answer.key === null ? 'anonymous' : 'key_ok', NO_EVIDENCE);
}
