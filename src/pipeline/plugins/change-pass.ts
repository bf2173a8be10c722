// The second pass over the policies where it has plugins (CONTRACT.md §3): plugins and caps in the order of the configuration, dropped plugins behind
// them, each seeing what the one before left. It may have to wait, for a hook in the compute pool or for a count, and goes on where it was.
// Hot path: per request that plugins look at.
import { WeirError } from '../../core/error.js';
import type { HookOutcome } from '../../plugin/hook.js';
import { settleChange } from '../../plugin/request-change.js';
import type { CapRule, PluginRule } from '../../policy/policy-set.js';
import type { Exchange } from '../exchange.js';
import { isCapped, outputBoundOf } from '../forecast.js';
import { type PromptWaiter, promptCounted, promptOf } from '../prompt-counter.js';
import { opaqueTo, pluginOf } from './activate.js';
import { changeable, commitEffects } from './effects.js';
import { ExchangeScene } from './exchange-scene.js';
import { nextTarget } from './identify-again.js';
import { pluginDenied, pluginFailed, pluginOpaque } from './plugin-errors.js';
import { leavePlainStep, leaveStep } from './plugin-steps.js';
import { RequestPlugin, type RequestPlugins } from './request-plugins.js';
import { isSkipped, noteOutcome, runHook } from './run-hook.js';

/** Who waits for the pass. */
export interface PassWaiter extends PromptWaiter {
  /** A hook has come to its end elsewhere: the pass can go on. */
  onHookEnded(): void;
}

export class ChangePass {
  readonly #exchange: Exchange;
  readonly #plugins: RequestPlugins;
  readonly #rules: readonly (CapRule | PluginRule)[];
  /** Place of the next rule. */
  #at = 0;
  /** What a plugin has changed is not yet judged: the denials have not been asked again. */
  #changed = false;
  #running: RequestPlugin | null = null;
  #arrived: HookOutcome | null = null;
  #over = false;

  constructor(exchange: Exchange, plugins: RequestPlugins) {
    this.#exchange = exchange;
    this.#plugins = plugins;
    const listed = exchange.runtime.policies.change;
    const { dropped } = plugins.set;
    this.#rules = dropped.length === 0 ? listed : [...listed, ...dropped.map(droppedRule)];
  }

  /** True: the pass is over. False: it waits, and `waiter` is told when it can go on. Throws the refusal. */
  advance(waiter: PassWaiter): boolean {
    if (this.#over) return true;
    try {
      while (true) {
        if (!this.#settled()) return false;
        if (!promptCounted(this.#exchange, this.#exchange.target?.model ?? null, waiter)) return false;
        const rule = this.#rules[this.#at];
        if (rule !== undefined) {
          this.#at++;
          if (rule.kind === 'cap') this.#cap(rule);
          else this.#plugin(rule, waiter);
        } else if (this.#changed) this.#judge();
        else break;
      }
    } catch (refusal) {
      if (refusal instanceof WeirError) this.#skipRest();
      throw refusal;
    }
    this.#over = true;
    return true;
  }

  #cap(rule: CapRule): void {
    const exchange = this.#exchange;
    const bounds = [exchange.outputCap, outputBoundOf(exchange)].filter(bound => bound !== null);
    const capped = exchange.policies?.change(
      promptOf(exchange)?.tokens ?? null,
      bounds.length === 0 ? null : Math.min(...bounds),
      isCapped(exchange),
      [rule],
    );
    if (capped === undefined) return;
    if (capped.refusal !== null) throw capped.refusal;
    exchange.outputCap = capped.outputTokens ?? exchange.outputCap;
  }

  #plugin(rule: PluginRule, waiter: PassWaiter): void {
    const exchange = this.#exchange;
    const applies = exchange.policies === null ? 'yes' : exchange.policies.applies(rule);
    if (applies === 'no') return;
    if (applies !== 'yes') {
      if (rule.mode === 'shadow') return;
      throw applies;
    }
    if (isSkipped(exchange, rule)) {
      leavePlainStep(exchange, 'change', rule, 'skipped', 'plugin_skipped', { on_failure: 'open' });
      return;
    }
    const loaded = pluginOf(exchange, this.#plugins, rule);
    if (loaded === null) return;
    const plugin = new RequestPlugin(rule, loaded);
    const unseen = opaqueTo(exchange, this.#plugins, loaded);
    if (unseen !== null && loaded.prepared.settings.onOpaque === 'refuse') {
      leavePlainStep(exchange, 'change', rule, 'deny', 'plugin_opaque', { cannot_see: unseen });
      if (plugin.shadow) return;
      throw pluginOpaque(rule.name, unseen);
    }
    this.#plugins.active.push(plugin);
    if (!loaded.wants('on_request')) return;
    this.#running = plugin;
    const scene = new ExchangeScene(exchange, this.#plugins, plugin, 'on_request');
    this.#arrived = runHook(exchange, this.#plugins, plugin, scene, outcome => {
      this.#arrived = outcome;
      waiter.onHookEnded();
    });
  }

  /** False: a hook still runs elsewhere. Else nothing does, and what the last one wanted is done. */
  #settled(): boolean {
    const plugin = this.#running;
    if (plugin === null) return true;
    const outcome = this.#arrived;
    if (outcome === null) return false;
    this.#running = this.#arrived = null;
    this.#settle(plugin, outcome);
    return true;
  }

  #settle(plugin: RequestPlugin, outcome: HookOutcome): void {
    const exchange = this.#exchange;
    const { rule, shadow } = plugin;
    const { outcome: done, changed } = shadow
      ? { outcome, changed: null }
      : settleChange(() => changeable(exchange, this.#plugins), outcome);
    noteOutcome(exchange, plugin, done);
    leaveStep(exchange, plugin, 'on_request', done);
    if (shadow) return;
    if (done.result === 'deny') throw pluginDenied(rule.name, done.denial);
    if (done.result === 'failed' && rule.onFailure === 'closed')
      throw pluginFailed(rule.name, done.failure, done.detail);
    if (done.tags.length > 0) this.#changed = true;
    if (changed === null) return;
    this.#changed = true;
    commitEffects(exchange, this.#plugins, rule.name, done, changed);
  }

  /** What looks at the request is asked again, and what counts it by something that is another now counts it there. */
  #judge(): void {
    this.#changed = false;
    const { policies } = this.#exchange;
    if (policies === null) return;
    const denial = policies.denyAgain();
    if (denial !== null) throw denial;
    const refusal = policies.moveHeld();
    if (refusal === null) return;
    if (!nextTarget(this.#exchange)) throw refusal;
    this.#changed = true;
  }

  #skipRest(): void {
    const { policies } = this.#exchange;
    for (const rule of this.#rules.slice(this.#at)) policies?.skip(rule);
    this.#at = this.#rules.length;
  }
}

/** A module of `plugins_dir` has no entry of its own: it looks at every request. */
function droppedRule({ prepared: { settings } }: { prepared: { settings: DroppedSettings } }): PluginRule {
  const { policy: name, mode, onFailure } = settings;
  return { kind: 'plugin', name, mode, unreadable: 'refuse', when: null, onFailure };
}

type DroppedSettings = RequestPlugin['loaded']['prepared']['settings'];
