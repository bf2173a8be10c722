// The table's protocol is right in every order of its steps, and each of its safeguards is needed.
import { describe, expect, it } from 'vitest';
import { SAFEGUARDS, searchInterleavings } from './limits-interleavings.js';

describe('the protocol of the limits table', () => {
  it.each([
    ['two that add, and one that frees', ['taker', 'taker', 'sweeper'], 2, 1],
    ['two that add, and a stranger', ['taker', 'taker', 'stranger'], 3, 1],
    ['two that free at once', ['taker', 'sweeper', 'sweeper'], 2, 2],
    ['three that add', ['taker', 'taker', 'taker'], 2, 1],
  ] as const)(
    'gives a key one bucket, and its permit to one: %s',
    { timeout: 60_000 },
    (_, kinds, slots, rounds) => {
      const { wrong, states } = searchInterleavings(kinds, slots, rounds);
      expect(wrong).toBeNull();
      expect(states).toBeGreaterThan(500);
    },
  );

  it.each(SAFEGUARDS)('goes wrong in some order without: %s', { timeout: 60_000 }, safeguard => {
    expect(searchInterleavings(['taker', 'taker', 'sweeper'], 2, 2, safeguard).wrong).not.toBeNull();
  });
});
