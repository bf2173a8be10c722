// docs/records.md tells every code that a caller may see, with its status: a new code that nobody described fails here.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../src/core/codes.js';

const rows = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| `weir_'));

describe('docs/records.md', () => {
  it.each(Object.entries(CODES))('tells %s with its status', (code, { status }) => {
    const told = rows.filter(row => row.split('|')[1]?.includes(`\`${code}\``));
    expect(told).toHaveLength(1);
    expect(told[0]?.split('|')[2]?.trim()).toMatch(new RegExp(`^${status}\\b`));
  });

  it('tells no code that does not exist', () => {
    const told = rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`(weir_\w+)`/g)]);
    expect(told.map(([, code]) => code).filter(code => !Object.hasOwn(CODES, code ?? ''))).toEqual([]);
  });
});
