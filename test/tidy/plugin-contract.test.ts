// The table of what shows the plugin ABI names tests that there are.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
const rows = read('test/plugin/abi-tests.md')
  .split('\n')
  .filter(line => line.startsWith('| 5.'))
  .map(line => {
    const [section = '', , file = '', words = ''] = line
      .slice(2, -2)
      .split(' | ')
      .map(cell => cell.trim());
    return { section, file, words };
  });

describe('the table of tests of the plugin ABI', () => {
  it('has rows of every section', () => {
    const sections = Array.from({ length: 10 }, (_, i) => `5.${i + 1}`);
    expect([...new Set(rows.map(({ section }) => section))]).toEqual(sections);
  });

  it('names files that exist, and words that stand in them', () => {
    const wrong = rows.filter(({ file, words }) => {
      const exists = file !== '' && existsSync(fileURLToPath(new URL(file, root)));
      return !exists || words === '' || !read(file).includes(words);
    });
    expect(wrong).toEqual([]);
  });
});
