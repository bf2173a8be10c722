// One plugin's on_event among the stages that an answer's texts go through (CONTRACT.md §5.6). Hot path: per piece of text.

import { WeirError } from '../../core/error.js';
import type { EventStage, Piece, PieceVerdict } from '../../plugin/answer/event-stage.js';
import type { HeldPlace, HookFailure, HookOutcome } from '../../plugin/hook.js';
import { EventTally } from '../../plugin/hook-notes.js';
import type { Exchange } from '../exchange.js';
import { ExchangeScene } from './exchange-scene.js';
import { pluginDenied, pluginFailed } from './plugin-errors.js';
import type { RequestPlugin, RequestPlugins } from './request-plugins.js';
import { noteOutcome, runHook } from './run-hook.js';

const PASS: PieceVerdict = Object.freeze({ result: 'pass', text: null, append: null });
const END: PieceVerdict = Object.freeze({ result: 'end', text: null, append: null });

export class AnswerStage implements EventStage {
  readonly plugin: RequestPlugin;
  readonly tally = new EventTally();
  readonly #exchange: Exchange;
  readonly #plugins: RequestPlugins;
  readonly #refuse: (reason: WeirError) => void;
  /** Waits for the hook that runs elsewhere. */
  #resolve: ((verdict: PieceVerdict) => void) | null = null;
  /** Where a shadow would hold text back: nothing is held for it. */
  readonly #shadowHeld: HeldPlace[] = [];
  #kind: Piece['kind'] = 'end';
  #choice = 0;

  /** `refuse` is told why the answer ends here; the stage's verdict is `end` then. */
  constructor(
    exchange: Exchange,
    plugins: RequestPlugins,
    plugin: RequestPlugin,
    refuse: (reason: WeirError) => void,
  ) {
    this.plugin = plugin;
    plugin.events = this.tally;
    this.#exchange = exchange;
    this.#plugins = plugins;
    this.#refuse = refuse;
  }

  onPiece(piece: Piece, held: readonly HeldPlace[]): PieceVerdict | Promise<PieceVerdict> {
    const { plugin } = this;
    if (plugin.bypassed) return PASS;
    this.#kind = piece.kind;
    this.#choice = piece.choice;
    const places = plugin.shadow ? this.#shadowHeld : held;
    const scene = new ExchangeScene(this.#exchange, this.#plugins, plugin, 'on_event', piece, places);
    const outcome = runHook(this.#exchange, this.#plugins, plugin, scene, this.#arrived);
    if (outcome !== null) return this.#verdict(outcome);
    return new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  /** The pipe itself had to give up on what this stage holds back. */
  fail(failure: HookFailure, detail: string): void {
    const { plugin, tally } = this;
    tally.failure = failure;
    tally.detail = detail;
    plugin.bypassed = true;
    // A verdict that is waited for is nobody's any more.
    if (this.#resolve !== null) this.#plugins.withdraw();
    this.#resolve = null;
    const { name, onFailure } = plugin.rule;
    if (!plugin.shadow && onFailure === 'closed') this.#refuse(pluginFailed(name, failure, detail));
  }

  readonly #arrived = (outcome: HookOutcome): void => {
    const resolve = this.#resolve;
    this.#resolve = null;
    try {
      resolve?.(this.#verdict(outcome));
    } catch (cause) {
      this.#refuse(new WeirError('weir_internal', 'Weir failed inside while it took a verdict', { cause }));
    }
  };

  #verdict(outcome: HookOutcome): PieceVerdict {
    const { plugin } = this;
    noteOutcome(this.#exchange, plugin, outcome);
    this.tally.count(outcome, plugin.evidenceCount);
    if (outcome.result === 'failed') {
      this.fail(outcome.failure ?? 'trap', outcome.detail ?? 'no reason is known');
      return plugin.shadow || plugin.rule.onFailure === 'open' ? PASS : END;
    }
    if (outcome.result === 'deny') {
      this.tally.denied = outcome.denial?.code ?? 'plugin_denied';
      plugin.bypassed = true;
      if (plugin.shadow) return PASS;
      this.#refuse(pluginDenied(plugin.rule.name, outcome.denial));
      return END;
    }
    const holds = outcome.result === 'hold';
    if (plugin.shadow) {
      this.#holdInShadow(holds);
      return PASS;
    }
    return { result: holds ? 'hold' : 'pass', text: outcome.eventText, append: outcome.heldAppend };
  }

  #holdInShadow(holds: boolean): void {
    const held = this.#shadowHeld;
    if (!holds) {
      held.length = 0;
      return;
    }
    const [kind, choice] = [this.#kind, this.#choice];
    if (!held.some(place => place.kind === kind && place.choice === choice)) held.push({ kind, choice });
  }
}
