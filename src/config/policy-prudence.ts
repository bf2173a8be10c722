// Warnings about policies that are valid: what can never pass, what never applies, and how far a budget can be exceeded.
import { COUNTERS_DEFAULT, COUNTERS_MAX, DEADLINE_MS_DEFAULT } from '../core/plugin-bounds.js';
import { catalogueName } from '../price/names.js';
import { compileWhen } from '../when/when.js';
import type { BudgetPolicy, Config, LimitPolicy, PluginPolicy, PolicyConfig } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';

/** The smallest prompt there is: one word and what surrounds a message. */
const PROMPT_TOKENS_MIN = 8;

export function checkPolicies(config: Config, findings: Findings): void {
  config.policies.forEach((policy, i) => {
    const path = ['policies', i];
    checkReach(policy, path, findings);
    if (policy.kind === 'limit' || policy.kind === 'budget') checkSize(policy, path, findings);
    if (policy.kind === 'budget') checkExcess(policy, path, findings);
    if (policy.kind === 'plugin') checkPlugin(policy, [...path, 'plugin'], findings);
    if (policy.kind === 'cap' && policy.inputTokens !== null && policy.inputTokens < PROMPT_TOKENS_MIN)
      findings.warning([...path, 'cap', 'input_tokens'], 'is less than any request has: all are refused');
  });
  checkUnpriced(config, findings);
  checkCounters(config, findings);
}

/** Whether it applies to all requests, or to none. */
function checkReach(policy: PolicyConfig, path: Path, findings: Findings): void {
  const compiled = policy.when === null ? null : compileWhen(policy.when);
  const constant = compiled?.ok ? compiled.when.constant : policy.when === null ? 'true' : null;
  if (constant === 'false') findings.warning([...path, 'when'], 'is always false: this policy never applies');
  else if (constant === 'error')
    findings.warning([...path, 'when'], 'always fails, which counts as true: this policy always applies');
  if (policy.kind !== 'deny' || policy.mode === 'shadow' || constant !== 'true') return;
  findings.warning([...path, 'deny'], 'refuses every request: nothing passes this policy', 'key');
}

function checkSize(policy: LimitPolicy | BudgetPolicy, path: Path, findings: Findings): void {
  if (policy.unit !== 'tokens' && policy.unit !== 'input_tokens') return;
  const capacity = policy.kind === 'limit' ? policy.burst : policy.amount;
  if (capacity >= PROMPT_TOKENS_MIN || policy.mode === 'shadow') return;
  const option = policy.kind === 'limit' && policy.burst !== policy.amount ? 'burst' : policy.unit;
  findings.warning(
    [...path, policy.kind, option],
    `is ${capacity}, less than any request has: all are answered 413 weir_limit_too_small`,
  );
}

/** Settings that can have no effect, and the one that takes a promise back. */
function checkPlugin({ settings }: PluginPolicy, path: Path, findings: Findings): void {
  const { grants, tables, countersMax, run, deadlineMs, reset } = settings;
  const noEffect = (key: string, why: string): void =>
    findings.warning([...path, key], `has no effect: ${why}`, 'key');
  const hasTables = Object.keys(tables).length > 0;
  if (hasTables && !grants.includes('lookup')) noEffect('tables', 'grant has no lookup');
  if (!hasTables && grants.includes('lookup'))
    findings.warning([...path, 'grant'], 'has lookup, but there are no tables to look up', 'key');
  if (countersMax !== COUNTERS_DEFAULT && !grants.includes('counters'))
    noEffect('counters', 'grant has no counters');
  if (run === 'inline' && deadlineMs !== DEADLINE_MS_DEFAULT)
    noEffect('deadline', 'run is inline, where fuel is the only bound');
  if (reset === 'never')
    findings.warning(
      [...path, 'reset'],
      'is never: what a request leaves in the memory of the module, later requests may see',
    );
}

/** Contract: a budget's `weir check` says by how much it can be exceeded. */
function checkExcess(policy: BudgetPolicy, path: Path, findings: Findings): void {
  if (policy.hold === 'worst' || policy.unit === 'requests' || policy.unit === 'input_tokens') return;
  const excess =
    policy.overrun === 'stop'
      ? 'by one event per running stream (overrun: stop), and by the rest of an answer that is not a stream'
      : 'by the rest of the answers that run when it is used up (overrun: finish)';
  findings.warning(
    [...path, 'budget'],
    `can be exceeded ${excess}, as hold is likely; hold: worst never exceeds it`,
    'key',
  );
}

/** One table has all counters: beyond its room keys are refused before a policy's own bound is reached. */
function checkCounters({ policies }: Config, findings: Findings): void {
  let sum = 0;
  policies.forEach((policy, i) => {
    if (policy.kind !== 'plugin' || !policy.settings.grants.includes('counters')) return;
    sum += policy.settings.countersMax;
    if (sum <= COUNTERS_MAX || sum - policy.settings.countersMax > COUNTERS_MAX) return;
    const place = ['policies', i, 'plugin', 'counters'];
    findings.warning(place, `and those before it are ${sum}; there is room for ${COUNTERS_MAX} in all`);
  });
}

function checkUnpriced(config: Config, findings: Findings): void {
  const unpriced = config.providers.filter(({ kind }) => catalogueName(kind, 'a') === null);
  if (unpriced.length === 0 || config.prices.length > 0) return;
  config.policies.forEach((policy, i) => {
    if (policy.kind !== 'budget' || policy.unit !== 'usd' || policy.unpriced !== 'refuse') return;
    const names = unpriced.map(({ name }) => name).join(', ');
    findings.warning(
      ['policies', i, 'budget', 'usd'],
      `has no price for models of ${names}: they are refused (weir_unpriced); set prices: or unpriced:`,
    );
  });
}
