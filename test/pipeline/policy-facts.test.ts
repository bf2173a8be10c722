// What policies see of an exchange: absent values, the model that serves, tags that are no properties of objects.
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/pipeline/exchange.js';
import { ExchangeFacts } from '../../src/pipeline/policy-facts.js';

function exchangeOf(over: object): Exchange {
  const catalogueModel = (_: string, model: string) => (model.startsWith('gpt-4o') ? 'gpt-4o' : null);
  return {
    head: { method: 'POST', path: '/v1/x', header: (name: string) => (name === 'x-a' ? 'b' : null) },
    entry: {
      clientAddress: '10.0.0.1',
      identification: { stream: null, model: 'asked' },
      principal: null,
      endUser: null,
    },
    api: 'openai.chat',
    target: null,
    targetModel: null,
    facts: null,
    prompt: null,
    runtime: { prices: { catalogueModel } },
    ...over,
  } as unknown as Exchange;
}

const factsOf = (over: object = {}): ExchangeFacts => new ExchangeFacts(exchangeOf(over));

describe('facts for policies', () => {
  it('are empty or null where nothing is known', () => {
    const facts = factsOf();
    const { provider, model, servedModel, stream, inputTokens, maxOutputTokens, tools } = facts;
    expect([provider, model, servedModel, stream]).toEqual(['', '', '', false]);
    expect([inputTokens, maxOutputTokens, tools, facts.keyName, facts.endUser]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect([facts.modalities, facts.consumerName, facts.tag('a')]).toEqual([[], '', '']);
    expect([facts.header('x-a'), facts.header('x-b')]).toEqual(['b', '']);
  });

  it('name the model that serves as the catalogue does, as the route does, or as one of the others', () => {
    const served = (target: object, targetModel: string) => factsOf({ target, targetModel }).servedModel;
    expect(served({ provider: 'openai', model: null }, 'gpt-4o-2024-08-06')).toBe('gpt-4o');
    expect(served({ provider: 'openai', model: 'gpt-4o-mine' }, 'gpt-4o-mine')).toBe('gpt-4o');
    expect(served({ provider: 'mine', model: 'house' }, 'house')).toBe('house');
    expect(served({ provider: 'mine', model: null }, 'made-up')).toBe('(other)');
  });

  it('follow the target', () => {
    const exchange = exchangeOf({ target: { provider: 'a', model: 'm-1' }, targetModel: 'm-1' });
    const facts = new ExchangeFacts(exchange);
    expect([facts.provider, facts.model, facts.servedModel]).toEqual(['a', 'm-1', 'm-1']);
    Object.assign(exchange, { target: { provider: 'b', model: 'm-2' }, targetModel: 'm-2' });
    expect([facts.provider, facts.model, facts.servedModel]).toEqual(['b', 'm-2', 'm-2']);
  });

  it('have no tags but those that were given', () => {
    const entry = { principal: { name: 'team', key: 'ci', tags: { tier: 'gold' } } };
    const facts = factsOf({ entry });
    expect([facts.tag('tier'), facts.tag('constructor'), facts.tag('__proto__')]).toEqual(['gold', '', '']);
    expect([facts.consumerName, facts.keyName]).toEqual(['team', 'ci']);
  });

  it('list modalities by name', () => {
    expect(factsOf({ facts: { modalities: 3, maxOutputTokens: 5, tools: 1 } }).modalities).toEqual([
      'text',
      'image',
    ]);
  });
});
