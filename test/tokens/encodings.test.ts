// Which encoding a model's name leads to, beside tiktoken's own table.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { encodingOf } from '../../src/tokens/encodings.js';

const table = createRequire(import.meta.url).resolve('tiktoken/model_to_encoding.json');
const modelToEncoding = JSON.parse(readFileSync(table, 'utf8')) as Record<string, string>;
const KNOWN = new Set(['o200k_base', 'cl100k_base']);

describe('the encoding of a model', () => {
  const shared = Object.entries(modelToEncoding).filter(([, encoding]) => KNOWN.has(encoding));

  it('is the one that tiktoken has for every model of these two encodings', () => {
    expect(shared.length).toBeGreaterThan(60);
    expect(shared.filter(([model, encoding]) => encodingOf(model).encoding !== encoding)).toEqual([]);
    expect(shared.filter(([model]) => !encodingOf(model).exact)).toEqual([]);
  });

  it('is a guess for models that tiktoken reads with an older encoding', () => {
    const older = Object.entries(modelToEncoding).filter(([, encoding]) => !KNOWN.has(encoding));
    expect(older.length).toBeGreaterThan(20);
    expect(older.filter(([model]) => encodingOf(model).exact)).toEqual([]);
  });

  it.each([
    ['openai/gpt-4o-mini', 'o200k_base'],
    ['openrouter/openai/gpt-5-mini-2025-08-07', 'o200k_base'],
    ['ft:gpt-4o-mini-2024-07-18:org::id', 'o200k_base'],
    ['ft:gpt-3.5-turbo-0613:org::id', 'cl100k_base'],
    ['openai.gpt-oss-120b-1:0', 'o200k_base'],
    ['gpt-oss:20b', 'o200k_base'],
    ['gpt-5.2-2025-12-11', 'o200k_base'],
    ['GPT-4o', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['o3', 'o200k_base'],
    ['gpt-35-turbo-16k', 'cl100k_base'],
    ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
    ['davinci-002', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
  ] as const)('%s is counted exactly with %s', (model, encoding) => {
    expect(encodingOf(model)).toEqual({ encoding, exact: true });
  });

  it.each([
    null,
    '',
    'my-deployment',
    'claude-sonnet-4-5',
    'gemini-2.5-flash',
    'gpt-4.2',
    'gpt-4x',
    'gpt-6',
    'o10',
    'o1mega',
    'gpt-4.1ish',
    'ft:llama-3',
  ])('%s is a guess with o200k_base', model => {
    expect(encodingOf(model)).toEqual({ encoding: 'o200k_base', exact: false });
  });

  it('stays right after more names than it remembers', () => {
    for (let i = 0; i < 3000; i++) encodingOf(`gpt-4o-${i}`);
    expect(encodingOf('gpt-4').encoding).toBe('cl100k_base');
    expect(encodingOf('gpt-4o-1').encoding).toBe('o200k_base');
  });
});
