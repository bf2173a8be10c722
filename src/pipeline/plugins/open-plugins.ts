// Takes hold of the plugins for one request, in the turn in which it comes, and lets go of them when it is over. Hot path: per request.
import type { Exchange } from '../exchange.js';
import { RequestPlugins } from './request-plugins.js';

/** Null where no plugin looks at it: nothing is made then. */
export function openPlugins(exchange: Exchange): RequestPlugins | null {
  const { current } = exchange.thread.plugins;
  if (!exchange.runtime.policies.hasPlugins && current.dropped.length === 0) return null;
  exchange.plugins = new RequestPlugins(current);
  return exchange.plugins;
}

export function closePlugins({ plugins, thread }: Exchange): void {
  if (plugins === null) return;
  thread.buffered.give(plugins.heldBytes);
  plugins.heldBytes = 0;
  plugins.view = plugins.viewOf = null;
  plugins.release();
}
