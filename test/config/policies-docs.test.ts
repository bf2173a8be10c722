// docs/policies.md is complete and true: every option of the schema with its default, every word of `when`, examples that load.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLAIN_DIMENSIONS } from '../../src/config/config.js';
import { formatProblem, loadConfigText } from '../../src/config/load.js';
import { configJsonSchema } from '../../src/config/schema.js';
import { GRANTS } from '../../src/core/plugin-settings.js';
import { FIELDS, FUNCTIONS, METHODS } from '../../src/when/vocabulary.js';

const read = (file: string): string => readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
const DOCS = read('policies.md');
const CONFIGURATION = read('configuration.md');

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

const rows = (docs: string): string[] => docs.split('\n').filter(line => line.startsWith('| `'));
const schema = configJsonSchema() as SchemaNode;
const entry = schema.properties?.policies?.items?.properties ?? {};
const RULES = ['deny', 'limit', 'budget', 'cap'];
/** Said once, of the place beside the rule. */
const HOLDING = ['hold', 'overrun', 'unmetered', 'unpriced'];

const options = [
  ...Object.entries(entry).filter(([key]) => key !== 'plugin' && !RULES.includes(key)),
  ...RULES.flatMap(rule =>
    Object.entries(entry[rule]?.properties ?? {})
      .filter(([key]) => !HOLDING.includes(key))
      .map(([key, node]) => [`${rule}.${key}`, node] as const),
  ),
];

describe('the documentation of policies', () => {
  it('knows the options of the schema', () => expect(options.length).toBeGreaterThan(25));

  it.each(options)('has %s with its default', (path, node) => {
    const row = rows(DOCS).find(line => line.split('|')[1]?.includes(`\`${path}\``));
    expect(row, path).toBeDefined();
    const { default: value } = node;
    if (typeof value === 'string') expect(row?.split('|')[2]).toContain(`\`${value}\``);
    // A number with a default is itself the default.
    if (typeof value === 'number') expect(row?.split('|')[2]).toContain(`\`${value}\``);
  });

  it.each(Object.entries(entry.plugin?.properties ?? {}))(
    'has %s of a plugin with its default',
    (key, node) => {
      const plugins = CONFIGURATION.slice(CONFIGURATION.indexOf('## Plugins'));
      const row = rows(plugins).find(line => line.split('|')[1]?.includes(`\`${key}\``));
      expect(row, key).toBeDefined();
      if (typeof node.default === 'string') expect(row?.split('|')[2]).toContain(`\`${node.default}\``);
    },
  );

  it.each(GRANTS)('has the grant %s', grant => expect(CONFIGURATION).toContain(`\`${grant}\``));

  it.each(Object.keys(schema.properties?.prices?.items?.properties ?? {}))('has %s of a price', key => {
    const prices = CONFIGURATION.slice(CONFIGURATION.indexOf('## Prices'));
    expect(rows(prices).some(line => line.split('|')[1]?.includes(`\`${key}\``))).toBe(true);
  });

  it.each(
    Object.entries(FIELDS).flatMap(([root, fields]) => Object.keys(fields).map(key => `${root}.${key}`)),
  )('has the variable %s', name => expect(rows(DOCS).some(line => line.includes(`\`${name}\``))).toBe(true));

  it.each([...FUNCTIONS, ...METHODS, ...PLAIN_DIMENSIONS])('has the word %s', word => {
    expect(DOCS).toContain(`\`${word}\``);
  });

  const examples = [...DOCS.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1] ?? '');
  it.each(examples)('has examples that load without an error: %j', text => {
    const loaded = loadConfigText(text, 'weir.yaml', { OPENAI_API_KEY: 'sk-from-outside' });
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  });
});
