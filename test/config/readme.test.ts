// README.md's configurations load, so that the first thing that somebody copies works.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatProblem, loadConfigText } from '../../src/config/load.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const examples = [...README.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1] ?? '');

describe('README.md', () => {
  it('has an example of a configuration, one of policies, one of plugins', () => {
    expect(examples).toHaveLength(3);
    expect(examples[1]).toContain('policies:');
    expect(examples[2]).toContain('plugins_dir:');
  });

  it.each(examples)('has examples that load without an error: %j', text => {
    const hash = '6a1f0c2b4d3e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeef';
    const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(match => [match[1], 'a-value-from-outside']);
    const yaml = text.replace('<from weir key new>', hash);
    const loaded = loadConfigText(yaml, 'weir.yaml', Object.fromEntries(names));
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  });
});
