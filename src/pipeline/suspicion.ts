// Whose fault it is where a request fails alike everywhere: its own. Then neither target nor key is blamed for it. Rare: per failure.
import type { TargetHealth } from '../route/health/target-health.js';
import type { Exchange } from './exchange.js';
import type { Tried } from './tried.js';

export function triedOf(exchange: Exchange): Tried {
  exchange.tried ??= { done: new Set(), count: 0, again: 0, suspects: [], cleared: false };
  return exchange.tried;
}

/**
 * Notes a fault that may be the request's own: where another target, or another key, says the same of the same request, it is, and nobody is blamed for
 * it. True: that has been found out, also for this one.
 */
export function leaveSuspicion(exchange: Exchange, health: TargetHealth, key: number | null): boolean {
  const tries = triedOf(exchange);
  if (tries.cleared && key === null) return true;
  const { suspects } = tries;
  const alike = suspects.filter(each => (each.key === null) === (key === null));
  const other = alike.some(each => each.health !== health || each.key !== key);
  if (!other) {
    suspects.push({ health, key });
    return false;
  }
  const nowMs = exchange.thread.clock.monotonicMs();
  for (const each of [...alike, ...(key === null ? [] : [{ health, key }])]) {
    if (each.key === null) each.health.takeBack(nowMs);
    else each.health.keys.refusedTakenBack(each.key);
  }
  tries.suspects.length = 0;
  if (!tries.cleared)
    exchange.step('forward', 'route', 'permit', 'fault_of_request', { targets: alike.length + 1 });
  tries.cleared = true;
  return true;
}
