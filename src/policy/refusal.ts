// What a refusal tells (CONTRACT.md §2): which policy, which values it counts by, how much was asked and is left, when to come back.
import type { ErrorKind, WeirCode } from '../core/codes.js';
import { WeirError } from '../core/error.js';
import type { BucketRule } from './bucket-rule.js';
import { amountText, shown } from './unit.js';

/** Numbers of one look into a bucket, in the policy's unit (usd: nano-dollars). */
export interface BucketNumbers {
  readonly asked: number;
  readonly available: number;
  readonly held: number;
  /** ms until the wish could be granted; 0 where waiting for nothing in particular (permits). */
  readonly waitMs: number;
}

/** The limit as the configuration states it: `100000 tokens per 1m`. */
export function limitText(rule: BucketRule): string {
  if (rule.unit === 'concurrent') return `${amountText('concurrent', rule.limit)} at once`;
  return `${amountText(rule.unit, rule.limit)} per ${rule.perText}`;
}

/** 429: the bucket has too little left. */
export function exhausted(
  rule: BucketRule,
  values: string,
  numbers: BucketNumbers,
  wallMs: number,
): WeirError {
  const { asked, available, waitMs } = numbers;
  const left = Math.max(0, available);
  const retryAfterMs = rule.unit === 'concurrent' ? 1000 : Math.max(1, waitMs);
  const reset = new Date(wallMs + retryAfterMs).toISOString();
  const held = numbers.held > 0 ? `, ${amountText(rule.unit, numbers.held)} held by running requests` : '';
  const whose = values === '' ? '' : ` for ${values}`;
  return new WeirError(
    rule.kind === 'budget' ? 'weir_budget_reached' : 'weir_limit_reached',
    `policy ${rule.name} allows ${limitText(rule)}${whose}: ${amountText(rule.unit, asked)} asked, ${amountText(rule.unit, left)} left${held}; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    {
      detail: {
        policy: rule.name,
        by: values,
        asked: shown(rule.unit, asked),
        available: shown(rule.unit, left),
        reset,
      },
      kind: kindOf(rule),
      retryAfterMs,
    },
  );
}

/** 413: no waiting helps, the request alone is larger than the bucket. */
export function tooSmall(rule: BucketRule, values: string, asked: number): WeirError {
  const whose = values === '' ? '' : ` for ${values}`;
  return new WeirError(
    'weir_limit_too_small',
    `policy ${rule.name} allows ${limitText(rule)}${whose}, and this request alone needs ${amountText(rule.unit, asked)}: a smaller one may pass`,
    {
      detail: {
        policy: rule.name,
        by: values,
        asked: shown(rule.unit, asked),
        available: shown(rule.unit, rule.capacity),
      },
    },
  );
}

/** Ends a stream whose policy has nothing left. */
export function overrun(rule: BucketRule, values: string, outputTokens: number): WeirError {
  const whose = values === '' ? '' : ` for ${values}`;
  return new WeirError(
    'weir_limit_reached',
    `policy ${rule.name} allows ${limitText(rule)}${whose}, and nothing is left: the answer was ended after ${outputTokens} output tokens`,
    { detail: { policy: rule.name, by: values }, kind: kindOf(rule) },
  );
}

/** A refusal without numbers. */
export function refused(code: WeirCode, policy: string, message: string, status?: number): WeirError {
  return new WeirError(code, message, { detail: { policy }, ...(status === undefined ? {} : { status }) });
}

function kindOf(rule: BucketRule): ErrorKind {
  if (rule.kind === 'budget') return 'quota';
  return rule.unit === 'requests' || rule.unit === 'concurrent' ? 'rate_limit' : 'token_limit';
}
