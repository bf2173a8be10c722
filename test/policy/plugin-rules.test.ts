// Plugins among the policies: when they look at a request, and what is asked again after they have changed it.
import { describe, expect, it } from 'vitest';
import type { PluginPolicy } from '../../src/config/config.js';
import type { PluginSettings } from '../../src/core/plugin-settings.js';
import type { PluginRule } from '../../src/policy/policy-set.js';
import { cap, deny, limit, Scene } from './scene.js';

function plugin(over: Partial<PluginPolicy> = {}): PluginPolicy {
  const settings = { policy: 'p', onFailure: 'closed' } as PluginSettings;
  return {
    kind: 'plugin',
    name: 'p',
    mode: 'enforce',
    when: null,
    unreadable: 'refuse',
    settings,
    secrets: [],
    ...over,
  };
}

const ruleOf = (scene: Scene): PluginRule => {
  const [rule] = scene.set.change;
  if (rule?.kind !== 'plugin') throw new Error('no plugin');
  return rule;
};

describe('a plugin’s policy', () => {
  it('stands among the caps, in the order of the file', () => {
    const { set } = new Scene([cap({ name: 'a' }), plugin(), cap({ name: 'b' })]);
    expect(set.change.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['cap a', 'plugin p', 'cap b']);
    expect([set.caps.length, set.hasPlugins, set.isEmpty]).toEqual([2, true, false]);
  });

  it('looks at what its condition says', () => {
    const scene = new Scene([plugin({ when: 'ai.model == "m"' })]);
    const [one, other] = [scene.visit({ model: 'm' }), scene.visit()];
    expect([one.run.applies(ruleOf(scene)), other.run.applies(ruleOf(scene))]).toEqual(['yes', 'no']);
    expect([one.story, other.story]).toEqual([[], ['p permit not_matched']]);
  });

  it('refuses where its condition cannot be read, or is passed over', () => {
    const scene = new Scene([plugin({ when: 'ai.model == "m"' })]);
    expect(scene.visit({}, true).run.applies(ruleOf(scene))).toMatchObject({ code: 'weir_opaque_request' });
    const lax = new Scene([plugin({ when: 'ai.model == "m"', unreadable: 'pass' })]);
    expect(lax.visit({}, true).run.applies(ruleOf(lax))).toBe('no');
  });
});

describe('a request that a plugin has changed', () => {
  it('is asked by the denials again, of which only those that apply say so', () => {
    const scene = new Scene([
      deny({ name: 'who', when: 'consumer.name == "x"' }),
      deny({ name: 'what', when: 'ai.model == "m"' }),
    ]);
    const visit = scene.visit();
    expect(visit.enter()).toBeNull();
    expect(visit.run.denyAgain()).toBeNull();
    visit.facts.model = 'm';
    expect(visit.run.denyAgain()?.code).toBe('weir_denied');
    expect(visit.story.slice(2)).toEqual(['what deny denied']);
  });

  it('is counted where it belongs now, by whatever it is counted', () => {
    const tagged = limit({ unit: 'requests', amount: 5, by: [{ kind: 'tag', name: 'team' }] });
    const scene = new Scene([tagged]);
    const visit = scene.visit();
    visit.enter();
    visit.facts.tag = () => 'blue';
    expect(visit.run.moveHeld()).toBeNull();
    expect(visit.run.held.map(({ values }) => values)).toEqual(['4:blue']);
    expect(visit.steps.at(-1)?.told).toMatchObject({ by: 'tag.team=blue' });
  });

  it('stays where it was counted where the new bucket refuses', () => {
    const tagged = limit({ unit: 'concurrent', amount: 1, by: [{ kind: 'tag', name: 'team' }] });
    const scene = new Scene([tagged]);
    const [first, second] = [scene.visit({ tag: () => 'blue' }), scene.visit()];
    expect([first.enter(), second.enter()]).toEqual([null, null]);
    second.facts.tag = () => 'blue';
    expect(second.run.moveHeld()?.code).toBe('weir_limit_reached');
    second.run.settle(null);
    expect(scene.state('l')).toMatchObject({ held: 1, holds: 1 });
  });
});
