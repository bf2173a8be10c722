// Reading a Bedrock converse request.
import { arrayOf, type JsonObject, objectOf, stringOf } from '../json.js';
import { countField, type Prompt, readMessages, type ToolChoice, type ToolSpec } from '../prompt.js';
import { SimError } from '../sim-error.js';

/** @throws SimError 400 in Bedrock's words. */
export function readConverse(body: JsonObject, model: string): Prompt {
  const messages = arrayOf(body.messages);
  if (messages.length === 0) {
    throw new SimError(
      400,
      "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null",
      'messages',
    );
  }
  const config = objectOf(body.toolConfig);
  return {
    model,
    ...readMessages(body.system, messages),
    tools: readTools(config?.tools),
    toolChoice: readToolChoice(objectOf(config?.toolChoice)),
    schema: null,
    maxTokens: countField(objectOf(body.inferenceConfig) ?? {}, 'maxTokens', 'inferenceConfig.maxTokens'),
    choices: 1,
  };
}

function readTools(value: unknown): ToolSpec[] {
  const tools: ToolSpec[] = [];
  for (const item of arrayOf(value)) {
    const spec = objectOf(objectOf(item)?.toolSpec);
    const name = stringOf(spec?.name);
    if (name !== null) tools.push({ name, schema: objectOf(objectOf(spec?.inputSchema)?.json) ?? {} });
  }
  return tools;
}

function readToolChoice(choice: JsonObject | null): ToolChoice {
  const name = stringOf(objectOf(choice?.tool)?.name);
  if (name !== null) return { name };
  return choice?.any === undefined ? 'auto' : 'any';
}
