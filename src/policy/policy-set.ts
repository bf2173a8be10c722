// The configured policies, compiled for one thread: three lists in the order of the file, one for each pass (CONTRACT.md §3).
import type { CapPolicy, Config, DenyPolicy, PluginPolicy } from '../config/config.js';
import type { When } from '../when/facts.js';
import { compileWhen } from '../when/when.js';
import { BucketRule } from './bucket-rule.js';

export interface DenyRule {
  readonly kind: 'deny';
  readonly name: string;
  readonly mode: 'enforce' | 'shadow';
  readonly unreadable: 'refuse' | 'pass';
  readonly when: When | null;
  readonly status: number;
  readonly message: string | null;
}

export interface CapRule {
  readonly kind: 'cap';
  readonly name: string;
  readonly mode: 'enforce' | 'shadow';
  readonly unreadable: 'refuse' | 'pass';
  readonly when: When | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly over: 'lower' | 'refuse';
}

/** A plugin's policy: what the sandbox runs for it, the pipeline knows. */
export interface PluginRule {
  readonly kind: 'plugin';
  readonly name: string;
  readonly mode: 'enforce' | 'shadow';
  readonly unreadable: 'refuse' | 'pass';
  readonly when: When | null;
  readonly onFailure: 'closed' | 'open';
}

export type Rule = DenyRule | CapRule | PluginRule | BucketRule;

export class PolicySet {
  /** `deny`, and limits on requests and on concurrency. */
  readonly gate: readonly (DenyRule | BucketRule)[];
  /** Plugins and caps, each seeing what the one before left. */
  readonly change: readonly (CapRule | PluginRule)[];
  /** The caps among them. */
  readonly caps: readonly CapRule[];
  readonly hasPlugins: boolean;
  /** Limits on tokens, and all budgets. */
  readonly hold: readonly BucketRule[];
  readonly buckets: readonly BucketRule[];
  /** An expression or a cap asks for the prompt's tokens before the hold pass. */
  readonly needsCountEarly: boolean;

  constructor({ policies, timezone }: Pick<Config, 'policies' | 'timezone'>) {
    const gate: (DenyRule | BucketRule)[] = [];
    const change: (CapRule | PluginRule)[] = [];
    const hold: BucketRule[] = [];
    for (const policy of policies) {
      const when = compiled(policy.when);
      if (policy.kind === 'deny') gate.push(denyRule(policy, when));
      else if (policy.kind === 'cap') change.push(capRule(policy, when));
      else if (policy.kind === 'plugin') change.push(pluginRule(policy, when));
      else {
        const rule = new BucketRule(policy, when, timezone);
        const atGate = rule.kind === 'limit' && (rule.unit === 'requests' || rule.unit === 'concurrent');
        (atGate ? gate : hold).push(rule);
      }
    }
    this.gate = gate;
    this.change = change;
    this.caps = change.filter(rule => rule.kind === 'cap');
    this.hasPlugins = change.length > this.caps.length;
    this.hold = hold;
    this.buckets = [...gate.filter(rule => rule instanceof BucketRule), ...hold];
    this.needsCountEarly =
      [...gate, ...this.caps].some(({ when }) => when?.usesTokens === true) ||
      this.caps.some(({ inputTokens }) => inputTokens !== null);
  }

  get isEmpty(): boolean {
    return this.gate.length + this.change.length + this.hold.length === 0;
  }
}

/** The configuration has checked the expression already. */
function compiled(source: string | null): When | null {
  if (source === null) return null;
  const result = compileWhen(source);
  if (!result.ok) throw new Error(`when: ${source}: ${result.problems[0]?.message ?? 'not valid'}`);
  return result.when;
}

function denyRule({ name, mode, unreadable, status, message }: DenyPolicy, when: When | null): DenyRule {
  return { kind: 'deny', name, mode, unreadable, when, status, message };
}

function capRule(policy: CapPolicy, when: When | null): CapRule {
  const { name, mode, unreadable, inputTokens, outputTokens, over } = policy;
  return { kind: 'cap', name, mode, unreadable, when, inputTokens, outputTokens, over };
}

function pluginRule({ name, mode, unreadable, settings }: PluginPolicy, when: When | null): PluginRule {
  return { kind: 'plugin', name, mode, unreadable, when, onFailure: settings.onFailure };
}
