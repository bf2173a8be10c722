// Reading a Gemini request. Google's JSON takes both spellings of a field, `generationConfig` and `generation_config`.
import { arrayOf, type JsonObject, objectOf, stringOf } from '../json.js';
import { countField, type Prompt, readMessages, type ToolChoice, type ToolSpec } from '../prompt.js';
import { ANY_JSON } from '../schema.js';
import { SimError } from '../sim-error.js';

const CANDIDATES_MAX = 8;

/** @throws SimError 400 in Gemini's words. */
export function readGemini(body: JsonObject, model: string): Prompt {
  const contents = arrayOf(body.contents);
  if (contents.length === 0) {
    throw new SimError(400, '* GenerateContentRequest.contents: contents is not specified', 'contents');
  }
  const config = objectOf(body.generationConfig ?? body.generation_config) ?? {};
  const choices = countField(config, 'candidateCount') ?? 1;
  if (choices > CANDIDATES_MAX) {
    throw new SimError(400, `candidateCount must be at most ${CANDIDATES_MAX}`, 'candidateCount');
  }
  return {
    model,
    ...readMessages(body.systemInstruction ?? body.system_instruction, contents),
    tools: readTools(body.tools),
    toolChoice: readToolChoice(objectOf(body.toolConfig ?? body.tool_config)),
    schema: readSchema(config),
    maxTokens: countField(config, 'maxOutputTokens') ?? countField(config, 'max_output_tokens'),
    choices,
  };
}

function readTools(value: unknown): ToolSpec[] {
  const tools: ToolSpec[] = [];
  for (const item of arrayOf(value)) {
    const tool = objectOf(item);
    for (const declaration of arrayOf(tool?.functionDeclarations ?? tool?.function_declarations)) {
      const fields = objectOf(declaration);
      const name = stringOf(fields?.name);
      const schema = objectOf(fields?.parametersJsonSchema ?? fields?.parameters) ?? {};
      if (name !== null) tools.push({ name, schema });
    }
  }
  return tools;
}

function readToolChoice(config: JsonObject | null): ToolChoice {
  const calling = objectOf(config?.functionCallingConfig ?? config?.function_calling_config);
  if (calling?.mode === 'NONE') return 'none';
  if (calling?.mode !== 'ANY') return 'auto';
  const name = stringOf(arrayOf(calling.allowedFunctionNames)[0]);
  return name === null ? 'any' : { name };
}

function readSchema(config: JsonObject): JsonObject | null {
  if (config.responseMimeType !== 'application/json') return null;
  return objectOf(config.responseJsonSchema ?? config.responseSchema) ?? ANY_JSON;
}
