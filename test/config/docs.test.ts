// docs/configuration.md is complete and true: every key with its default, every example loads.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatProblem, loadConfigText } from '../../src/config/load.js';
import { configJsonSchema } from '../../src/config/schema.js';
import { PROVIDERS } from '../../src/provider/table.js';

const DOCS = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
}

/** Dotted paths of the leaves, with their defaults. */
function leaves(node: SchemaNode, path: string): [string, unknown][] {
  const entries = Object.entries(node.properties ?? {});
  if (entries.length === 0) return [[path, node.default]];
  return entries.flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** The keys of one provider, consumer and route. AWS key parts are told in a sentence. */
function entryKeys(schema: SchemaNode): string[] {
  const provider = schema.properties?.providers?.additionalProperties;
  const entry = typeof provider === 'object' ? provider.anyOf?.[0] : undefined;
  if (entry === undefined) throw new Error('the schema has no provider entry');
  const consumer = schema.properties?.consumers?.items ?? {};
  const route = schema.properties?.routes?.items ?? {};
  const consumerKeys = Object.keys(consumer.properties?.keys?.items?.properties ?? {});
  return [
    ...Object.keys(entry.properties ?? {}),
    ...['name', 'tags'],
    ...consumerKeys.map(key => `keys[].${key}`),
    ...Object.keys(route.properties?.match?.properties ?? {}).map(key => `match.${key}`),
    ...Object.keys(route.properties?.targets?.items?.properties ?? {}).map(key => `targets[].${key}`),
  ];
}

const rows = DOCS.split('\n').filter(line => line.startsWith('| `'));

describe('the documentation of the configuration', () => {
  it.each(leaves(configJsonSchema() as SchemaNode, ''))('has %s with its default', (path, value) => {
    const row = rows.find(line => line.split('|')[1]?.includes(`\`${path}\``));
    expect(row, path).toBeDefined();
    if (typeof value === 'string') expect(row?.split('|')[2]).toContain(`\`${value}\``);
  });

  it.each(entryKeys(configJsonSchema() as SchemaNode))('has %s of an entry', path => {
    expect(rows.some(line => line.split('|')[1]?.includes(`\`${path}\``))).toBe(true);
  });

  it('has a row for each kind of provider, with its facts', () => {
    for (const spec of PROVIDERS) expect(DOCS).toContain(providerRow(spec));
  });

  const examples = [...DOCS.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1] ?? '');
  it.each(examples)('has examples that load without an error: %j', text => {
    const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(match => [match[1], 'a-value-from-outside']);
    const loaded = loadConfigText(text, 'weir.yaml', Object.fromEntries(names));
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  });
});

function providerRow(spec: (typeof PROVIDERS)[number]): string {
  const yes = (flag: boolean): string => (flag ? 'yes' : 'no');
  const base = spec.baseUrl === null ? 'to be given' : `\`${spec.baseUrl}\``;
  const facts = [
    spec.dialects.join(', '),
    base,
    spec.auth,
    yes(spec.usageOptIn),
    yes(spec.cancelStopsBilling),
  ];
  return `| \`${spec.kind}\` | ${facts.join(' | ')} |`;
}
