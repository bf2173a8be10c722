// Random requests over random policies: what must hold of all of them, and shadow beside enforce.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dimension, PolicyConfig } from '../../src/config/config.js';
import type { Settlement } from '../../src/policy/facts.js';
import { budget, forecastOf, limit, Scene, usedOf, type Visit } from './scene.js';

const dimensions = fc.subarray<Dimension>([
  { kind: 'consumer' },
  { kind: 'model' },
  { kind: 'header', name: 'x' },
]);
const counting = {
  by: dimensions,
  cached: fc.constantFrom(0, 0.25, 1),
  hold: fc.constantFrom('likely' as const, 'worst' as const),
  overrun: fc.constantFrom('finish' as const, 'stop' as const),
  unmetered: fc.constantFrom('refuse' as const, 'pass' as const),
  mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'shadow' as const),
};
const limits = fc.record({
  unit: fc.constantFrom(
    'requests' as const,
    'concurrent' as const,
    'tokens' as const,
    'output_tokens' as const,
  ),
  amount: fc.integer({ min: 1, max: 3000 }),
  ...counting,
});
const budgets = fc.record({
  unit: fc.constantFrom('requests' as const, 'tokens' as const, 'input_tokens' as const, 'usd' as const),
  amount: fc.integer({ min: 1, max: 3000 }),
  unpriced: fc.constantFrom('refuse' as const, 'pass' as const),
  ...counting,
});
const policies = fc
  .array(
    fc.oneof(
      limits.map(limit),
      budgets.map(one => budget({ ...one, amount: one.unit === 'usd' ? one.amount * 1000 : one.amount })),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map(all => all.map((policy, i): PolicyConfig => ({ ...policy, name: `p${i}` })));

const requests = fc.record({
  consumer: fc.constantFrom('a', 'b'),
  model: fc.constantFrom('m', 'n'),
  input: fc.option(fc.nat(400), { freq: 8 }),
  bound: fc.option(fc.integer({ min: 1, max: 400 }), { freq: 3 }),
  priced: fc.boolean(),
  streamed: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 }),
  moves: fc.boolean(),
  end: fc.constantFrom('used', 'unknown', 'refused'),
  order: fc.nat(1000),
  waitMs: fc.nat(20_000),
});
type Request = typeof requests extends fc.Arbitrary<infer T> ? T : never;

/** Runs a request up to its end, but for the settlement. */
function run(scene: Scene, { consumer, model, input, bound, priced, streamed, moves, end }: Request) {
  const visit = scene.visit({ consumerName: consumer, servedModel: model, header: () => model });
  const worstNanos = priced ? {} : { worstNanos: () => null };
  const forecast = { inputTokens: input, inputBounded: input !== null, outputBound: bound, ...worstNanos };
  if ((visit.run.gate() ?? visit.run.hold(forecastOf(forecast))) !== null) return { visit, settlement: null };
  if (moves) {
    visit.facts.servedModel = 'other';
    if (visit.run.retarget() !== null) return { visit, settlement: null };
  }
  let output = 0;
  for (const more of streamed) {
    output += more;
    if (output >= visit.run.outputCeiling && visit.run.topUp(output) !== null) break;
  }
  if (end === 'refused') return { visit, settlement: null };
  return { visit, settlement: usedOf(input ?? 50, output, { atLeastHeld: end === 'unknown' }) };
}

/** What each of the buckets must have been charged. */
function chargesOf(
  { run: { held } }: Visit,
  settlement: Settlement | null,
): [name: string, charge: number][] {
  return held.map(({ rule, wish, lost, ended }) => {
    const kept = rule.kind === 'limit' && rule.unit === 'requests' ? 1 : 0;
    if (lost || settlement === null) return [rule.name, lost ? 0 : kept];
    const charge = rule.chargeOf(settlement, wish.amount);
    return [rule.name, ended ? Math.min(charge, wish.amount) : charge];
  });
}

describe('after all requests have settled', () => {
  test('nothing is held anywhere, and what is used is what they were charged', () => {
    fc.assert(
      fc.property(policies, fc.array(requests, { maxLength: 12 }), (configured, all) => {
        const scene = new Scene(configured);
        const charged = new Map<string, number>();
        const open = all.map(request => ({ ...run(scene, request), order: request.order }));
        for (const { visit, settlement } of open.sort((a, b) => a.order - b.order)) {
          for (const [name, charge] of chargesOf(visit, settlement))
            charged.set(name, (charged.get(name) ?? 0) + charge);
          visit.run.settle(settlement);
        }
        for (const { name } of scene.set.buckets)
          expect([name, scene.state(name)]).toEqual([
            name,
            { used: charged.get(name) ?? 0, held: 0, holds: 0 },
          ]);
      }),
      { numRuns: 300 },
    );
  });
});

test('hold: worst is never above its limit, where answers keep to their bounds', () => {
  const worst = fc
    .tuple(fc.integer({ min: 1, max: 2000 }), dimensions)
    .map(([amount, by]) => budget({ unit: 'tokens', amount, by, hold: 'worst' }));
  fc.assert(
    fc.property(worst, fc.array(requests, { maxLength: 20 }), (policy, all) => {
      const scene = new Scene([policy]);
      const open: Visit[] = [];
      for (const { consumer, model, input, bound, moves } of all) {
        const visit = scene.visit({ consumerName: consumer, servedModel: model, header: () => model });
        if (visit.enter({ inputTokens: input ?? 0, outputBound: bound }) === null) open.push(visit);
        if (moves) open.shift()?.run.settle(usedOf(0, 1));
        for (const { level } of scene.limits.list()) expect(level).toBeLessThanOrEqual(policy.amount);
      }
    }),
    { numRuns: 200 },
  );
});

test('a shadow alone takes, refuses and settles as the same policy would if it were enforced', () => {
  fc.assert(
    fc.property(
      fc.oneof(limits.map(limit), budgets.map(budget)),
      fc.array(requests, { maxLength: 15 }),
      (policy, all) => {
        const enforced = new Scene([{ ...policy, mode: 'enforce', overrun: 'finish' }]);
        const shadow = new Scene([{ ...policy, mode: 'shadow', overrun: 'finish' }]);
        // Where the policy would end a stream, only the enforced one ends; top-up.test.ts tells what the shadow counts then.
        const unstopped = policy.hold === 'worst' ? { streamed: [] } : {};
        for (const request of all) {
          const alike = [enforced, shadow].map(scene => {
            const { visit, settlement } = run(scene, { ...request, moves: false, ...unstopped });
            visit.run.settle(settlement);
            scene.pass(request.waitMs);
            const told = visit.steps.map(({ verdict, code, told }) => ({ verdict, code, evidence: told }));
            return { told, state: scene.state(policy.name) };
          });
          expect(alike[1]).toEqual(alike[0]);
        }
      },
    ),
    { numRuns: 300 },
  );
});
