// Sends the request to its present target, with one of its provider's keys. Hot path: per attempt.
import type { Readable } from 'node:stream';
import { targetName } from '../route/router.js';
import { prepareCall } from './attempt.js';
import { AttemptWatch } from './attempt-watch.js';
import type { Exchange } from './exchange.js';
import { newAttempt } from './outcome.js';
import { Relay } from './relay.js';
import type { RelayOwner } from './relay-owner.js';

/** `streamed` is the body where it is not held whole. Errors: those of prepareCall. */
export function sendOn(exchange: Exchange, streamed: Readable | null, owner: RelayOwner): Relay {
  const { target, runtime, caller } = exchange;
  if (target === null) throw new Error('forward before route');
  const provider = runtime.provider(target.provider);
  const health = runtime.health.of(target);
  const { keys, credentials } = provider.config;
  const own = caller !== null && caller.key !== null && credentials === 'own';
  const key = own && keys.length > 1 ? health.keys.pick(exchange.thread.clock.monotonicMs()) : 0;
  const prepared = prepareCall(exchange, target, provider, streamed, keys[key]);
  const attempt = newAttempt(exchange, targetName(target));
  const shown = own && keys.length > 1 ? provider.keySteps[key] : undefined;
  if (shown !== undefined) exchange.step('forward', 'route', 'permit', 'provider_key', shown);
  if (prepared.optIn) {
    exchange.step('change', 'usage_opt_in', 'change', 'usage_opt_in_added', { provider: target.provider });
  }
  const watch = new AttemptWatch(exchange, attempt, health, key, {
    ours: own || !provider.needsCredential,
    keys: own ? keys : [],
  });
  return new Relay(exchange, prepared, watch, owner);
}
