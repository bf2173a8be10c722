// What each stage said, with its numbers.
import type { Phase, Verdict } from '../core/entry.js';
import type { RequestRecord } from '../core/record.js';
import { knownStep } from './known-steps.js';
import { pluginStep } from './plugin-steps.js';
import { policyStep } from './policy-steps.js';
import { count, quoted, size, span } from './words.js';

type StepRecord = RequestRecord['steps'][number];

const WHERE: Readonly<Record<Phase, string>> = {
  identify: 'When identifying it',
  authenticate: 'When asking who called',
  gate: 'At the gate',
  change: 'When changing it',
  route: 'When choosing the target',
  hold: 'When holding tokens for it',
  forward: 'When sending it on',
  settle: 'When settling it',
};

const SAID: Readonly<Record<Verdict, string>> = {
  permit: 'let it pass',
  deny: 'refused it',
  change: 'changed it',
  skipped: 'was skipped',
  failed: 'failed',
};

/** In shadow a policy says what it would do, and nothing is done. */
const WOULD: Readonly<Record<Verdict, string>> = {
  permit: 'would let it pass',
  deny: 'would have refused it',
  change: 'would have changed it',
  skipped: 'was skipped',
  failed: 'failed',
};

/** One sentence a step, in the order in which they were taken. */
export function stepSentences(steps: readonly StepRecord[]): string[] {
  return steps.map(step => {
    const known =
      step.policy === null && step.mode === 'enforce' ? knownStep(step.code, step.evidence) : null;
    return known ?? pluginStep(step) ?? policyStep(step) ?? stepSentence(step);
  });
}

function stepSentence(step: StepRecord): string {
  const shadow = step.mode === 'shadow' ? ' in shadow mode' : '';
  const said = (step.mode === 'shadow' ? WOULD : SAID)[step.verdict];
  const numbers = evidenceText(step.evidence);
  const reason = numbers === '' ? step.code : `${step.code}: ${numbers}`;
  return `${WHERE[step.phase]}, ${speaker(step)}${shadow} ${said} (${reason}).`;
}

function speaker({ policy, kind }: StepRecord): string {
  const sort = kind === null ? 'stage' : kind === 'usage_opt_in' ? 'usage opt-in' : kind;
  return policy === null ? `the ${sort}` : `${kind === null ? 'policy' : sort} "${policy}"`;
}

/** `limit 100,000, used 5,120, reset 12 s`: units are taken from the end of the names. */
export function evidenceText(evidence: StepRecord['evidence']): string {
  return Object.entries(evidence)
    .map(([name, value]) => factText(name, value))
    .join(', ');
}

function factText(name: string, value: string | number | boolean | null): string {
  const words = (name.endsWith('_ms') ? name.slice(0, -3) : name).replaceAll('_', ' ');
  if (value === null) return `${words} unknown`;
  if (typeof value === 'boolean') return `${words} ${value ? 'yes' : 'no'}`;
  if (typeof value === 'string') return `${words} ${quoted(value)}`;
  if (name.endsWith('_ms')) return `${words} ${span(value)}`;
  return `${words} ${/(^|_)bytes$/.test(name) ? size(value) : count(value)}`;
}
