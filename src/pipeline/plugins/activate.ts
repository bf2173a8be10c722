// Which module a policy runs for this request, and whether it can see what it has to judge (CONTRACT.md §5.5, 5.9).

import type { LoadedPlugin } from '../../plugin/loaded.js';
import { failedOutcome } from '../../plugin/outcome.js';
import type { PluginRule } from '../../policy/policy-set.js';
import type { Exchange } from '../exchange.js';
import { conversationOf } from './exchange-scene.js';
import { pluginFailed } from './plugin-errors.js';
import { leavePlainStep } from './plugin-steps.js';
import type { RequestPlugins } from './request-plugins.js';

/** Null: it has none that can run, and lets pass. Errors: weir_plugin_failed, where it does not (`on_failure: closed`). */
export function pluginOf(exchange: Exchange, plugins: RequestPlugins, rule: PluginRule): LoadedPlugin | null {
  const entry = plugins.set.get(rule.name);
  if (entry !== null && !('failed' in entry)) return entry;
  const detail = entry === null ? 'its module is not loaded' : entry.reason;
  const { thread } = exchange;
  thread.plugins.ran(rule.name, failedOutcome('instantiate', detail, 0));
  thread.metrics.pluginRan(rule.name, 0, 'instantiate');
  leavePlainStep(exchange, 'change', rule, 'failed', 'plugin_failed', {
    plugin: entry?.facts?.name ?? null,
    version: entry?.facts?.version ?? null,
    sha256: entry?.facts?.sha256 ?? null,
    hook: 'on_request',
    fuel: 0,
    failure: 'instantiate',
    detail,
  });
  if (rule.mode === 'enforce' && rule.onFailure === 'closed')
    throw pluginFailed(rule.name, 'instantiate', detail);
  return null;
}

/** What the module reads and Weir cannot show it whole; null: it sees all that it asks for. */
export function opaqueTo(exchange: Exchange, plugins: RequestPlugins, loaded: LoadedPlugin): string | null {
  if (loaded.needsMessages && conversationOf(exchange, plugins).count < 0) return 'the conversation';
  if (!loaded.needsBody || exchange.bodyMode === 'none') return null;
  return exchange.plainBody === null ? 'the body' : null;
}
