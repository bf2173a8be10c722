// A thread with its own table of limits and clocks that stand still, on which requests run through policies one line at a time.
import type {
  BudgetPolicy,
  CapPolicy,
  DenyPolicy,
  LimitPolicy,
  PolicyConfig,
} from '../../src/config/config.js';
import { type StepEvidence, writtenEvidence } from '../../src/core/entry.js';
import type { WeirError } from '../../src/core/error.js';
import { LimitsKernel } from '../../src/kernel/limits.js';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import type { Forecast, PolicyFacts, Settlement } from '../../src/policy/facts.js';
import { PolicyRun } from '../../src/policy/policy-run.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { RecentOutputs } from '../../src/policy/recent-outputs.js';
import type { OpenStep, PolicyThread } from '../../src/policy/run-context.js';

const BASE = { mode: 'enforce', when: null, unreadable: 'refuse' } as const;
const COUNTING = { by: [], cached: 1, hold: 'likely', overrun: 'finish', unmetered: 'refuse' } as const;

export function limit(over: Partial<LimitPolicy> & Pick<LimitPolicy, 'unit' | 'amount'>): LimitPolicy {
  const perMs = over.unit === 'concurrent' ? 0 : 60_000;
  return { ...BASE, ...COUNTING, kind: 'limit', name: 'l', perMs, burst: over.amount, ...over };
}

export function budget(over: Partial<BudgetPolicy> & Pick<BudgetPolicy, 'unit' | 'amount'>): BudgetPolicy {
  return {
    ...BASE,
    ...COUNTING,
    kind: 'budget',
    name: 'b',
    per: { unit: 'day' },
    unpriced: 'refuse',
    ...over,
  };
}

export function deny(over: Partial<DenyPolicy> = {}): DenyPolicy {
  return { ...BASE, kind: 'deny', name: 'd', status: 403, message: null, ...over };
}

export function cap(over: Partial<CapPolicy> = {}): CapPolicy {
  return { ...BASE, kind: 'cap', name: 'c', inputTokens: null, outputTokens: null, over: 'lower', ...over };
}

export type Facts = { -readonly [K in keyof PolicyFacts]: PolicyFacts[K] };

export function factsOf(over: Partial<Facts> = {}): Facts {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    clientIp: '10.0.0.1',
    header: () => '',
    provider: 'openai',
    api: 'openai.chat',
    model: 'gpt-4o',
    stream: true,
    inputTokens: 100,
    maxOutputTokens: null,
    tools: 0,
    modalities: ['text'],
    consumerName: 'team-a',
    tag: () => '',
    keyName: 'ci',
    endUser: null,
    servedModel: 'gpt-4o',
    ...over,
  };
}

/** Prices: a micro-dollar per input token, two per output token. */
export function forecastOf(over: Partial<Forecast> = {}): Forecast {
  return {
    inputTokens: 100,
    inputBounded: true,
    outputBound: 50,
    modelMaximum: null,
    metered: true,
    worstNanos: (input, output) => 1000 * (input + 2 * output),
    ...over,
  };
}

export function usedOf(
  inputTokens: number,
  outputTokens: number,
  over: Partial<Settlement> = {},
): Settlement {
  const costNanos = 1000 * (inputTokens + 2 * outputTokens);
  return { inputTokens, outputTokens, cachedInputTokens: 0, costNanos, atLeastHeld: false, ...over };
}

export class Noted implements OpenStep {
  readonly phase: string;
  readonly policy: string;
  verdict: OpenStep['verdict'];
  code: string;
  evidence: OpenStep['evidence'];

  constructor(phase: string, policy: string, { verdict, code, evidence }: OpenStep) {
    this.phase = phase;
    this.policy = policy;
    this.verdict = verdict;
    this.code = code;
    this.evidence = evidence;
  }

  /** The evidence as a record shows it. */
  get told(): StepEvidence {
    return writtenEvidence(this);
  }
}

/** One request, with what it left. */
export class Visit {
  readonly steps: Noted[] = [];
  readonly run: PolicyRun;
  readonly facts: Facts;

  constructor(scene: Scene, facts: Partial<Facts>, opaque: boolean) {
    this.facts = factsOf(facts);
    this.run = new PolicyRun(
      scene.set,
      scene.thread,
      this.facts,
      () => opaque,
      (phase, policy, _kind, _mode, verdict, code, evidence) => {
        const step = new Noted(phase, policy, { verdict, code, evidence });
        this.steps.push(step);
        return step;
      },
    );
  }

  /** Both passes that take; a refusal ends the request. */
  enter(forecast: Partial<Forecast> = {}): WeirError | null {
    const refusal = this.run.gate() ?? this.run.hold(forecastOf(forecast));
    if (refusal !== null) this.run.settle(null);
    return refusal;
  }

  /** `policy verdict code`, a line each. */
  get story(): string[] {
    return this.steps.map(({ policy, verdict, code }) => `${policy} ${verdict} ${code}`);
  }
}

export class Scene {
  monotonicMs = 1_000_000;
  wallMs = Date.UTC(2026, 5, 10, 12);
  readonly set: PolicySet;
  readonly thread: PolicyThread;
  readonly limits: LimitsKernel;

  constructor(policies: readonly PolicyConfig[], { timezone = 'UTC', slots = 1024 } = {}) {
    this.set = new PolicySet({ policies, timezone });
    this.limits = LimitsKernel.load(createLimitsTable(slots, [1, 2, 3, 4]));
    this.thread = {
      limits: this.limits,
      recent: new RecentOutputs(),
      sharedMs: () => this.monotonicMs,
      wallMs: () => this.wallMs,
    };
  }

  visit(facts: Partial<Facts> = {}, opaque = false): Visit {
    return new Visit(this, facts, opaque);
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  /** Of all buckets of a policy together: what is used (of rates: not there now), held, and by how many requests. */
  state(name: string): { used: number; held: number; holds: number } {
    const rule = this.set.buckets.find(one => one.name === name);
    if (rule === undefined) throw new Error(`no policy ${name} counts`);
    const sum = { used: 0, held: 0, holds: 0 };
    for (const { policy, slot, level, held, holds } of this.limits.list()) {
      if (policy !== rule.number) continue;
      if (rule.rate !== null) this.limits.look(slot, rule.rate, this.monotonicMs);
      sum.used += (rule.rate === null ? level : rule.capacity - this.limits.available) - held;
      sum.held += held;
      sum.holds += holds;
    }
    return sum;
  }
}
