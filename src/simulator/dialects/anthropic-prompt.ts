// Reading an Anthropic messages request, wherever it came in: Anthropic, Vertex, Bedrock invoke.
import { arrayOf, type JsonObject, objectOf, stringOf } from '../json.js';
import { countField, type Prompt, readMessages, type ToolChoice, type ToolSpec } from '../prompt.js';
import { SimError } from '../sim-error.js';

/** `bounded`: max_tokens is required. @throws SimError 400 in Anthropic's words. */
export function readAnthropic(body: JsonObject, model: string, bounded: boolean): Prompt {
  const { messages } = body;
  if (messages === undefined) throw required('messages');
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new SimError(400, 'messages: at least one message is required', 'messages');
  }
  const maxTokens = countField(body, 'max_tokens');
  if (bounded && maxTokens === null) throw required('max_tokens');
  return {
    model,
    ...readMessages(body.system, messages),
    tools: readTools(body.tools),
    toolChoice: readToolChoice(objectOf(body.tool_choice)),
    schema: objectOf(objectOf(objectOf(body.output_config)?.format)?.schema),
    maxTokens,
    choices: 1,
  };
}

function required(field: string): SimError {
  return new SimError(400, `${field}: Field required`, field);
}

function readTools(value: unknown): ToolSpec[] {
  const tools: ToolSpec[] = [];
  for (const item of arrayOf(value)) {
    const tool = objectOf(item);
    const name = stringOf(tool?.name);
    if (name !== null) tools.push({ name, schema: objectOf(tool?.input_schema) ?? {} });
  }
  return tools;
}

function readToolChoice(choice: JsonObject | null): ToolChoice {
  const name = stringOf(choice?.name);
  if (choice?.type === 'tool' && name !== null) return { name };
  if (choice?.type === 'any') return 'any';
  return choice?.type === 'none' ? 'none' : 'auto';
}
