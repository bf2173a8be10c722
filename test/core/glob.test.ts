// Globs equal their slow twin.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches } from '../../src/core/glob.js';

/** The slow, obvious twin: every way to spend each star. */
function twin(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] !== '*')
    return pattern[0] === text[0] && text !== '' && twin(pattern.slice(1), text.slice(1));
  for (let i = 0; i <= text.length; i++) if (twin(pattern.slice(1), text.slice(i))) return true;
  return false;
}

describe('a glob', () => {
  it.each([
    ['gpt-4o*', 'gpt-4o-mini', true],
    ['gpt-4o*', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['*', '', true],
    ['a*a', 'a', false],
    ['*.claude-*-v2:0', 'us.claude-3-v2:0', true],
    ['a.c', 'abc', false],
    ['[a]*', '[a]x', true],
  ])('%s on %s is %s', (pattern, text, expected) => expect(globMatches(pattern, text)).toBe(expected));

  it('equals its twin on short texts over two letters', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 7 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (glob, word) => globMatches(glob, word) === twin(glob, word)),
      { numRuns: 3000 },
    );
  });
});
