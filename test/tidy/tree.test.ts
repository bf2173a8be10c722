// The rules over the real tree: one test a rule, all its findings at once.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES } from './rules.js';
import { readTree } from './tree.js';

const tree = readTree(fileURLToPath(new URL('../..', import.meta.url)));

describe('the tree', () => {
  it('is read whole', () => {
    expect(tree.has('src/core/codes.ts')).toBe(true);
    expect([...tree.keys()].some(path => path.startsWith('node_modules/'))).toBe(false);
  });

  for (const rule of RULES) it(rule.name, () => expect(rule.check(tree)).toEqual([]));
});
