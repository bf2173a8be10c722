// Weir keys: form, randomness, and the mistakes that the check characters find.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newWeirKey, weirKeyChecksumOk, weirKeySha256 } from '../../src/core/weir-key.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const keys = Array.from({ length: 50 }, newWeirKey);

describe('a Weir key', () => {
  it('has the public form', () => {
    for (const key of keys) expect(key).toMatch(/^weir_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/);
  });

  it('has right check characters', () => {
    for (const key of keys) expect(weirKeyChecksumOk(key)).toBe(true);
  });

  it('keeps its check characters over versions', () => {
    expect(weirKeyChecksumOk(`weir_${'0'.repeat(43)}08ntq0`)).toBe(true);
  });

  it('is found wrong with any one character replaced', () => {
    for (const key of keys.slice(0, 10)) {
      for (let i = 5; i < key.length; i++) {
        for (const letter of ALPHABET) {
          if (letter === key[i]) continue;
          expect(weirKeyChecksumOk(key.slice(0, i) + letter + key.slice(i + 1))).toBe(false);
        }
      }
    }
  });

  it('is found wrong with any two neighbours swapped', () => {
    for (const key of keys) {
      for (let i = 5; i < key.length - 1; i++) {
        if (key[i] === key[i + 1]) continue;
        const swapped = `${key.slice(0, i)}${key[i + 1]}${key[i]}${key.slice(i + 2)}`;
        expect(weirKeyChecksumOk(swapped), swapped).toBe(false);
      }
    }
  });

  it.each([
    '',
    'weir_',
    'sk-123',
    `weir_${'a'.repeat(48)}`,
    `weir_${'a'.repeat(50)}`,
    `weir_${'-'.repeat(49)}`,
  ])('is not %j', text => expect(weirKeyChecksumOk(text)).toBe(false));

  it('draws all 62 characters equally often', () => {
    const counts = new Map([...ALPHABET].map(letter => [letter, 0]));
    const rounds = 4000;
    for (let i = 0; i < rounds; i++) {
      for (const letter of newWeirKey().slice(5, 48)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    const expected = (rounds * 43) / 62;
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
    // 61 degrees of freedom: above 140 once in 10^8 runs; the bias of `byte % 62` alone would give about 900.
    expect(chiSquare).toBeLessThan(140);
  });

  it('is never the same twice', () => expect(new Set(keys).size).toBe(keys.length));

  it('is kept as the SHA-256 of its whole text', () => {
    const key = newWeirKey();
    expect(weirKeySha256(key)).toBe(createHash('sha256').update(key).digest('hex'));
  });
});
