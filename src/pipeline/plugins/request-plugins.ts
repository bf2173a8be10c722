// What the plugins of one request have left so far: their state, their counts, what they keep in memory. It knows nothing of the request itself.
// Only requests that plugins look at have one.
import { HookNotes } from '../../plugin/hook-notes.js';
import type { LoadedPlugin } from '../../plugin/loaded.js';
import type { PluginSet } from '../../plugin/plugin-set.js';
import type { ConversationView } from '../../plugin/view/conversation-view.js';
import type { PluginRule } from '../../policy/policy-set.js';

/** One plugin that looks at the request. */
export class RequestPlugin extends HookNotes {
  readonly rule: PluginRule;
  readonly loaded: LoadedPlugin;
  /** A hook of it has failed in this request. */
  failed = false;

  constructor(rule: PluginRule, loaded: LoadedPlugin) {
    super();
    this.rule = rule;
    this.loaded = loaded;
  }

  get shadow(): boolean {
    return this.rule.mode === 'shadow';
  }
}

/** The head of the answer that the client is to get. */
export interface AnswerHead {
  readonly status: number;
  /** Flat: name, value, …; edited in place. */
  readonly headers: string[];
}

export class RequestPlugins {
  /** The versions that the request began with. */
  readonly set: PluginSet;
  /** Those that look at the request, in their order. */
  readonly active: RequestPlugin[] = [];
  /** The conversation in `viewOf`. */
  view: ConversationView | null = null;
  viewOf: Buffer | null = null;
  answer: AnswerHead | null = null;
  /** Of the decoded body as it came; null: nobody has changed it. */
  originalBytes: number | null = null;
  /** Bytes of the changed body, counted in `limits.buffered_bytes`. */
  heldBytes = 0;
  #withdraw: (() => void) | null = null;
  #over = false;

  constructor(set: PluginSet) {
    this.set = set;
    set.acquire();
  }

  /** One of them has a hook for the answer. */
  get lookAtAnswers(): boolean {
    for (const { loaded } of this.active)
      if (loaded.wants('on_response') || loaded.wants('on_event')) return true;
    return false;
  }

  /** A hook runs in the compute pool; `withdraw` takes it back. */
  waits(withdraw: () => void): void {
    this.#withdraw = withdraw;
  }

  /** It has come to its end. False: nobody waits for it any more. */
  arrived(): boolean {
    this.#withdraw = null;
    return !this.#over;
  }

  /** Nothing is waited for any more: the answer is over, or nobody wants it. */
  withdraw(): void {
    this.#withdraw?.();
    this.#withdraw = null;
  }

  /** The request is over. */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.withdraw();
    this.set.release();
  }
}
