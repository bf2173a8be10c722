// Runs one hook of one plugin, here or in the compute pool, and keeps what it left of itself: state, counts, log lines, tags. What it wants of
// the request is for the caller to do. Hot path: per hook.
import { OPEN_FAILURES_MAX, OPEN_FAILURES_SPAN_MS } from '../../core/plugin-bounds.js';
import type { HookOutcome, HookScene } from '../../plugin/hook.js';
import { captureScene } from '../../plugin/scene-data.js';
import type { PluginRule } from '../../policy/policy-set.js';
import type { Exchange } from '../exchange.js';
import type { RequestPlugin, RequestPlugins } from './request-plugins.js';

/**
 * The outcome; or null where the hook runs in the compute pool: then `arrived` is told later, unless the request ends before. on_end always runs here,
 * since the settlement waits for it: its scene shows nothing large.
 */
export function runHook(
  exchange: Exchange,
  plugins: RequestPlugins,
  plugin: RequestPlugin,
  scene: HookScene,
  arrived: (outcome: HookOutcome) => void,
): HookOutcome | null {
  const { loaded } = plugin;
  if (scene.hook === 'on_end' || loaded.inline(scene)) return loaded.run(scene);
  const { isolated } = exchange.thread.plugins;
  plugins.waits(
    isolated.run(loaded, captureScene(scene, loaded), outcome => {
      if (plugins.arrived()) arrived(outcome);
    }),
  );
  return null;
}

/** To be told of each outcome, before anything is done with it. */
export function noteOutcome(exchange: Exchange, plugin: RequestPlugin, outcome: HookOutcome): void {
  const { thread, entry } = exchange;
  const { name } = plugin.rule;
  thread.plugins.ran(name, outcome);
  thread.metrics.pluginRan(name, outcome.fuel, outcome.failure);
  for (const line of outcome.logs) thread.plugins.log(name, line, entry.id);
  if (outcome.logsDropped > 0) thread.plugins.logsDropped(name, outcome.logsDropped);
  if (outcome.result === 'failed') {
    noteFailure(exchange, plugin);
    return;
  }
  plugin.keep(outcome);
  if (!plugin.shadow && outcome.tags.length > 0) addTags(exchange, outcome.tags);
}

/** The consumer's own tags stay; limits that count by the others see them from here on. */
function addTags({ entry, caller }: Exchange, tags: HookOutcome['tags']): void {
  const { principal } = entry;
  if (principal === null) return;
  const fixed = caller?.principal.tags ?? {};
  entry.principal = { ...principal, tags: { ...principal.tags, ...Object.fromEntries(tags), ...fixed } };
}

/** Consumers whose failures are counted, a policy. */
const CONSUMERS_MAX = 10_000;

/** Once a request. */
function noteFailure(exchange: Exchange, plugin: RequestPlugin): void {
  if (plugin.failed) return;
  plugin.failed = true;
  if (plugin.rule.onFailure === 'open') countFailure(exchange, plugin.rule, 1n);
}

/** `on_failure: open`: this consumer's requests have failed so often within a minute that the plugin is not asked about him. */
export function isSkipped(exchange: Exchange, rule: PluginRule): boolean {
  return rule.onFailure === 'open' && countFailure(exchange, rule, 0n) >= BigInt(OPEN_FAILURES_MAX);
}

/** The count lies where all threads see it. */
function countFailure({ thread, entry }: Exchange, { name, mode }: PluginRule, more: bigint): bigint {
  const consumer = Buffer.from((entry.principal?.name ?? '').slice(0, 64)).subarray(0, 64);
  const space = `${name}\nfailures\n${mode}`;
  const { counters } = thread.plugins.host;
  return counters.add(space, CONSUMERS_MAX, consumer, more, OPEN_FAILURES_SPAN_MS, thread.clock.wallMs());
}
