// A request as the tests ask about it.
import type { WhenFacts } from '../../src/when/facts.js';

export interface FactsOptions extends Partial<Omit<WhenFacts, 'header' | 'tag'>> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A chat with an image of team-a (tier gold); the output bound is unknown. */
export function whenFacts(options: FactsOptions = {}): WhenFacts {
  const { headers = { 'x-team': 'blue' }, tags = { tier: 'gold' }, ...rest } = options;
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    clientIp: '10.0.0.1',
    header: name => headers[name] ?? '',
    provider: 'openai',
    api: 'openai.chat',
    model: 'gpt-4o',
    stream: true,
    inputTokens: 2000,
    maxOutputTokens: null,
    tools: 0,
    modalities: ['text', 'image'],
    consumerName: 'team-a',
    tag: name => tags[name] ?? '',
    ...rest,
  };
}
