// Where generated text stands in each dialect's answers and events.
import { META_INDEX, META_INNER, META_OUTPUT_INDEX, META_THOUGHT } from './fields';
import { array, number, object, rule, text } from './keys';
import * as P from './places';

export function setTextRules(): void {
  indexRules();
  openaiTextRules();
  responsesTextRules();
  anthropicTextRules();
  geminiTextRules();
  otherTextRules();
}

/** Which choice, block or part a text belongs to: texts.ts. */
function indexRules(): void {
  number(P.ROOT, 'index,contentBlockIndex', META_INDEX);
  number(P.ROOT, 'output_index', META_OUTPUT_INDEX);
  number(P.ROOT, 'content_index,summary_index,command_index', META_INNER);
  number(P.CHOICE, 'index', META_INDEX);
  number(P.CANDIDATE, 'index', META_INDEX);
  number(P.BLOCK, 'contentBlockIndex', META_INDEX); // Nova
  number(P.CALL, 'index', META_INNER);
}

/** OpenAI's chat, completions and assistants, and those that copy them. */
function openaiTextRules(): void {
  array(P.ROOT, 'choices', P.CHOICES);
  object(P.CHOICE, 'delta', P.DELTA);
  object(P.CHOICE, 'message', P.CHOICE_MESSAGE);
  text(P.CHOICE, 'text', P.CHOICE_TEXT);
  for (let place = P.DELTA; place <= P.CHOICE_MESSAGE; place++) {
    rule(place, 'content', P.THOUGHT, P.PARTS, P.MESSAGE_TEXT, 0, 0); // an object: a thought's summary of Gemini's interactions
    text(place, 'reasoning_content,reasoning', P.REASONING);
    text(place, 'refusal', P.REFUSAL);
    array(place, 'tool_calls', P.CALLS);
    object(place, 'function_call', P.FUNCTION);
    object(place, 'audio', P.VALUE);
  }
  object(P.CALL, 'function', P.FUNCTION);
  object(P.CALL, 'custom,code_interpreter', P.TOOL_USE);
  text(P.FUNCTION, 'name', P.NAME);
  rule(P.FUNCTION, 'arguments', 0, 0, P.TOOL, 0, P.ARGUMENTS); // an object: Ollama's
  rule(P.PART, 'text', P.VALUE, 0, P.TEXT, 0, 0);
  text(P.VALUE, 'value,transcript', P.TEXT); // assistants, audio
  text(P.PART, 'refusal', P.REFUSAL);
  rule(P.PART, 'thinking', 0, P.REASONING_PARTS, P.REASONING, 0, 0); // Mistral has an array, Anthropic and Cohere a string
  text(P.REASONING_PART, 'text', P.REASONING);
  object(P.DELTA, 'step_details', P.DELTA);
}

/** Responses: a root `delta` is a string whose kind the event's type tells; the whole answer stands in `output`. */
function responsesTextRules(): void {
  rule(P.ROOT, 'delta', P.DELTA, 0, P.BY_TYPE, 0, 0);
  rule(P.ROOT, 'output', P.OUTPUT_OBJECT, P.OUTPUT, 0, 0, 0);
  array(P.ROOT, 'steps', P.OUTPUT); // Gemini's interactions
  array(P.OUTPUT_ITEM, 'content', P.PARTS);
  array(P.OUTPUT_ITEM, 'summary', P.REASONING_PARTS);
  text(P.OUTPUT_ITEM, 'name', P.NAME);
  rule(P.OUTPUT_ITEM, 'arguments', 0, 0, P.TOOL, 0, P.ARGUMENTS);
  text(P.OUTPUT_ITEM, 'input,code', P.TOOL);
  // Of what events repeat (response.output_item.added, .done, …arguments.done) the first that is not empty counts.
  object(P.ROOT, 'item', P.ITEM);
  text(P.ITEM, 'name', P.ITEM_NAME);
  text(P.ITEM, 'arguments,input,code', P.ITEM_ARGUMENTS);
  text(P.ROOT, 'arguments,code', P.ITEM_ARGUMENTS);
}

function anthropicTextRules(): void {
  text(P.DELTA, 'text', P.TEXT);
  text(P.DELTA, 'thinking', P.REASONING);
  text(P.DELTA, 'partial_json', P.TOOL);
  array(P.ROOT, 'content', P.ROOT_PARTS);
  text(P.PART, 'name', P.NAME);
  rule(P.PART, 'input', 0, 0, P.TOOL, 0, P.ARGUMENTS);
  object(P.ROOT, 'content_block', P.BLOCK);
  text(P.BLOCK, 'text', P.TEXT);
  text(P.BLOCK, 'thinking', P.REASONING);
  text(P.BLOCK, 'name', P.NAME); // its `input` is {} and comes in deltas
  text(P.ROOT, 'completion', P.TEXT);
}

function geminiTextRules(): void {
  array(P.ROOT, 'candidates', P.CANDIDATES);
  object(P.CANDIDATE, 'content', P.CONTENT);
  array(P.CONTENT, 'parts', P.GEMINI_PARTS);
  text(P.GEMINI_PART, 'text', P.PART_TEXT);
  number(P.GEMINI_PART, 'thought', META_THOUGHT);
  object(P.GEMINI_PART, 'functionCall,toolCall', P.GEMINI_CALL);
  object(P.GEMINI_PART, 'executableCode', P.TOOL_USE);
  text(P.GEMINI_CALL, 'name', P.NAME);
  rule(P.GEMINI_CALL, 'args', 0, 0, 0, 0, P.ARGUMENTS);
  array(P.GEMINI_CALL, 'partialArgs', P.PARTIALS);
  text(P.PARTIAL, 'stringValue', P.TOOL);
  object(P.ROOT, 'interaction', P.INTERACTION);
}

/** Bedrock, Cohere, Ollama. */
function otherTextRules(): void {
  array(P.ROOT, 'outputs', P.PARTS); // Mistral on Bedrock, Gemini interactions
  object(P.DELTA, 'reasoningContent', P.THOUGHT);
  object(P.PART, 'reasoningContent', P.THOUGHT);
  object(P.THOUGHT, 'reasoningText', P.THOUGHT);
  text(P.THOUGHT, 'text', P.REASONING);
  object(P.DELTA, 'toolUse', P.TOOL_USE);
  object(P.PART, 'toolUse', P.TOOL_USE);
  object(P.BLOCK, 'toolUse', P.TOOL_USE);
  text(P.TOOL_USE, 'name', P.NAME);
  rule(P.TOOL_USE, 'input', 0, 0, P.TOOL, 0, P.ARGUMENTS);
  text(P.TOOL_USE, 'code', P.TOOL);
  object(P.ROOT, 'start,contentBlockDelta,contentBlockStart', P.BLOCK);
  object(P.BLOCK, 'delta', P.DELTA);
  object(P.BLOCK, 'start', P.BLOCK);
  object(P.ROOT, 'metadata', P.METADATA);
  object(P.OUTPUT_OBJECT, 'message', P.DELTA_MESSAGE);
  text(P.ROOT, 'outputText,generation,generated_text', P.TEXT);
  text(P.RESULT, 'outputText,generated_text', P.TEXT);
  array(P.ROOT, 'completions', P.GENERATIONS);
  array(P.ROOT, 'generations', P.GENERATIONS);
  text(P.GENERATION, 'text', P.TEXT);
  object(P.GENERATION, 'data', P.COMPLETION);
  text(P.COMPLETION, 'text', P.TEXT);

  object(P.DELTA, 'message', P.DELTA_MESSAGE); // Cohere v2
  for (let place = P.ROOT_MESSAGE; place <= P.DELTA_MESSAGE; place += P.DELTA_MESSAGE - P.ROOT_MESSAGE) {
    rule(place, 'content', P.PART, P.PARTS, P.TEXT, 0, 0);
    text(place, 'thinking,tool_plan', P.REASONING);
    rule(place, 'tool_calls', P.CALL, P.CALLS, 0, 0, 0);
  }
  array(P.ROOT, 'tool_calls', P.CALLS); // Cohere v1
  text(P.CALL, 'name', P.NAME);
  rule(P.CALL, 'parameters', 0, 0, 0, 0, P.ARGUMENTS);
  text(P.ROOT, 'text', P.ROOT_TEXT);
  rule(P.ROOT, 'response', P.RESPONSE, 0, P.TEXT, 0, 0); // an object in Responses and Cohere v1, Ollama's text
  text(P.ROOT, 'thinking', P.REASONING);
}
