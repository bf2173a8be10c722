// What plugins leave in a record, as the sentences of `weir why`, written by hand and compared word by word.
import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';
import { explain } from '../../src/explain/explain.js';
import { record, step } from './records.js';

type Step = RequestRecord['steps'][number];

const MODULE = { plugin: 'pii-redact', version: '1.2', sha256: `12abcd34${'0'.repeat(56)}`, fuel: 18_000 };
const NAMED = 'Policy pii (plugin pii-redact 1.2, sha 12abcd34…)';

function told(code: string, special: Partial<Step>): string {
  const asked = step(code, { phase: 'change', policy: 'pii', kind: 'plugin', ...special });
  const lines = explain(record({ steps: [asked] })).filter(line => line.includes('Policy pii'));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const ran = (
  code: string,
  verdict: Step['verdict'],
  evidence: Step['evidence'],
  special: Partial<Step> = {},
) => told(code, { verdict, evidence: { ...MODULE, hook: 'on_request', ...evidence }, ...special });

describe('a plugin', () => {
  it.each<[what: string, sentence: string, expected: string]>([
    [
      'that lets pass',
      ran('plugin_ok', 'permit', {}),
      `${NAMED} let the request pass; fuel 18,000 (plugin_ok).`,
    ],
    [
      'that changes texts tells how many, and what the guest says of them',
      ran('plugin_changed', 'change', { email: 2, kind: 'all', changed_messages: 2 }),
      `${NAMED} changed 2 messages; email=2, kind=all; fuel 18,000 (plugin_changed).`,
    ],
    [
      'that changes more tells all of it',
      ran('plugin_changed', 'change', {
        changed_model: 'm',
        changed_target: 'one',
        changed_headers: 1,
        isolated: true,
      }),
      `${NAMED} changed the model to m, the target to one, 1 header; fuel 18,000, in the compute pool (plugin_changed).`,
    ],
    [
      'that refuses',
      ran('no_teapots', 'deny', {}),
      `${NAMED} refused the request; fuel 18,000 (no_teapots).`,
    ],
    [
      'whose code is one of a limit is told as a plugin all the same',
      ran('limit_reached', 'deny', {}),
      `${NAMED} refused the request; fuel 18,000 (limit_reached).`,
    ],
    [
      'in shadow mode would have',
      ran('no_teapots', 'deny', {}, { mode: 'shadow' }),
      `${NAMED} in shadow mode would have refused the request; fuel 18,000 (no_teapots).`,
    ],
    [
      'that fails tells what happened and what can be done',
      ran('plugin_failed', 'failed', { failure: 'fuel', detail: 'all 100 units of fuel were used' }),
      `${NAMED} failed on the request: all 100 units of fuel were used; fuel 18,000 (plugin_failed). Raise "fuel" or "fuel_per_byte" at that policy if the work is as it should be.`,
    ],
    [
      'that changes an answer tells of how many events',
      ran('plugin_changed', 'change', { hook: 'on_event', events: 31, changed: 2, held: 1 }),
      `${NAMED} changed 2 of 31 events of the answer, 1 held back; fuel 18,000 (plugin_changed).`,
    ],
    [
      'that is passed over for a consumer',
      told('plugin_skipped', { verdict: 'skipped', evidence: { on_failure: 'open' } }),
      'Policy pii was not asked: five requests of this consumer have failed in it within a minute, and it lets such pass (plugin_skipped).',
    ],
    [
      'that cannot see what it has to judge',
      told('plugin_opaque', { verdict: 'deny', evidence: { cannot_see: 'the conversation' } }),
      'Policy pii refused it: it has to read the conversation, and Weir cannot see all of it (plugin_opaque).',
    ],
    [
      'that does not look at the request',
      told('not_matched', { verdict: 'permit', evidence: {} }),
      'Policy pii did not apply: its condition is false (not_matched).',
    ],
  ])('%s', (_what, sentence, expected) => {
    expect(sentence).toBe(expected);
  });
});
