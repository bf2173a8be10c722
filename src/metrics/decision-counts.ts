// Steps of requests by policy, code, verdict and mode. Hot path: per step of a request.
import type { Step, Verdict } from '../core/entry.js';
import { LabelIndex } from './label-index.js';

/** Policies come from the configuration, codes from Weir and, of plugins, all as plugin_denied; `(other)` and `(none)` included. */
const POLICIES_MAX = 128;
const CODES_MAX = 128;
const VERDICTS: readonly Verdict[] = ['permit', 'deny', 'change', 'skipped', 'failed'];
const MODES = ['enforce', 'shadow'] as const;
const CELLS = CODES_MAX * VERDICTS.length * MODES.length;

export interface DecisionCount {
  readonly labels: Readonly<Record<'policy' | 'code' | 'verdict' | 'mode', string>>;
  readonly count: number;
}

export class DecisionCounts {
  readonly #policies = new LabelIndex(POLICIES_MAX);
  readonly #codes = new LabelIndex(CODES_MAX);
  /** By policy, made when one has decided something: [code][verdict][mode]. */
  readonly #counts: (Float64Array | undefined)[] = [];

  add({ policy, verdict, mode }: Step, code: string): void {
    const of = this.#policies.of(policy);
    let counts = this.#counts[of];
    if (counts === undefined) {
      counts = new Float64Array(CELLS);
      this.#counts[of] = counts;
    }
    const row = this.#codes.of(code) * VERDICTS.length + VERDICTS.indexOf(verdict);
    const at = row * MODES.length + (mode === 'shadow' ? 1 : 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }

  snapshot(): DecisionCount[] {
    const found: DecisionCount[] = [];
    this.#counts.forEach((counts, policy) => {
      counts?.forEach((count, at) => {
        if (count === 0) return;
        const labels = {
          policy: this.#policies.value(policy),
          code: this.#codes.value(Math.floor(at / MODES.length / VERDICTS.length)),
          verdict: VERDICTS[Math.floor(at / MODES.length) % VERDICTS.length] ?? '',
          mode: MODES[at % MODES.length] ?? '',
        };
        found.push({ labels, count });
      });
    });
    return found;
  }
}
