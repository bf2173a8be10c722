// Where a request goes, by names of the configuration (CONTRACT.md §5.7).
import { describe, expect, it } from 'vitest';
import { eventScene, observe, scene } from '../support/scene.js';

const set = (what: 'model' | 'target', name: string, over = scene({ targets: ['openai', 'local/llama3'] })) =>
  observe(w => `(call $set_${what} ${w.text(name)})`, over);

describe('set_model', () => {
  it('takes names of models as providers write them', () => {
    for (const name of [
      'gpt-4o-mini',
      'ft:gpt-4o:org::id',
      'accounts/fireworks/models/llama-v3p1',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3',
      'claude-3-haiku@20240307',
      'm'.repeat(200),
    ]) {
      expect(set('model', name)).toMatchObject({ value: 0n, outcome: { model: name } });
    }
  });

  it('refuses what could leave its place in a path or a body', () => {
    for (const name of [
      '',
      '../x',
      'a/../b',
      '/abs',
      'a b',
      'a?b',
      'a#b',
      'a%2fb',
      'a\nb',
      'a"b',
      'ü',
      'm'.repeat(201),
      'm'.repeat(600),
    ]) {
      expect(set('model', name)).toMatchObject({ value: -2n, outcome: { model: null } });
    }
  });

  it('keeps the last name', () => {
    const { outcome } = observe(
      w => `(i32.add (call $set_model ${w.text('a')}) (call $set_model ${w.text('b')}))`,
    );
    expect(outcome.model).toBe('b');
  });
});

describe('set_target', () => {
  it('takes a provider, or a provider and model, of the configuration', () => {
    for (const name of ['openai', 'local/llama3'])
      expect(set('target', name)).toMatchObject({ value: 0n, outcome: { target: name } });
  });

  it('refuses other names and addresses', () => {
    for (const name of ['other', 'openai/x', 'http://127.0.0.1', '', 'o'.repeat(600)]) {
      expect(set('target', name)).toMatchObject({ value: -2n, outcome: { target: null } });
    }
  });
});

describe('both', () => {
  it('are refused outside on_request', () => {
    for (const over of [
      scene({ hook: 'on_response', targets: ['openai'] }),
      eventScene('x', { targets: ['openai'] }),
    ]) {
      expect(set('model', 'gpt-4o', over).value).toBe(-2n);
      expect(set('target', 'openai', over).value).toBe(-2n);
    }
  });
});
