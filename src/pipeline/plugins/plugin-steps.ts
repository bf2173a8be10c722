// The steps that plugins leave in the record: who ran, on what hook, with how much fuel, and what it did; beside that, what the guest itself said.
import {
  LateEvidence,
  type PairSink,
  type Phase,
  type StepEvidence,
  type Verdict,
} from '../../core/entry.js';
import type { HookName } from '../../plugin/abi.js';
import type { HookOutcome } from '../../plugin/hook.js';
import type { EventTally } from '../../plugin/hook-notes.js';
import type { PreparedPlugin } from '../../plugin/prepared.js';
import type { PluginRule } from '../../policy/policy-set.js';
import type { Exchange } from '../exchange.js';
import type { RequestPlugin } from './request-plugins.js';

/** Kept as little as it needs, and put together when somebody asks. Never the plugin itself: records outlive versions. */
class PluginEvidence extends LateEvidence {
  readonly #name: string;
  readonly #version: string | null;
  readonly #sha256: string;
  readonly #hook: HookName;
  readonly #unreset: boolean;
  readonly #own: Iterable<readonly [string, string | number]>;
  readonly #facts: StepEvidence;

  constructor(
    { facts, settings }: PreparedPlugin,
    hook: HookName,
    own: Iterable<readonly [string, string | number]>,
    numbers: StepEvidence,
  ) {
    super();
    this.#name = facts.name;
    this.#version = facts.version;
    this.#sha256 = facts.sha256;
    this.#unreset = settings.reset === 'never';
    this.#hook = hook;
    this.#own = own;
    this.#facts = numbers;
  }

  written(): StepEvidence {
    const pairs: [string, StepEvidence[string]][] = [];
    this.tellPairs({ pair: (key, value) => pairs.push([key, value]) });
    // Not by assignment: `__proto__` is a key like any other.
    return Object.fromEntries(pairs);
  }

  override tellPairs(sink: PairSink): void {
    for (const [key, value] of this.#own) sink.pair(key, value);
    sink.pair('plugin', this.#name);
    sink.pair('version', this.#version);
    sink.pair('sha256', this.#sha256);
    sink.pair('hook', this.#hook);
    if (this.#unreset) sink.pair('reset', 'never');
    for (const key in this.#facts) sink.pair(key, this.#facts[key] ?? null);
  }
}

const PHASES: Readonly<Record<HookName, Phase>> = {
  on_request: 'change',
  on_response: 'forward',
  on_event: 'forward',
  on_end: 'settle',
};

/** One call of a hook. */
export function leaveStep(
  exchange: Exchange,
  { rule, loaded }: RequestPlugin,
  hook: HookName,
  outcome: HookOutcome,
): void {
  const changes = changesOf(outcome);
  const [verdict, code] = verdictOf(outcome, changes);
  const numbers: Record<string, StepEvidence[string]> = { fuel: outcome.fuel };
  if (changes !== null) Object.assign(numbers, changes);
  if (outcome.failure !== null) numbers.failure = outcome.failure;
  if (outcome.detail !== null) numbers.detail = outcome.detail;
  if (outcome.isolated) numbers.isolated = true;
  // Said without the result that enforces it: it only stands here.
  if (verdict !== 'deny' && outcome.denial !== null) numbers.said = outcome.denial.code ?? 'plugin_denied';
  const evidence = new PluginEvidence(loaded.prepared, hook, outcome.evidence, numbers);
  exchange.policyStep(PHASES[hook], rule.name, 'plugin', rule.mode, verdict, code, evidence);
}

function verdictOf(outcome: HookOutcome, changes: StepEvidence | null): [Verdict, string] {
  if (outcome.result === 'failed') return ['failed', 'plugin_failed'];
  if (outcome.result === 'deny') return ['deny', outcome.denial?.code ?? 'plugin_denied'];
  return changes !== null ? ['change', 'plugin_changed'] : ['permit', 'plugin_ok'];
}

/** null: nothing. */
function changesOf(outcome: HookOutcome): StepEvidence | null {
  if (outcome.result !== 'go_on') return null;
  const { messages, headers, body, model, target, tags } = outcome;
  const changes: Record<string, StepEvidence[string]> = {};
  if (messages !== null && messages.size > 0) changes.changed_messages = messages.size;
  if (body !== null) changes.changed_body = true;
  if (model !== null) changes.changed_model = model;
  if (target !== null) changes.changed_target = target;
  if (headers !== null && headers.length > 0) changes.changed_headers = headers.length;
  if (tags.length > 0) changes.changed_tags = tags.map(([key]) => key).join(', ');
  for (const _ in changes) return changes;
  return null;
}

/** All of an answer's events. */
export function leaveEventStep(exchange: Exchange, { rule, loaded }: RequestPlugin, tally: EventTally): void {
  const { events, changed, held, fuel, isolated, failure, detail, denied } = tally;
  const numbers: Record<string, string | number | boolean> = { fuel, events, changed, held };
  if (failure !== null) numbers.failure = failure;
  if (detail !== null) numbers.detail = detail;
  if (isolated > 0) numbers.isolated = true;
  const [verdict, code]: [Verdict, string] =
    failure !== null
      ? ['failed', 'plugin_failed']
      : denied !== null
        ? ['deny', denied]
        : changed > 0
          ? ['change', 'plugin_changed']
          : ['permit', 'plugin_ok'];
  const evidence = new PluginEvidence(loaded.prepared, 'on_event', tally.evidence, numbers);
  exchange.policyStep('forward', rule.name, 'plugin', rule.mode, verdict, code, evidence);
}

/** The plugin did not run at all. */
export function leavePlainStep(
  exchange: Exchange,
  phase: Phase,
  rule: PluginRule,
  verdict: Verdict,
  code: string,
  evidence: StepEvidence,
): void {
  exchange.policyStep(phase, rule.name, 'plugin', rule.mode, verdict, code, evidence);
}
