// In which order a routed request's targets are tried: by the route's strategy, and by what is known of their health. Hot path: per routed request.
import { WeirError } from '../core/error.js';
import { type Routing, type Target, targetName } from '../route/router.js';
import { arrange } from '../route/strategy.js';
import type { Exchange } from './exchange.js';

/** What an answer is taken to be long where nothing says more. Tokens. */
const OUTPUT_TOKENS = 512;
/** Of English text; good enough to tell the cheaper of two. */
const BYTES_A_TOKEN = 4;

/** Errors: weir_circuit_open, where all targets have to be left alone and the configuration says so. */
export function chooseTargets(exchange: Exchange, routing: Routing): Routing {
  const { runtime, thread } = exchange;
  if (runtime.config.breaker.allOpen === 'refuse') refuseOpen(exchange, routing);
  const { route } = routing;
  if (route === null || route.targets.length < 2) return routing;
  const nowMs = thread.clock.monotonicMs();
  const targets = arrange(route.targets, {
    strategy: route.strategy,
    health: runtime.health,
    nowMs,
    random: thread.random,
    costOf: target => costOf(exchange, target),
  });
  const [first] = targets;
  if (first === undefined || targets === route.targets) return routing;
  const aside = route.targets.filter(target => !runtime.health.of(target).isReady(nowMs)).map(targetName);
  const evidence = {
    target: targetName(first),
    targets: targets.length,
    strategy: route.strategy,
    ...(aside.length === 0 ? {} : { left_alone: aside.join(', ') }),
  };
  return { targets, by: routing.by, route, evidence };
}

function refuseOpen({ runtime, thread }: Exchange, { targets }: Routing): void {
  const nowMs = thread.clock.monotonicMs();
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const target of targets) {
    const health = runtime.health.of(target);
    if (!health.isOpen(nowMs)) return;
    soonestMs = Math.min(soonestMs, health.openMs(nowMs));
  }
  const names = targets.map(targetName).join(', ');
  throw new WeirError(
    'weir_circuit_open',
    `${names}: failed too often lately, and nothing is sent there for the moment (breaker.all_open: refuse)`,
    { retryAfterMs: Math.max(1000, soonestMs) },
  );
}

/** Nano-dollars for about this request; Infinity where the model has no price. */
function costOf({ runtime, entry, facts, head, body }: Exchange, target: Target): number {
  const model = target.model ?? entry.identification.model;
  const price = model === null ? null : runtime.prices.find(target.provider, model, entry.timeMs);
  if (price === null) return Number.POSITIVE_INFINITY;
  const bytes = body?.length ?? Math.max(0, head.contentLength);
  const output = Math.min(facts?.maxOutputTokens ?? OUTPUT_TOKENS, OUTPUT_TOKENS);
  return price.worstOf(Math.ceil(bytes / BYTES_A_TOKEN), output, false, false);
}
