// Where generated text stands in each dialect's answers and events.
import { array, object, rule, text } from './keys';
import {
  BLOCK,
  BY_TYPE,
  CALL,
  CALLS,
  CANDIDATE,
  CANDIDATES,
  CHOICE,
  CHOICE_MESSAGE,
  CHOICES,
  COMPLETION,
  CONTENT,
  DELTA,
  DELTA_MESSAGE,
  FUNCTION,
  GENERATION,
  GENERATIONS,
  INTERACTION,
  METADATA,
  OUTPUT,
  OUTPUT_ITEM,
  OUTPUT_OBJECT,
  PART,
  PARTS,
  REASONING,
  REASONING_PART,
  REASONING_PARTS,
  REFUSAL,
  RESPONSE,
  RESULT,
  ROOT,
  ROOT_MESSAGE,
  ROOT_TEXT,
  TEXT,
  TOOL,
  TOOL_USE,
  VALUE,
} from './places';

export function setTextRules(): void {
  openaiTextRules();
  otherTextRules();
}

/** Where generated text stands: OpenAI's three APIs and those that copy them. */
function openaiTextRules(): void {
  array(ROOT, 'choices', CHOICES);
  object(CHOICE, 'delta', DELTA);
  object(CHOICE, 'message', CHOICE_MESSAGE);
  text(CHOICE, 'text', TEXT);
  for (let place = DELTA; place <= CHOICE_MESSAGE; place++) {
    rule(place, 'content', 0, PARTS, TEXT, 0, 0);
    text(place, 'reasoning_content,reasoning', REASONING);
    text(place, 'refusal', REFUSAL);
    array(place, 'tool_calls', CALLS);
    object(place, 'function_call', FUNCTION);
  }
  object(CALL, 'function', FUNCTION);
  text(FUNCTION, 'arguments', TOOL);
  rule(PART, 'text', VALUE, 0, TEXT, 0, 0);
  text(VALUE, 'value', TEXT); // assistants
  text(PART, 'refusal', REFUSAL);
  rule(PART, 'thinking', 0, REASONING_PARTS, REASONING, 0, 0); // Mistral has an array, Anthropic and Cohere a string
  text(REASONING_PART, 'text', REASONING);

  // Responses: a root `delta` is a string whose kind the event's type tells; the whole answer stands in `output`.
  rule(ROOT, 'delta', DELTA, 0, BY_TYPE, 0, 0);
  object(ROOT, 'response', RESPONSE);
  rule(ROOT, 'output', OUTPUT_OBJECT, OUTPUT, 0, 0, 0);
  array(OUTPUT_ITEM, 'content', PARTS);
  array(OUTPUT_ITEM, 'summary', REASONING_PARTS);
  text(OUTPUT_ITEM, 'arguments,input', TOOL);
}

/** Anthropic, Gemini, Bedrock, Cohere, Ollama. */
function otherTextRules(): void {
  text(DELTA, 'text', TEXT);
  text(DELTA, 'thinking', REASONING);
  text(DELTA, 'partial_json', TOOL);
  array(ROOT, 'content', PARTS);
  object(ROOT, 'content_block', BLOCK);
  text(BLOCK, 'text', TEXT);
  text(BLOCK, 'thinking', REASONING);
  text(ROOT, 'completion', TEXT);

  array(ROOT, 'candidates', CANDIDATES);
  object(CANDIDATE, 'content', CONTENT);
  array(CONTENT, 'parts', PARTS);
  array(ROOT, 'outputs', PARTS); // Mistral on Bedrock, Gemini interactions
  object(ROOT, 'interaction', INTERACTION);

  object(DELTA, 'reasoningContent', REASONING_PART);
  object(DELTA, 'toolUse', TOOL_USE);
  text(TOOL_USE, 'input', TOOL);
  object(ROOT, 'contentBlockDelta', BLOCK);
  object(BLOCK, 'delta', DELTA);
  object(ROOT, 'metadata', METADATA);
  object(OUTPUT_OBJECT, 'message', DELTA_MESSAGE);
  text(ROOT, 'outputText,generation,generated_text', TEXT);
  text(RESULT, 'outputText,generated_text', TEXT);
  array(ROOT, 'completions', GENERATIONS);
  array(ROOT, 'generations', GENERATIONS);
  text(GENERATION, 'text', TEXT);
  object(GENERATION, 'data', COMPLETION);
  text(COMPLETION, 'text', TEXT);

  object(DELTA, 'message', DELTA_MESSAGE); // Cohere v2
  for (let place = ROOT_MESSAGE; place <= DELTA_MESSAGE; place += DELTA_MESSAGE - ROOT_MESSAGE) {
    rule(place, 'content', PART, PARTS, TEXT, 0, 0);
    text(place, 'thinking,tool_plan', REASONING);
    rule(place, 'tool_calls', CALL, CALLS, 0, 0, 0);
  }
  text(ROOT, 'text', ROOT_TEXT);
  rule(ROOT, 'response', RESPONSE, 0, TEXT, 0, 0); // an object in Responses and Cohere v1, Ollama's text
  text(ROOT, 'thinking', REASONING);
}
