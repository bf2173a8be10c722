// cost-router: what goes to the cheaper model, what stays, and why.
import { describe, expect, it } from 'vitest';
import { ask, chatOf, evidenceOf, type Message, policy, refusal, type Scene } from './support/policy.js';

const CONFIG = {
  model: 'gpt-4o-mini',
  from: ['gpt-4o'],
  max_bytes: 100,
  max_tokens: 20,
  max_texts: 3,
  max_output_tokens: 500,
  keep_words: ['prove', 'step by step', '证明'],
};
const router = policy('cost-router', CONFIG);

function asked(messages: string | readonly Message[], more: Scene = {}): Scene {
  return {
    texts: { model: 'gpt-4o', consumer: 'team-a' },
    integers: { tools: 0, opaque_parts: 0, input_tokens: 5 },
    chat: chatOf(messages),
    ...more,
  };
}
const many = (count: number): Message[] =>
  Array.from({ length: count }, (_, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: 'hi' }));

describe('short and simple prompts', () => {
  it('go to the cheaper model', () => {
    const outcome = ask(router, asked('What is the capital of Peru?'));
    expect(outcome.model).toBe('gpt-4o-mini');
    expect(evidenceOf(outcome)).toEqual({ texts: 1, bytes: 28, tokens: 5, routed: 'yes', why: 'simple' });
  });

  const integers = { tools: 0, opaque_parts: 0, input_tokens: 5 };
  it.each<[string, Scene, string]>([
    ['another model', asked('hi', { texts: { model: 'o3' } }), 'other_model'],
    ['tools', asked('hi', { integers: { ...integers, tools: 1 } }), 'tools'],
    ['an image', asked('hi', { integers: { ...integers, opaque_parts: 1 } }), 'images'],
    ['a long answer', asked('hi', { integers: { ...integers, max_output_tokens: 501 } }), 'long_answer'],
    ['many texts', asked(many(4)), 'many_texts'],
    ['many bytes', asked('x'.repeat(101)), 'long_prompt'],
    ['many tokens', asked('hi', { integers: { ...integers, input_tokens: 21 } }), 'long_prompt'],
    ['unknown tokens', asked('hi', { integers: { tools: 0, opaque_parts: 0 } }), 'long_prompt'],
    ['a word', asked('Please PROVE it.'), 'word'],
    ['a phrase', asked('think Step by Step'), 'word'],
    ['a word of another script', asked('请证明'), 'word'],
    ['a word in the system prompt', asked([{ role: 'system', content: 'prove all' }]), 'word'],
    ['no text at all', asked([]), 'no_texts'],
  ])('stay with %s', (_, scene, why) => {
    const outcome = ask(router, scene);
    expect(outcome.model).toBeNull();
    expect(evidenceOf(outcome)).toMatchObject({ routed: 'no', why });
  });

  it('go where a word is only part of another, or the model’s own', () => {
    expect(ask(router, asked('improved approved proven')).model).toBe('gpt-4o-mini');
    const talk = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'I can prove it' },
    ];
    expect(ask(router, asked(talk)).model).toBe('gpt-4o-mini');
  });

  it('go up to the limit itself', () => {
    expect(ask(router, asked('x'.repeat(100))).model).toBe('gpt-4o-mini');
    expect(ask(router, asked(many(3))).model).toBe('gpt-4o-mini');
  });

  it('go to a target, for some consumers alone, with tools where that is allowed', () => {
    const some = policy('cost-router', { target: 'local/small', consumers: ['batch-*'], tools: true });
    const scene = { ...asked('hi', { integers: { tools: 3 } }), targets: ['local/small'] };
    expect(evidenceOf(ask(some, scene))).toMatchObject({ why: 'other_consumer' });
    const batch = { ...scene, texts: { model: 'o3', consumer: 'batch-7' } };
    expect(ask(some, batch).target).toBe('local/small');
    expect(evidenceOf(ask(some, { ...batch, targets: [] }))).toMatchObject({ routed: 'no', why: 'refused' });
  });

  it.each([
    [{}, 'one of model and target'],
    [{ model: 'a', target: 'b' }, 'one of model and target'],
    [{ model: 'a', max_bytes: 0 }, 'config.max_bytes'],
    [{ model: 'a', keep_words: [''] }, 'config.keep_words[0]'],
    [{ model: 'a', keep_word: ['x'] }, 'config.keep_word is not known'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('cost-router', config)).toContain(named);
  });
});
