// `policies:` entries → PolicyConfig, in the order of the file; and what makes two policies the same across a reload.
import assert from 'node:assert';
import type { z } from 'zod';
import { compileWhen } from '../when/when.js';
import type { BudgetPolicy, Dimension, LimitPolicy, PolicyConfig } from './config.js';
import { dimensionText, resolveDimensions } from './dimensions.js';
import type { Findings } from './findings.js';
import { checkPluginLists, type FileChecks, resolvePlugin } from './plugins.js';
import { type Entry, onlyUnit, resolveBudget, resolveLimit } from './policy-counters.js';
import type { Path } from './problem.js';
import { listShape } from './schema.js';
import { policySchema } from './schema-policies.js';

const KINDS = ['deny', 'limit', 'budget', 'cap', 'plugin'] as const;
type Kind = (typeof KINDS)[number];
type PolicyValues = z.output<typeof policySchema>;

export function resolvePolicies(
  raw: unknown,
  knownTags: ReadonlySet<string>,
  findings: Findings,
  files: FileChecks,
): PolicyConfig[] {
  if (raw !== undefined && !Array.isArray(raw)) {
    findings.parse(listShape.policies, raw, ['policies']);
    return [];
  }
  const policies: PolicyConfig[] = [];
  const names = new Set<unknown>();
  for (const [i, written] of (raw ?? []).entries()) {
    const path = ['policies', i];
    const entry = filled(written);
    const values = findings.parse(policySchema, entry, path);
    // Judged by what is written, so that one mistake hides no other.
    const name = fieldOf(entry, 'name');
    if (typeof name === 'string' && names.has(name))
      findings.refuse([...path, 'name'], name, 'each name once', 'it stands here a second time;');
    names.add(name);
    const kind = kindOf(entry, path, findings);
    checkWhen(fieldOf(entry, 'when'), [...path, 'when'], findings);
    const section = kind === null ? undefined : fieldOf(entry, kind);
    const by = resolveBy(section, [...path, kind ?? '', 'by'], knownTags, findings);
    const counts = kind === 'limit' || kind === 'budget';
    const unit = counts ? onlyUnit(kind, section, [...path, kind], findings) : null;
    if (kind === 'plugin') checkPluginLists(section, [...path, kind], findings);
    if (values === undefined || kind === null) continue;
    const policy = resolvePolicy(values, kind, { unit, by, path, findings }, files);
    if (policy !== null) policies.push(policy);
  }
  // A policy that is not enforced must not look as if it were.
  assert(findings.failed || policies.length === (raw ?? []).length, 'a policy was left out without a word');
  return policies;
}

/**
 * What a limit's or budget's buckets belong to: its name, kind, unit, period and dimensions (in their order). A reload that changes only
 * other things (the amount, burst, when, mode, hold, cached, …) keeps what was counted; a change of one of these begins anew at zero.
 */
export function policyIdentity(policy: LimitPolicy | BudgetPolicy): string {
  const per = policy.kind === 'limit' ? `${policy.perMs}ms` : periodText(policy.per);
  return `${policy.kind} ${policy.name} ${policy.unit} ${per} ${policy.by.map(dimensionText).join(',')}`;
}

/** `month`, `30d`: as in the file. */
export function periodText(per: BudgetPolicy['per']): string {
  return per.unit === 'days' ? `${per.days}d` : per.unit;
}

/** `deny:` with nothing after it is all defaults; `limit:` so is one without a unit, not none. */
function filled(entry: unknown): unknown {
  const empty = KINDS.filter(kind => hasField(entry, kind) && fieldOf(entry, kind) === undefined);
  if (empty.length === 0) return entry;
  return { ...(entry as object), ...Object.fromEntries(empty.map(kind => [kind, {}])) };
}

function kindOf(entry: unknown, path: Path, findings: Findings): Kind | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return null;
  const given = KINDS.filter(kind => hasField(entry, kind));
  const [kind, second] = given;
  if (kind === undefined) {
    findings.error(path, `has no rule; allowed: one of ${KINDS.join(', ')}`);
    return null;
  }
  if (second === undefined) return kind;
  findings.error([...path, second], `stands beside ${kind}; allowed: one rule in a policy`, 'key');
  return null;
}

function checkWhen(source: unknown, path: Path, findings: Findings): void {
  if (typeof source !== 'string') return;
  const compiled = compileWhen(source);
  if (compiled.ok) {
    for (const { message, offset } of compiled.warnings) findings.inText('warning', path, offset, message);
    return;
  }
  for (const { message, offset } of compiled.problems) findings.inText('error', path, offset, message);
}

function resolveBy(
  section: unknown,
  path: Path,
  knownTags: ReadonlySet<string>,
  findings: Findings,
): readonly Dimension[] {
  const by = fieldOf(section, 'by');
  return Array.isArray(by) ? resolveDimensions(by, path, knownTags, findings) : [];
}

function resolvePolicy(
  values: PolicyValues,
  kind: Kind,
  around: Pick<Entry, 'unit' | 'by' | 'path' | 'findings'>,
  files: FileChecks,
): PolicyConfig | null {
  const { name, mode, deny, limit, budget, cap, plugin } = values;
  const { path, findings } = around;
  const base = { name, mode, when: values.when ?? null, unreadable: values.unreadable ?? 'refuse' } as const;
  const entry: Entry = { ...around, base, values };
  if (kind === 'limit' && limit !== undefined) return resolveLimit(entry, limit);
  if (kind === 'budget' && budget !== undefined) return resolveBudget(entry, budget);
  for (const option of ['hold', 'overrun', 'unmetered', 'unpriced'] as const) {
    if (values[option] === undefined) continue;
    findings.error([...path, option], `does not belong to ${kind}; allowed: for limit and budget`, 'key');
  }
  if (kind === 'deny' && deny !== undefined) {
    if ((deny.message?.length ?? 0) > 1024)
      findings.error([...path, 'deny', 'message'], 'has more than 1,024 characters; allowed: up to that');
    return { ...base, kind, status: deny.status, message: deny.message ?? null };
  }
  if (kind === 'plugin' && plugin !== undefined)
    return resolvePlugin(base, plugin, [...path, kind], findings, files);
  if (kind !== 'cap' || cap === undefined) return null;
  const { input_tokens: inputTokens = null, output_tokens: outputTokens = null, over } = cap;
  if (inputTokens === null && outputTokens === null)
    findings.error([...path, 'cap'], 'has no bound; allowed: input_tokens, output_tokens or both');
  else if (over === 'lower' && outputTokens === null)
    findings.warning([...path, 'cap', 'over'], 'is lower, but input cannot be lowered: it is refused');
  return { ...base, kind, inputTokens, outputTokens, over };
}

function hasField(entry: unknown, key: string): boolean {
  return typeof entry === 'object' && entry !== null && Object.hasOwn(entry, key);
}

function fieldOf(entry: unknown, key: string): unknown {
  return hasField(entry, key) ? (entry as Record<string, unknown>)[key] : undefined;
}
