// Which policy blocks what: counted per thread when a request has ended, so that the admin page need not look through records. Hot path: per request.
import type { Entry, Step } from '../core/entry.js';
import { LabelIndex } from './label-index.js';

/** Policies come from the configuration, codes from Weir and, of plugins, all as plugin_denied; `(other)` and `(none)` included. */
const POLICIES_MAX = 128;
const CODES_MAX = 64;

export interface BlockedCount {
  readonly labels: Readonly<Record<'policy' | 'code' | 'mode', string>>;
  readonly count: number;
}

export function isShadowDenial({ mode, verdict }: Step): boolean {
  return mode === 'shadow' && verdict === 'deny';
}

export class BlockedCounts {
  readonly #policies = new LabelIndex(POLICIES_MAX);
  readonly #codes = new LabelIndex(CODES_MAX);
  /** [mode][policy][code] */
  readonly #counts = new Float64Array(2 * POLICIES_MAX * CODES_MAX);

  /** A request that was blocked, once: by the last policy that stood in its way, by none where Weir itself refused it (an unknown key, no route). */
  ended({ steps, error }: Entry): void {
    let policy: string | null = null;
    for (const step of steps) {
      const inTheWay = step.verdict === 'deny' || step.verdict === 'failed';
      if (inTheWay && step.mode === 'enforce' && step.policy !== null) policy = step.policy;
    }
    this.#add(0, policy, error?.code ?? null);
  }

  /** A shadow policy that would have blocked. Where a request was looked at again, because a plugin had changed it, its last verdict counts. */
  wouldHave(steps: readonly Step[], step: Step, code: string): void {
    for (let i = steps.length - 1; i >= 0; i--) {
      const later = steps[i];
      if (later === step) break;
      if (later !== undefined && isShadowDenial(later) && later.policy === step.policy) return;
    }
    this.#add(1, step.policy, code);
  }

  #add(mode: 0 | 1, policy: string | null, code: string | null): void {
    const at = (mode * POLICIES_MAX + this.#policies.of(policy)) * CODES_MAX + this.#codes.of(code);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  snapshot(): BlockedCount[] {
    const found: BlockedCount[] = [];
    this.#counts.forEach((count, at) => {
      if (count === 0) return;
      const policy = this.#policies.value(Math.floor(at / CODES_MAX) % POLICIES_MAX);
      const mode = at < POLICIES_MAX * CODES_MAX ? 'enforce' : 'shadow';
      found.push({ labels: { policy, code: this.#codes.value(at % CODES_MAX), mode }, count });
    });
    return found;
  }
}
