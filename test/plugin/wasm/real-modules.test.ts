// Modules that were not made for Weir compute the same metered.
import { describe, expect, it } from 'vitest';
import { runMetered } from './support/engine.js';
import { REAL_MODULES } from './support/real-modules.js';

describe('real modules', () => {
  it.each(Object.entries(REAL_MODULES))(
    '%s computes the same metered, twice with the same fuel',
    async (_, work) => {
      const plain = await work();
      const first = await runMetered(work);
      const second = await runMetered(work);
      expect(JSON.stringify(plain).length).toBeGreaterThan(100);
      expect(first.result).toEqual(plain);
      expect(first.fuel).toBeGreaterThan(1_000);
      expect(second.fuel).toBe(first.fuel);
    },
  );
});
