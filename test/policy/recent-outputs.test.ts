// The likely length of an answer against a plain sort.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentOutputs, UNKNOWN_OUTPUT_TOKENS } from '../../src/policy/recent-outputs.js';

test('the likely length is the 95th percentile of the last 64 answers, and 512 before there are 20', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { maxLength: 200 }), lengths => {
      const recent = new RecentOutputs();
      for (const length of lengths) recent.add('team-a', 'gpt-4o', length);
      const sorted = lengths.slice(-64).sort((a, b) => a - b);
      const wanted = sorted[Math.ceil(sorted.length * 0.95) - 1];
      const likely = recent.likely('team-a', 'gpt-4o');
      expect(likely).toBe(lengths.length < 20 ? UNKNOWN_OUTPUT_TOKENS : wanted);
    }),
  );
});

test('consumers and models are told apart', () => {
  const recent = new RecentOutputs();
  for (let i = 0; i < 20; i++) recent.add('a', 'm', 7);
  expect(recent.likely('a', 'm')).toBe(7);
  expect(recent.likely('a', 'n')).toBe(512);
  expect(recent.likely('b', 'm')).toBe(512);
});

test('the pair that has answered least lately is forgotten, not one in use', () => {
  const recent = new RecentOutputs();
  for (let i = 0; i < 20; i++) recent.add('busy', 'm', 7);
  for (let i = 0; i < 20; i++) recent.add('idle', 'm', 9);
  for (let i = 0; i < 5000; i++) {
    recent.add(`c${i}`, 'm', 1);
    recent.add('busy', 'm', 7);
  }
  expect(recent.likely('busy', 'm')).toBe(7);
  expect(recent.likely('idle', 'm')).toBe(512);
});
