// What a policy said of a request, as a sentence with its numbers: what was asked, what was left, whose it is, when to come back.
import type { RequestRecord } from '../core/record.js';
import { type AmountUnit, amount, amountLeft, outputAmount, unitOf } from './amounts.js';
import { count, quoted, span } from './words.js';

type StepRecord = RequestRecord['steps'][number];
type Facts = StepRecord['evidence'];

const KINDS: ReadonlySet<StepRecord['kind']> = new Set(['limit', 'budget', 'cap', 'deny', 'plugin']);

/** Null where it is no step of a policy, or its code or numbers are not known here. */
export function policyStep(step: StepRecord): string | null {
  const { policy, kind, code, evidence, mode } = step;
  if (policy === null || !KINDS.has(kind) || !Object.hasOwn(SAID, code)) return null;
  const said = SAID[code]?.(step, step.mode === 'shadow') ?? null;
  if (said === null) return null;
  const whose = typeof evidence.by === 'string' && evidence.by !== '' ? `${quoted(evidence.by)}; ` : '';
  const shadow = mode === 'shadow' ? ' in shadow mode' : '';
  return `Policy ${quoted(policy)}${shadow} ${said} (${whose}${code}).`;
}

/** What it said, from the verb on; null where a number that it needs is missing. */
const SAID: Readonly<Record<string, (step: StepRecord, shadow: boolean) => string | null>> = {
  limit_ok: passed,
  budget_ok: passed,
  limit_reached: refused,
  budget_reached: refused,
  moved: ({ evidence }) => told('counts it for its new target now', bucketText(evidence)),
  table_full: (_, shadow) => `${refusedIt(shadow)}: the table of limits is full, it could not be counted`,
  limit_too_small: tooLarge,
  unmetered: ({ verdict }, shadow) =>
    verdict === 'deny'
      ? `${refusedIt(shadow)}: it can neither be counted nor bounded before it is sent`
      : 'could neither count nor bound it before it was sent, and lets such requests pass',
  unpriced: ({ verdict }, shadow) =>
    verdict === 'deny'
      ? `${refusedIt(shadow)}: it counts dollars, and no price is known for the model`
      : 'knows no price for the model, and lets such requests pass',
  not_metered: () => 'had nothing to count: such a request uses none of what it limits',
  not_matched: () => 'did not apply: its condition is false',
  when_error: ({ evidence: { reason } }) =>
    `could not tell whether it applies${typeof reason === 'string' ? `, ${quoted(reason)}` : ''}: that counts as yes`,
  unreadable: ({ verdict }, shadow) => UNREADABLE[verdict]?.(shadow) ?? null,
  earlier_denial: () => 'was not asked: one before it had refused',
  denied: ({ evidence: { status } }, shadow) =>
    `${refusedIt(shadow)}${typeof status === 'number' ? ` with status ${status}` : ''}`,
  cap_ok: ({ evidence }, shadow) => told(passedIt(shadow), capText(evidence)),
  cap_lowered: lowered,
  cap_exceeded: exceeded,
  overrun,
  settled: ({ evidence }) => {
    const unit = unitOf(evidence);
    const charged = amount(evidence.charged, unit);
    const held = amount(evidence.held, unit);
    return charged === null || held === null ? null : `charged ${charged}; ${held} had been held`;
  },
};

const UNREADABLE: Readonly<Partial<Record<StepRecord['verdict'], (shadow: boolean) => string>>> = {
  deny: shadow => `${refusedIt(shadow)}: it asks for what the body says, and that could not be read`,
  skipped: () => 'was passed over: it asks for what the body says, and that could not be read',
  failed: () => 'could not tell whether it applies, as the body could not be read: that counts as yes',
};

const passedIt = (shadow: boolean): string => (shadow ? 'would have let it pass' : 'let it pass');
const refusedIt = (shadow: boolean): string => (shadow ? 'would have refused it' : 'refused it');
const told = (what: string, numbers: string | null): string =>
  numbers === null ? what : `${what}: ${numbers}`;

function passed({ kind, evidence }: StepRecord, shadow: boolean): string | null {
  const numbers = bucketText(evidence);
  if (numbers === null) return null;
  const anew = kind === 'budget' ? comeBack(kind, evidence) : '';
  return `${passedIt(shadow)}: ${numbers}${anew}`;
}

function refused({ kind, phase, evidence }: StepRecord, shadow: boolean): string | null {
  const numbers = bucketText(evidence);
  if (numbers === null) return null;
  const what = phase === 'route' ? refusedIt(shadow).replace(/it$/, 'the new target') : refusedIt(shadow);
  return `${what}: ${numbers}${comeBack(kind, evidence)}`;
}

function comeBack(kind: StepRecord['kind'], evidence: Facts): string {
  if (unitOf(evidence) === 'concurrent') return '; one that runs has to end first';
  const wait = evidence.reset_ms;
  if (typeof wait !== 'number' || wait <= 0) return '';
  return kind === 'budget' ? `; it begins anew in ${span(wait)}` : `; it would pass in ${span(wait)}`;
}

/** `800 tokens asked, 93,680 of 100,000 left, 1,200 held by running requests`. */
function bucketText(evidence: Facts): string | null {
  const unit = unitOf(evidence);
  const asked = amount(evidence.asked, unit);
  const left = amountLeft(evidence.available, unit);
  const limit = amount(evidence.limit, unit, false);
  if (asked === null || left === null || limit === null) return null;
  const held = Number(evidence.held) > 0 ? amount(evidence.held, unit, false) : null;
  const owed = Number(evidence.available) < 0 ? ', as more was used than it allows' : '';
  return `${asked} asked, ${left} of ${limit} left${owed}${held === null ? '' : `, ${held} held by running requests`}`;
}

function tooLarge({ evidence }: StepRecord, shadow: boolean): string | null {
  const unit = unitOf(evidence);
  const [asked, limit] = [amount(evidence.asked, unit), amount(evidence.limit, unit, false)];
  if (asked === null || limit === null) return null;
  return `${refusedIt(shadow)}: it alone needs ${asked}, and there are never more than ${limit}`;
}

const OUTPUT: AmountUnit = 'output_tokens';

/** `its prompt has 1,200 tokens, up to 4,096 output tokens asked, 4,096 allowed`; what is not known is left out. */
function capText({ input_tokens: input, output_tokens: output, limit }: Facts): string | null {
  const prompt = typeof input === 'number' ? [`its prompt has ${count(input)} tokens`] : [];
  const bound =
    typeof limit === 'number' ? [`${outputAmount(output)} asked, at most ${count(limit)} allowed`] : [];
  const parts = [...prompt, ...bound];
  return parts.length === 0 ? null : parts.join(', ');
}

function lowered({ evidence: { output_tokens: output, limit } }: StepRecord, shadow: boolean): string | null {
  const to = amount(limit, OUTPUT);
  if (to === null) return null;
  const did = shadow ? 'would have' : '';
  return typeof output === 'number'
    ? `${did === '' ? 'lowered' : `${did} lowered`} what it asks for from ${count(output)} to ${to}`
    : `${did === '' ? 'bounded' : `${did} bounded`} it to ${to}; it had set no bound`;
}

function exceeded({ evidence }: StepRecord, shadow: boolean): string | null {
  const { input_tokens: input, output_tokens: output, limit } = evidence;
  if (typeof limit !== 'number') return null;
  const allowed = `at most ${count(limit)} are allowed`;
  if ('output_tokens' in evidence) return `${refusedIt(shadow)}: ${outputAmount(output)} asked, ${allowed}`;
  return typeof input === 'number'
    ? `${refusedIt(shadow)}: its prompt has ${count(input)} tokens, ${allowed}`
    : null;
}

function overrun({ evidence, verdict }: StepRecord, shadow: boolean): string | null {
  const unit = unitOf(evidence);
  const asked = amount(evidence.asked, unit);
  const left = amountLeft(evidence.available, unit);
  const { output_tokens: output } = evidence;
  if (asked === null || left === null || typeof output !== 'number') return null;
  const numbers = `after ${count(output)} output tokens: ${asked} more asked, ${left} left`;
  if (verdict !== 'deny')
    return `${shadow ? 'would have let' : 'let'} the answer go on ${numbers}; the rest is owed`;
  return `${shadow ? 'would have ended' : 'ended'} the answer ${numbers}`;
}
