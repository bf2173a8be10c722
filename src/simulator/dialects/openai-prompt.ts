// Reading what OpenAI's chat and responses requests have in common: tools, tool_choice, response formats, model.
import { arrayOf, type JsonObject, objectOf, stringOf } from '../json.js';
import type { ToolChoice, ToolSpec } from '../prompt.js';
import { ANY_JSON } from '../schema.js';
import { SimError } from '../sim-error.js';

const CHOICES_MAX = 128;
const DEPLOYMENT = /\/deployments\/([^/]+)\//;

/** The body's model, or on Azure the deployment. @throws SimError 400. */
export function readModel(body: JsonObject, path: string): string {
  const model = stringOf(body.model);
  if (model !== null && model !== '') return model;
  const deployment = DEPLOYMENT.exec(path)?.[1];
  if (deployment !== undefined) return deployment;
  throw missing('model');
}

export function missing(param: string): SimError {
  return new SimError(400, `Missing required parameter: '${param}'.`, param);
}

/** Chat nests name and parameters in `function`, Responses does not. */
export function readTools(value: unknown): ToolSpec[] {
  const tools: ToolSpec[] = [];
  for (const item of arrayOf(value)) {
    const tool = objectOf(item);
    if (tool?.type !== undefined && tool.type !== 'function') continue;
    const spec = objectOf(tool?.function) ?? tool;
    const name = stringOf(spec?.name);
    if (name !== null) tools.push({ name, schema: objectOf(spec?.parameters) ?? {} });
  }
  return tools;
}

export function readToolChoice(value: unknown): ToolChoice {
  if (value === 'none' || value === 'auto') return value;
  if (value === 'required') return 'any';
  const choice = objectOf(value);
  const name = stringOf(objectOf(choice?.function)?.name) ?? stringOf(choice?.name);
  return name === null ? 'auto' : { name };
}

/** `response_format` of chat, `text.format` of Responses: the schema, `{}` for any JSON, null for prose. */
export function readFormat(value: unknown): JsonObject | null {
  const format = objectOf(value);
  if (format?.type === 'json_schema') {
    return objectOf(objectOf(format.json_schema)?.schema) ?? objectOf(format.schema) ?? {};
  }
  return format?.type === 'json_object' ? ANY_JSON : null;
}

export function readChoices(value: number | null): number {
  if (value !== null && value > CHOICES_MAX) {
    throw new SimError(400, `Invalid value for 'n': it must be at most ${CHOICES_MAX}.`, 'n');
  }
  return value ?? 1;
}
