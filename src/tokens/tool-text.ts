// A tool's definition as the model reads it. OpenAI writes functions as TypeScript types: the published renderer of the
// same form is openai/harmony (`template_tools_section`); against recorded usage of gpt-3.5 to gpt-4.1 a description keeps its
// lines without a comment sign each, and loses the indentation that they share.
// Runs once for each set of tools that an application sends (tools.ts keeps the counts), so it may parse JSON.

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * A function in any dialect's spelling: OpenAI chat and Ollama (`function`), responses (flat), Anthropic (`input_schema`),
 * Gemini (`parameters`), Bedrock (`toolSpec.inputSchema.json`), Cohere v1 (`parameter_definitions`), OpenAI's `custom`.
 * Null for what the provider runs itself (web search, code execution) and for a grammar: nobody outside knows their prompts.
 */
export function toolOf(definition: unknown): ToolDefinition | null {
  const outer = fieldsOf(definition);
  if (outer === null) return null;
  const type = textOf(outer.type);
  if (type !== '' && type !== 'function' && type !== 'custom') return null;
  const inner = fieldsOf(outer.function) ?? fieldsOf(outer.custom) ?? fieldsOf(outer.toolSpec) ?? outer;
  const name = textOf(inner.name);
  if (name === '' || fieldsOf(inner.format)?.type === 'grammar') return null;
  const parameters =
    inner.parameters ??
    inner.input_schema ??
    fieldsOf(inner.inputSchema)?.json ??
    inner.parametersJsonSchema ??
    inner.parameter_definitions ??
    null;
  return { name, description: textOf(inner.description), parameters };
}

/** Compact JSON of what a chat template would dump. */
export function jsonText(tools: readonly ToolDefinition[]): string {
  return tools
    .map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters }))
    .join('\n');
}

export function typescriptText(tools: readonly ToolDefinition[]): string {
  const lines = ['namespace functions {', ''];
  for (const { name, description, parameters } of tools) {
    if (description !== '') lines.push(`// ${dedent(description)}`);
    const fields = propertiesOf(parameters, {
      root: fieldsOf(parameters) ?? {},
      depth: 0,
      budget: { types: TYPES_MAX },
    });
    const about = textOf(fieldsOf(parameters)?.description);
    if (fields === null) lines.push(`type ${name} = () => any;`);
    else if (about === '') lines.push(`type ${name} = (_: {`, ...fields, '}) => any;');
    else lines.push(`type ${name} = (_: // ${about}`, '{', ...fields, '}) => any;');
    lines.push('');
  }
  lines.push('} // namespace functions');
  return lines.join('\n');
}

/** Schemas nest as deep as their sender likes and refer to themselves: below this, and after so many types, `any` is written. */
const DEPTH_MAX = 20;
const TYPES_MAX = 20_000;

/** Where a schema stands: what its `$ref`s point into, how deep, and how many more types its tool may have. */
interface Place {
  readonly root: Fields;
  readonly depth: number;
  readonly budget: { types: number };
}

function propertiesOf(schema: unknown, place: Place): string[] | null {
  const object = fieldsOf(schema);
  const properties = fieldsOf(object?.properties);
  if (object === null || properties === null || Object.keys(properties).length === 0) return null;
  const required = Array.isArray(object.required) ? object.required : [];
  const inside = { ...place, depth: place.depth + 1 };
  return Object.entries(properties).flatMap(([key, value]) =>
    property(key, resolved(value, place.root), required.includes(key), inside),
  );
}

/** A property's own `$ref` is written out, one of an array's items is not: so the recorded usage says. */
function resolved(schema: unknown, root: Fields): unknown {
  const reference = textOf(fieldsOf(schema)?.$ref);
  const [, group = '', name = ''] = /^#\/(\$defs|definitions)\/(.+)$/.exec(reference) ?? [];
  return fieldsOf(root[group])?.[name] ?? schema;
}

function property(key: string, value: unknown, required: boolean, place: Place): string[] {
  const field = fieldsOf(value) ?? {};
  const lines: string[] = [];
  if (textOf(field.title) !== '') lines.push(`// ${textOf(field.title)}`, '//');
  if (textOf(field.description) !== '') lines.push(`// ${textOf(field.description)}`);
  const fallback = field.default === undefined ? '' : ` // default: ${JSON.stringify(field.default)}`;
  lines.push(`${key}${required ? '' : '?'}: ${typeText(value, place)},${fallback}`);
  return lines;
}

function typeText(schema: unknown, place: Place): string {
  const field = fieldsOf(schema);
  if (field === null || place.depth > DEPTH_MAX || place.budget.types-- <= 0) return 'any';
  const inside = { ...place, depth: place.depth + 1 };
  if (Array.isArray(field.enum)) return field.enum.map(value => JSON.stringify(value)).join(' | ');
  const variants = field.anyOf ?? field.oneOf;
  if (Array.isArray(variants)) return variants.map(variant => typeText(variant, inside)).join(' | ');
  if (Array.isArray(field.type))
    return field.type.map(type => typeText({ ...field, type }, inside)).join(' | ');
  switch (field.type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'number':
      return field.type;
    case 'integer':
      return 'number';
    case 'array':
      return `${typeText(field.items, inside)}[]`;
    default: {
      const fields = propertiesOf(field, place);
      if (fields !== null) return `{\n${fields.join('\n')}\n}`;
      return field.type === 'object' ? 'object' : 'any';
    }
  }
}

/** As Python's `inspect.cleandoc`: the indentation that all lines but the first share goes, and what trails. */
function dedent(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  const indents = rest.filter(line => line.trim() !== '').map(line => line.length - line.trimStart().length);
  const indent = indents.length === 0 ? 0 : indents.reduce((least, next) => Math.min(least, next));
  return [first, ...rest.map(line => line.slice(indent))].join('\n').trimEnd();
}
