// Holds that move to another target’s buckets, all or none.
import { describe, expect, test } from 'vitest';
import { budget, deny, type Facts, limit, Scene, usedOf } from './scene.js';

describe('another target', () => {
  const byModel = { by: [{ kind: 'model' }] } as const;
  const go = (visit: { facts: Facts }, servedModel: string): void => {
    visit.facts.servedModel = visit.facts.model = servedModel;
  };

  test('takes, permits and holds move to its buckets and settle there', () => {
    const policies = [
      limit({ name: 'rpm', unit: 'requests', amount: 5, ...byModel }),
      limit({ name: 'streams', unit: 'concurrent', amount: 5, ...byModel }),
      limit({ name: 'tpm', unit: 'tokens', amount: 500, ...byModel }),
      budget({ name: 'day', unit: 'tokens', amount: 500, ...byModel }),
    ];
    const scene = new Scene(policies);
    const visit = scene.visit();
    visit.enter();
    go(visit, 'gpt-4o-mini');
    expect(visit.run.retarget()).toBeNull();
    for (const name of ['rpm', 'streams']) expect(scene.state(name)).toEqual({ used: 0, held: 1, holds: 1 });
    for (const name of ['tpm', 'day']) expect(scene.state(name)).toEqual({ used: 0, held: 150, holds: 1 });
    visit.run.settle(usedOf(100, 20));
    expect(scene.state('day')).toEqual({ used: 120, held: 0, holds: 0 });
    const [day] = scene.set.buckets.filter(({ name }) => name === 'day');
    const ofMini = [...scene.limits.list()].filter(
      ({ policy, level }) => policy === day?.number && level > 0,
    );
    const key = scene.limits.key(day?.bucketName('11:gpt-4o-mini', Date.UTC(2026, 5, 10)) ?? '', true);
    expect(ofMini.map(({ key: { a, b, c, d } }) => [a, b, c, d])).toEqual([[key.a, key.b, key.c, key.d]]);
  });

  test('moves all or none: where the second refuses, the first stays', () => {
    const scene = new Scene([
      limit({ name: 'first', unit: 'requests', amount: 5, ...byModel }),
      limit({ name: 'second', unit: 'concurrent', amount: 1, ...byModel }),
    ]);
    const other = scene.visit({ servedModel: 'busy' });
    other.enter();
    const visit = scene.visit();
    visit.enter();
    go(visit, 'busy');
    expect(visit.run.retarget()?.code).toBe('weir_limit_reached');
    expect(visit.run.held.map(({ values }) => values)).toEqual(['6:gpt-4o', '6:gpt-4o']);
    expect(visit.story.slice(2)).toEqual(['second deny limit_reached']);
    go(visit, 'free');
    expect(visit.run.retarget()).toBeNull();
    visit.run.settle(usedOf(1, 1));
    other.run.settle(usedOf(1, 1));
    expect(scene.state('first')).toEqual({ used: 2, held: 0, holds: 0 });
    expect(scene.state('second')).toEqual({ used: 0, held: 0, holds: 0 });
  });

  test('asks the denials that look at it again', () => {
    const scene = new Scene([
      deny({ name: 'model', when: 'ai.model == "bad"' }),
      deny({ name: 'consumer', when: 'consumer.name == "x"' }),
    ]);
    const visit = scene.visit();
    visit.enter();
    go(visit, 'bad');
    expect(visit.run.retarget()?.code).toBe('weir_denied');
    expect(visit.story.slice(2)).toEqual(['model deny denied']);
  });

  test('a shadow that would have refused it counts nothing, unless a later target has room', () => {
    const policies = [budget({ unit: 'tokens', amount: 200, mode: 'shadow', ...byModel })];
    const scene = new Scene(policies);
    scene.visit({ servedModel: 'busy' }).enter();
    const [lost, later] = [scene.visit({ servedModel: 'a' }), scene.visit({ servedModel: 'b' })];
    for (const visit of [lost, later]) {
      visit.enter();
      go(visit, 'busy');
      expect(visit.run.retarget()).toBeNull();
    }
    go(later, 'free');
    expect(later.run.retarget()).toBeNull();
    lost.run.settle(usedOf(100, 20));
    later.run.settle(usedOf(100, 20));
    expect(scene.state('b')).toEqual({ used: 120, held: 150, holds: 1 });
  });
});
