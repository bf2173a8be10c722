// The mending that an unknown name gets.
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/core/nearest.js';

const KNOWN = ['listen', 'limits', 'providers', 'base_url', 'anthropic', 'openai', 'tls'];

describe('the nearest known name', () => {
  it.each([
    ['lissten', 'listen'],
    ['limit', 'limits'],
    ['provdiers', 'providers'],
    ['base-url', 'base_url'],
    ['BaseURL', 'base_url'],
    ['opanai', 'openai'],
    ['tsl', 'tls'],
    ['tl', 'tls'],
  ])('for %s is %s', (name, expected) => expect(nearest(name, KNOWN)).toBe(expected));

  it.each(['', 'zzzzzz', 'x', 'completely_else'])('for %j is none', name => {
    expect(nearest(name, KNOWN)).toBeNull();
  });

  it('is none among no names', () => expect(nearest('listen', [])).toBeNull());

  it('is the first of two that are equally near', () => expect(nearest('ac', ['ab', 'ad'])).toBe('ab'));

  it('stays cheap for a name of a megabyte', () => expect(nearest('l'.repeat(1 << 20), KNOWN)).toBeNull());
});
