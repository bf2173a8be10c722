// Caps, and policies that ask for a body that nobody can read.
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../src/config/config.js';
import { cap, deny, limit, Scene } from './scene.js';

describe('a body that cannot be read', () => {
  const asks = 'ai.model == "x"';
  test.each<[what: string, policy: PolicyConfig, code: string | undefined, story: string[]]>([
    [
      'refuses where a denial asks for it',
      deny({ when: asks }),
      'weir_opaque_request',
      ['d deny unreadable'],
    ],
    [
      'passes a denial that says so',
      deny({ when: asks, unreadable: 'pass' }),
      undefined,
      ['d skipped unreadable'],
    ],
    [
      'does not matter to other denials',
      deny({ when: 'consumer.name == "x"' }),
      undefined,
      ['d permit not_matched'],
    ],
    [
      'is counted by a limit that asks for it',
      limit({ unit: 'requests', amount: 1, when: asks }),
      undefined,
      ['l failed unreadable', 'l permit limit_ok'],
    ],
    [
      'only leaves a step of a shadow',
      deny({ when: asks, mode: 'shadow' }),
      undefined,
      ['d deny unreadable'],
    ],
  ])('%s', (_what, policy, code, story) => {
    const visit = new Scene([policy]).visit({}, true);
    expect(visit.enter()?.code).toBe(code);
    expect(visit.story).toEqual(story);
  });

  test.each([
    [cap({ outputTokens: 9 }), 'weir_opaque_request'],
    [cap({ inputTokens: 9, unreadable: 'pass' }), undefined],
    [cap({ outputTokens: 9, when: 'consumer.name == "x"' }), undefined],
    [cap({ outputTokens: 9, mode: 'shadow' }), undefined],
  ])('is refused by a cap that it concerns: %#', (policy, code) => {
    const capped = new Scene([policy]).visit({}, true).run.change(null, null);
    expect(capped.refusal?.code).toBe(code);
    expect(capped.outputTokens).toBeNull();
  });
});

describe('caps', () => {
  test.each<
    [
      what: string,
      policies: PolicyConfig[],
      input: number,
      bound: number | null,
      code: string | undefined,
      lowered: number | null,
    ]
  >([
    ['within', [cap({ inputTokens: 10, outputTokens: 9 })], 10, 9, undefined, null],
    ['lower', [cap({ outputTokens: 9 })], 10, 10, undefined, 9],
    ['bound what has no bound', [cap({ outputTokens: 9 })], 10, null, undefined, 9],
    ['refuse', [cap({ outputTokens: 9, over: 'refuse' })], 10, null, 'weir_cap_exceeded', null],
    ['refuse input always', [cap({ inputTokens: 9 })], 10, null, 'weir_cap_exceeded', null],
    [
      'see what the one before left',
      [cap({ outputTokens: 9 }), cap({ outputTokens: 9, over: 'refuse' })],
      1,
      99,
      undefined,
      9,
    ],
    ['change nothing in shadow', [cap({ outputTokens: 9, mode: 'shadow' })], 1, 99, undefined, null],
    [
      'the least counts',
      [cap({ outputTokens: 9 }), cap({ outputTokens: 5 }), cap({ outputTokens: 7 })],
      1,
      99,
      undefined,
      5,
    ],
  ])('%s', (_what, policies, input, bound, code, lowered) => {
    const capped = new Scene(policies).visit().run.change(input, bound);
    expect(capped.refusal?.code).toBe(code);
    expect(capped.outputTokens).toBe(lowered);
  });
});
