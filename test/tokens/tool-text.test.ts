// Tool definitions of every dialect, written as models read them.
import { describe, expect, it } from 'vitest';
import { jsonText, toolOf, typescriptText } from '../../src/tokens/tool-text.js';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'get_weather', description: 'Weather of a city', parameters };

describe('a tool definition', () => {
  it.each([
    ['openai.chat', { type: 'function', function: weather }],
    ['openai.responses', { type: 'function', ...weather }],
    ['openai functions', weather],
    ['anthropic', { name: weather.name, description: weather.description, input_schema: parameters }],
    [
      'bedrock',
      {
        toolSpec: { name: weather.name, description: weather.description, inputSchema: { json: parameters } },
      },
    ],
    ['gemini', { name: weather.name, description: weather.description, parametersJsonSchema: parameters }],
    [
      'cohere v1',
      { name: weather.name, description: weather.description, parameter_definitions: parameters },
    ],
  ])('is read in the spelling of %s', (_, definition) => {
    expect(toolOf(definition)).toEqual(weather);
  });

  it.each([
    { type: 'web_search_20250305', name: 'web_search' },
    { type: 'code_interpreter', container: { type: 'auto' } },
    { googleSearch: {} },
    { type: 'custom', custom: { name: 'sum', format: { type: 'grammar', grammar: {} } } },
    { type: 'function' },
    null,
    'text',
    [],
  ])('is none of the caller’s: %j', definition => {
    expect(toolOf(definition)).toBeNull();
  });

  it('is compact JSON for most models', () => {
    expect(JSON.parse(jsonText([weather]))).toEqual(weather);
  });
});

const typescript = (properties: unknown, rest: object = {}): string =>
  typescriptText([{ name: 'f', description: '', parameters: { type: 'object', properties, ...rest } }]);

it('a custom tool of free text has a name, a description and no parameters', () => {
  const custom = { name: 'note', description: 'Takes a note', format: { type: 'text' } };
  expect(toolOf({ type: 'custom', custom })).toEqual({ ...custom, format: undefined, parameters: null });
});

describe('the TypeScript form', () => {
  it('is that of OpenAI’s harmony renderer', () => {
    expect(typescriptText([weather, { name: 'now', description: '', parameters: null }])).toBe(
      'namespace functions {\n\n// Weather of a city\ntype get_weather = (_: {\ncity: string,\n}) => any;\n\n' +
        'type now = () => any;\n\n} // namespace functions',
    );
  });

  it.each([
    [{ a: { type: 'integer', default: 3 } }, 'a?: number, // default: 3'],
    [{ a: { enum: ['x', 'y'] } }, 'a?: "x" | "y",'],
    [{ a: { type: ['string', 'null'] } }, 'a?: string | null,'],
    [{ a: { anyOf: [{ type: 'boolean' }, { type: 'number' }] } }, 'a?: boolean | number,'],
    [{ a: { type: 'array', items: { type: 'string' } } }, 'a?: string[],'],
    [{ a: { type: 'object', properties: { b: { type: 'string' } } } }, 'a?: {\nb?: string,\n},'],
    [{ a: { type: 'object' } }, 'a?: object,'],
    [{ a: { title: 'A', description: 'first' } }, '// A\n//\n// first\na?: any,'],
    [{ a: true }, 'a?: any,'],
  ])('writes %j', (properties, line) => {
    expect(typescript(properties)).toContain(`(_: {\n${line}\n})`);
  });

  it('writes out what a property refers to', () => {
    const $defs = { P: { type: 'object', properties: { x: { type: 'number' } } } };
    expect(typescript({ p: { $ref: '#/$defs/P' } }, { $defs })).toContain('p?: {\nx?: number,\n},');
    expect(typescript({ p: { $ref: '#/$defs/Nobody' } }, { $defs })).toContain('p?: any,');
  });

  it('ends where a schema refers to itself or nests without end', () => {
    const self = { type: 'object', properties: { next: { $ref: '#/$defs/N' } } };
    expect(typescript({ n: { $ref: '#/$defs/N' } }, { $defs: { N: self } }).length).toBeLessThan(2000);
    const twice = {
      type: ['object', 'object'],
      properties: { l: { $ref: '#/$defs/T' }, r: { $ref: '#/$defs/T' } },
    };
    expect(typescript({ t: { $ref: '#/$defs/T' } }, { $defs: { T: twice } }).length).toBeLessThan(1_000_000);
    let deep: unknown = { type: 'string' };
    for (let i = 0; i < 5000; i++) deep = { type: 'array', items: deep };
    expect(typescript({ a: deep })).toContain('any[]');
  });

  it('takes the shared indentation off a description', () => {
    const text = typescriptText([{ ...weather, description: 'First.\n\n    Args:\n        city: x\n    ' }]);
    expect(text).toContain('// First.\n\nArgs:\n    city: x\ntype');
  });
});
