// After a plugin has changed the request: what it is now, and where it may go, as if the caller had sent it so (CONTRACT.md §5.8).
import type { Exchange } from '../exchange.js';
import { readHeadFacts } from '../head-facts.js';
import { identify } from '../identification.js';
import { holdToKey, route } from '../stages/route.js';

/** What of the request is another now. */
export interface Another {
  /** Another model stands in it. */
  readonly path: boolean;
  /** The target that it goes to whatever the router says; null: the router's. */
  readonly target: string | null;
}

/** Errors: those of routing, where another model or api leads elsewhere; of the caller's key, where it may not use that model. */
export function identifyAgain(exchange: Exchange, policy: string, another: Another): void {
  const { entry, plainBody, thread } = exchange;
  const before = entry.identification;
  const [modelBefore, apiBefore, opaqueBefore] = [before.model, before.api, exchange.opaque];
  if (another.path) exchange.headFacts = readHeadFacts(exchange);
  const { headFacts } = exchange;
  if (headFacts === null) throw new Error('identify again before identify');
  if (plainBody !== null) {
    exchange.facts = thread.classify.scanWhole(plainBody);
    exchange.opaque = plainBody.length > 0 && exchange.facts.form === 'invalid';
    entry.endUser = exchange.facts.endUser;
  }
  const after = identify(headFacts, exchange.facts, policy);
  entry.identification = after;
  // What it counted before is another prompt.
  exchange.prompt = null;
  exchange.promptModel = undefined;
  const isAnother =
    after.model !== modelBefore || after.api !== apiBefore || exchange.opaque !== opaqueBefore;
  if (another.target === null && isAnother) {
    exchange.targetIndex = 0;
    route(exchange);
    return;
  }
  after.provider = exchange.target?.provider ?? before.provider;
  if (another.target === null) return;
  // The target is of the configuration; the model is whatever the plugin wrote.
  if (isAnother) holdToKey(exchange, after.model, null);
  forceTarget(exchange, another.target);
}

/** The request goes to this target alone: `provider` or `provider/model`, as `targetNames` has them. */
function forceTarget(exchange: Exchange, name: string): void {
  const slash = name.indexOf('/');
  const target =
    slash < 0
      ? { provider: name, model: null }
      : { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  const evidence = { target: name, targets: 1 };
  exchange.routing = { targets: [target], by: 'plugin', route: null, evidence };
  exchange.targetIndex = 0;
  exchange.entry.identification.provider = target.provider;
  exchange.step('route', 'route', 'change', 'route_plugin', evidence);
}

/** The next of the targets, where this one is refused; false: it was the last. */
export function nextTarget(exchange: Exchange): boolean {
  const { routing, entry } = exchange;
  const next = routing?.targets[exchange.targetIndex + 1];
  if (next === undefined) return false;
  exchange.targetIndex++;
  entry.identification.provider = next.provider;
  exchange.step('route', 'route', 'change', 'next_target', { why: 'limit_reached', target: next.provider });
  return true;
}
