// Every code that a policy leaves in a record, as the sentence of `weir why`, written by hand and compared word by word.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { explain } from '../../src/explain/explain.js';
import { record, step } from './records.js';

type Step = RequestRecord['steps'][number];

function told(code: string, special: Partial<Step>): string {
  const asked = step(code, { policy: 'team-tokens', kind: 'limit', ...special });
  const lines = explain(record({ steps: [asked] })).filter(line => line.includes('team-tokens'));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const BUCKET = {
  by: 'consumer=team-a',
  unit: 'tokens',
  limit: 100_000,
  used: 5120,
  held: 1200,
  asked: 800,
  available: 93_680,
  reset_ms: 12_000,
};
const DOLLARS = {
  by: '',
  unit: 'usd',
  limit: '500.000000',
  used: '499.995',
  held: '0.000000',
  asked: '0.012500',
  available: '0.005000',
  reset_ms: 7_200_000,
};

describe('a limit or budget', () => {
  it('that lets pass tells what was asked, left and held', () => {
    expect(told('limit_ok', { phase: 'hold', evidence: BUCKET })).toBe(
      'Policy team-tokens let it pass: 800 tokens asked, 93,680 of 100,000 left, 1,200 held by running requests (consumer=team-a; limit_ok).',
    );
  });

  it('that counts dollars tells them, and when its window ends', () => {
    const evidence = { ...DOLLARS, asked: '0.001000' };
    expect(told('budget_ok', { kind: 'budget', phase: 'hold', evidence })).toBe(
      'Policy team-tokens let it pass: $0.001 asked, $0.005 of $500.00 left; it begins anew in 2 h (budget_ok).',
    );
  });

  it('that refuses tells when to come back', () => {
    const evidence = { ...BUCKET, available: 200, held: 0 };
    expect(told('limit_reached', { phase: 'hold', verdict: 'deny', evidence })).toBe(
      'Policy team-tokens refused it: 800 tokens asked, 200 of 100,000 left; it would pass in 12 s (consumer=team-a; limit_reached).',
    );
    expect(told('budget_reached', { kind: 'budget', verdict: 'deny', evidence: DOLLARS })).toBe(
      'Policy team-tokens refused it: $0.0125 asked, $0.005 of $500.00 left; it begins anew in 2 h (budget_reached).',
    );
  });

  it('on what runs at once names what has to happen', () => {
    const evidence = {
      ...BUCKET,
      unit: 'concurrent',
      limit: 2,
      asked: 1,
      available: 0,
      held: 2,
      reset_ms: 0,
    };
    expect(told('limit_reached', { verdict: 'deny', evidence })).toBe(
      'Policy team-tokens refused it: 1 request asked, 0 of 2 left, 2 held by running requests; one that runs has to end first (consumer=team-a; limit_reached).',
    );
  });

  it('that is owed something has nothing left', () => {
    const evidence = { ...BUCKET, available: -40, held: 0 };
    expect(told('limit_reached', { verdict: 'deny', evidence })).toContain(
      '0 of 100,000 left, as more was used than it allows;',
    );
  });

  it('whose step does not name its unit tells the bare numbers', () => {
    const { unit: _, ...evidence } = BUCKET;
    expect(told('limit_ok', { evidence })).toContain('let it pass: 800 asked, 93,680 of 100,000 left');
  });

  it('in shadow mode tells what it would have done', () => {
    const mode = 'shadow';
    expect(told('limit_ok', { mode, evidence: BUCKET })).toContain(
      'team-tokens in shadow mode would have let it pass:',
    );
    expect(told('limit_reached', { mode, verdict: 'deny', evidence: BUCKET })).toContain(
      'team-tokens in shadow mode would have refused it:',
    );
  });

  it('whose numbers are missing is told as any step', () => {
    expect(told('limit_ok', { evidence: { limit: 600, used: 12 } })).toBe(
      'At the gate, limit "team-tokens" let it pass (limit_ok: limit 600, used 12).',
    );
  });
});

describe.each<[string, Partial<Step>, string]>([
  [
    'moved',
    { phase: 'route', evidence: { ...BUCKET, held: 0 } },
    'counts it for its new target now: 800 tokens asked, 93,680 of 100,000 left (consumer=team-a; moved).',
  ],
  [
    'limit_reached',
    { phase: 'route', verdict: 'deny', evidence: { ...BUCKET, held: 0, available: 1 } },
    'refused the new target: 800 tokens asked, 1 of 100,000 left; it would pass in 12 s (consumer=team-a; limit_reached).',
  ],
  [
    'table_full',
    { verdict: 'deny' },
    'refused it: the table of limits is full, it could not be counted (table_full).',
  ],
  [
    'limit_too_small',
    { verdict: 'deny', evidence: { by: '', unit: 'input_tokens', asked: 120_000, limit: 100_000 } },
    'refused it: it alone needs 120,000 input tokens, and there are never more than 100,000 (limit_too_small).',
  ],
  [
    'unmetered',
    { verdict: 'deny' },
    'refused it: it can neither be counted nor bounded before it is sent (unmetered).',
  ],
  [
    'unmetered',
    {},
    'could neither count nor bound it before it was sent, and lets such requests pass (unmetered).',
  ],
  [
    'unpriced',
    { verdict: 'deny' },
    'refused it: it counts dollars, and no price is known for the model (unpriced).',
  ],
  ['unpriced', {}, 'knows no price for the model, and lets such requests pass (unpriced).'],
  ['not_metered', {}, 'had nothing to count: such a request uses none of what it limits (not_metered).'],
  ['not_matched', {}, 'did not apply: its condition is false (not_matched).'],
  [
    'when_error',
    { verdict: 'failed', evidence: { reason: 'ai.max_output_tokens is null' } },
    'could not tell whether it applies, ai.max_output_tokens is null: that counts as yes (when_error).',
  ],
  [
    'unreadable',
    { verdict: 'deny', kind: 'cap' },
    'refused it: it asks for what the body says, and that could not be read (unreadable).',
  ],
  [
    'unreadable',
    { verdict: 'skipped', kind: 'deny' },
    'was passed over: it asks for what the body says, and that could not be read (unreadable).',
  ],
  [
    'unreadable',
    { verdict: 'failed' },
    'could not tell whether it applies, as the body could not be read: that counts as yes (unreadable).',
  ],
  ['earlier_denial', { verdict: 'skipped' }, 'was not asked: one before it had refused (earlier_denial).'],
  [
    'denied',
    { kind: 'deny', verdict: 'deny', evidence: { status: 403 } },
    'refused it with status 403 (denied).',
  ],
  [
    'cap_ok',
    { kind: 'cap', evidence: { input_tokens: 1200, output_tokens: 256, limit: 4096 } },
    'let it pass: its prompt has 1,200 tokens, up to 256 output tokens asked, at most 4,096 allowed (cap_ok).',
  ],
  [
    'cap_lowered',
    { kind: 'cap', verdict: 'change', evidence: { input_tokens: null, output_tokens: 8000, limit: 4096 } },
    'lowered what it asks for from 8,000 to 4,096 output tokens (cap_lowered).',
  ],
  [
    'cap_lowered',
    { kind: 'cap', verdict: 'change', evidence: { input_tokens: null, output_tokens: null, limit: 4096 } },
    'bounded it to 4,096 output tokens; it had set no bound (cap_lowered).',
  ],
  [
    'cap_exceeded',
    { kind: 'cap', verdict: 'deny', evidence: { input_tokens: 120_000, limit: 100_000 } },
    'refused it: its prompt has 120,000 tokens, at most 100,000 are allowed (cap_exceeded).',
  ],
  [
    'cap_exceeded',
    { kind: 'cap', verdict: 'deny', evidence: { input_tokens: 9, output_tokens: null, limit: 4096 } },
    'refused it: output without a bound asked, at most 4,096 are allowed (cap_exceeded).',
  ],
  [
    'overrun',
    {
      phase: 'forward',
      verdict: 'deny',
      evidence: { by: 'consumer=team-a', unit: 'tokens', asked: 512, available: 0, output_tokens: 1024 },
    },
    'ended the answer after 1,024 output tokens: 512 tokens more asked, 0 left (consumer=team-a; overrun).',
  ],
  [
    'overrun',
    { phase: 'forward', evidence: { by: '', asked: '0.02', available: '0.000000', output_tokens: 1024 } },
    'let the answer go on after 1,024 output tokens: $0.02 more asked, $0.00 left; the rest is owed (overrun).',
  ],
  [
    'settled',
    { phase: 'settle', evidence: { unit: 'tokens', held: 1312, charged: 1012 } },
    'charged 1,012 tokens; 1,312 tokens had been held (settled).',
  ],
])('the code %s', (code, special, sentence) => {
  it(`is told: ${sentence}`, () => {
    expect(told(code, special)).toBe(`Policy team-tokens ${sentence}`);
  });
});

describe('an answer that its policy has ended', () => {
  it('is not told to wait for a Retry-After that it never got', () => {
    const error = { source: 'policy', code: 'weir_limit_reached', message: 'nothing is left' } as const;
    const waits = 'Wait as long as Retry-After says';
    const told = (status: number): string => explain(record({ outcome: 'blocked', status, error })).join(' ');
    expect(told(429)).toContain(waits);
    expect(told(200)).not.toContain(waits);
    expect(told(200)).toContain('The policy ends answers once nothing is left of it');
  });
});

describe('every code that src/policy leaves', () => {
  const folder = new URL('../../src/policy/', import.meta.url);
  const noted = new Set<string>();
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const call of text.matchAll(/\bnote\(([^;]*?)\);/g))
      for (const [, code = ''] of (call[1] ?? '').matchAll(
        /'([a-z]+(?:_[a-z]+)+|denied|moved|overrun|settled|unmetered|unpriced|unreadable)'/g,
      ))
        noted.add(code);
  }

  it('is found there', () => expect(noted.size).toBeGreaterThan(10));

  it.each([...noted])('%s stands in docs/records.md and has its sentence', code => {
    const docs = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');
    expect(docs).toContain(`\`${code}\``);
    const told = readFileSync(new URL('../../src/explain/policy-steps.ts', import.meta.url), 'utf8');
    expect(told).toMatch(new RegExp(`^ {2}${code}[:,]`, 'm'));
  });
});
