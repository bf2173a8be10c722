// Sends the request to its present target. Hot path: per attempt.
import type { Readable } from 'node:stream';
import { targetName } from '../route/router.js';
import { prepareCall } from './attempt.js';
import type { Exchange } from './exchange.js';
import { newAttempt } from './outcome.js';
import { Relay } from './relay.js';
import type { RelayOwner } from './relay-owner.js';

/** `streamed` is the body where it is not held whole. Errors: those of prepareCall. */
export function sendOn(exchange: Exchange, streamed: Readable | null, owner: RelayOwner): Relay {
  const { target } = exchange;
  if (target === null) throw new Error('forward before route');
  const provider = exchange.runtime.provider(target.provider);
  const prepared = prepareCall(exchange, target, provider, streamed);
  const attempt = newAttempt(exchange, targetName(target));
  if (prepared.optIn) {
    exchange.step('change', 'usage_opt_in', 'change', 'usage_opt_in_added', { provider: target.provider });
  }
  return new Relay(exchange, prepared, attempt, owner);
}
