// `limit:` and `budget:` of a policy: one unit, its period, and what only makes sense with some units. An option that cannot have an
// effect on this unit is a warning; one that contradicts it is an error.
import type { z } from 'zod';
import { rateUnits } from '../kernel/limits-rate.js';
import type { BudgetPolicy, Dimension, LimitPolicy, PolicyConfig } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { policySchema } from './schema-policies.js';

type PolicyValues = z.output<typeof policySchema>;
type LimitValues = NonNullable<PolicyValues['limit']>;
type BudgetValues = NonNullable<PolicyValues['budget']>;
export type Unit = (typeof LIMIT_UNITS | typeof BUDGET_UNITS)[number];

/** What is written around the section. */
export interface Entry {
  readonly base: Base;
  readonly values: PolicyValues;
  readonly unit: Unit | null;
  readonly by: readonly Dimension[];
  readonly path: Path;
  readonly findings: Findings;
}

type Base = Pick<PolicyConfig, 'name' | 'mode' | 'when' | 'unreadable'>;

const LIMIT_UNITS = ['requests', 'tokens', 'input_tokens', 'output_tokens', 'concurrent'] as const;
const BUDGET_UNITS = ['requests', 'tokens', 'input_tokens', 'output_tokens', 'usd'] as const;
/** Unknown before the answer has ended. */
const METERED: ReadonlySet<string> = new Set(['tokens', 'input_tokens', 'output_tokens', 'usd']);
const CACHEABLE: ReadonlySet<string> = new Set(['tokens', 'input_tokens']);

export function resolveLimit(entry: Entry, section: LimitValues): LimitPolicy | null {
  const { base, values, unit, by, path, findings } = entry;
  const place = [...path, 'limit'];
  const { per, burst } = section;
  if (unit === 'concurrent') {
    const mend = 'does not belong to concurrent, which counts what runs at once; allowed: without it';
    if (per !== undefined) findings.error([...place, 'per'], mend, 'key');
    if (burst !== undefined) findings.error([...place, 'burst'], mend, 'key');
  } else if (per === undefined && unit !== null) {
    findings.error([...place, 'per'], 'is missing; allowed: a span such as 1m');
  }
  const counting = resolveCounting(entry, section, 'limit');
  if (values.unpriced !== undefined) noEffect([...path, 'unpriced'], 'a limit has no prices', findings);
  const amount = unit === null || unit === 'usd' ? undefined : section[unit];
  if (unit === null || unit === 'usd' || amount === undefined) return null;
  const rate =
    unit === 'concurrent' ? { perMs: 0, burst: amount } : { perMs: per ?? 0, burst: burst ?? amount };
  if (rate.perMs > 0) checkRate(amount, rate.perMs, rate.burst, [...place, unit], findings);
  return { ...base, kind: 'limit', unit, amount, ...rate, by, ...counting };
}

/** What the kernel's whole numbers cannot tell is said where it is written, not when a thread starts. */
function checkRate(amount: number, perMs: number, burst: number, place: Path, findings: Findings): void {
  try {
    rateUnits(amount, perMs, burst);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    findings.error(
      place,
      `is out of range (${error.message}); allowed: less in that time, or a smaller burst`,
    );
  }
}

export function resolveBudget(entry: Entry, section: BudgetValues): BudgetPolicy | null {
  const { base, values, unit, by, path, findings } = entry;
  const counting = resolveCounting(entry, section, 'budget');
  const unpriced = oneOf('unpriced', section, values, path, 'budget', findings);
  if (unpriced !== undefined && unit !== null && unit !== 'usd')
    noEffect(placeOf('unpriced', section, path, 'budget'), `${unit} have no prices`, findings);
  const amount = unit === null || unit === 'concurrent' ? undefined : section[unit];
  if (unit === null || unit === 'concurrent' || amount === undefined) return null;
  return {
    ...base,
    kind: 'budget',
    unit,
    amount,
    per: section.per,
    by,
    ...counting,
    unpriced: unpriced ?? 'refuse',
  };
}

/** The unit that is written, whether or not its amount is right; null after a problem. */
export function onlyUnit(
  kind: 'limit' | 'budget',
  section: unknown,
  place: Path,
  findings: Findings,
): Unit | null {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return null;
  const written = new Map(Object.entries(section));
  const units = kind === 'limit' ? LIMIT_UNITS : BUDGET_UNITS;
  const [unit, ...more] = units.filter(known => written.get(known) !== undefined);
  if (unit === undefined) findings.error(place, `has no unit; allowed: one of ${units.join(', ')}`);
  for (const second of more) {
    const mend = 'allowed: one unit, and another policy for the other';
    findings.error([...place, second], `stands beside ${unit}; ${mend}`, 'key');
  }
  return more.length > 0 ? null : (unit ?? null);
}

type Counting = Pick<LimitPolicy, 'cached' | 'hold' | 'overrun' | 'unmetered'>;

function resolveCounting(
  { unit, values, path, findings }: Entry,
  section: LimitValues | BudgetValues,
  kind: 'limit' | 'budget',
): Counting {
  const hold = oneOf('hold', section, values, path, kind, findings);
  const overrun = oneOf('overrun', section, values, path, kind, findings);
  const unmetered = oneOf('unmetered', section, values, path, kind, findings);
  if (unit !== null && !METERED.has(unit)) {
    for (const option of ['hold', 'overrun', 'unmetered'] as const) {
      if ((section[option] ?? values[option]) === undefined) continue;
      noEffect(placeOf(option, section, path, kind), `each request counts as one of ${unit}`, findings);
    }
  }
  const { cached = 1 } = section;
  if (section.cached !== undefined && unit !== null && !CACHEABLE.has(unit)) {
    const why = unit === 'usd' ? 'the price says what cached input costs' : `${unit} count no input`;
    noEffect([...path, kind, 'cached'], why, findings);
  }
  if (values.unreadable !== undefined)
    noEffect([...path, 'unreadable'], `it is asked by deny and cap; a ${kind} has unmetered`, findings);
  return { cached, hold: hold ?? 'likely', overrun: overrun ?? 'finish', unmetered: unmetered ?? 'refuse' };
}

type Option = 'hold' | 'overrun' | 'unmetered' | 'unpriced';

/** Beside `limit:` or `budget:`, or inside: not at both places. */
function oneOf<K extends Option>(
  option: K,
  section: { readonly [P in K]?: PolicyValues[K] },
  values: PolicyValues,
  path: Path,
  kind: string,
  findings: Findings,
): PolicyValues[K] {
  if (section[option] === undefined) return values[option];
  if (values[option] !== undefined)
    findings.error([...path, kind, option], `stands beside ${kind} too; allowed: once`, 'key');
  return section[option];
}

function placeOf(option: Option, section: object, path: Path, kind: string): Path {
  return Object.hasOwn(section, option) ? [...path, kind, option] : [...path, option];
}

function noEffect(place: Path, why: string, findings: Findings): void {
  findings.warning(place, `has no effect here: ${why}`, 'key');
}
