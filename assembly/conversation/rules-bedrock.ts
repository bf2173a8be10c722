// What Bedrock's converse carries, and its count_tokens around it.
import { each, eachTurn, ignore, inside, key, keyAs, list, raw, text } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setBedrockRules(): void {
  const root = R.ROOT_BEDROCK_CONVERSE;
  keyAs(M.SYSTEM, root, 'system', M.UNKNOWN, M.UNKNOWN, A.BED_SYSTEM);
  list(root, 'messages', A.BED_MESSAGES);
  each(A.BED_SYSTEM, M.UNKNOWN, A.BED_BLOCK);
  eachTurn(M.NO_ROLE, A.BED_MESSAGES, M.UNKNOWN, A.BED_MESSAGE);
  text(A.BED_MESSAGE, 'role', M.ROLE);
  list(A.BED_MESSAGE, 'content', A.BED_BLOCKS);
  each(A.BED_BLOCKS, M.UNKNOWN, A.BED_BLOCK);
  converseRequestRules(root);
  converseBlockRules(A.BED_BLOCK);
  mediaRules();
  toolUseRules();
  textRules();
  inside(R.ROOT_BEDROCK_COUNT_TOKENS, 'input', A.COUNT_INPUT);
  inside(A.COUNT_INPUT, 'converse', root);
  inside(A.COUNT_INPUT, 'invokeModel', A.COUNT_INVOKE);
  text(A.COUNT_INVOKE, 'body', M.HIDDEN); // the model's JSON as base64
}

/** The request but for its system prompt and messages. */
export function converseRequestRules(root: i32): void {
  inside(root, 'toolConfig', A.BED_TOOL_CONFIG);
  list(A.BED_TOOL_CONFIG, 'tools', A.BED_TOOLS);
  each(A.BED_TOOLS, M.UNKNOWN, A.BED_TOOL);
  raw(A.BED_TOOL, 'toolSpec,systemTool', M.TOOL);
  ignore(A.BED_TOOL, 'cachePoint');
  raw(A.BED_TOOL_CONFIG, 'toolChoice', M.CHOICE);
  inside(root, 'outputConfig', A.BED_OUTPUT);
  inside(A.BED_OUTPUT, 'textFormat', A.BED_TEXT_FORMAT);
  inside(A.BED_TEXT_FORMAT, 'structure', A.BED_STRUCTURE);
  ignore(A.BED_TEXT_FORMAT, 'type');
  inside(A.BED_STRUCTURE, 'jsonSchema', A.FORMAT_SCHEMA);
  inside(root, 'promptVariables', A.BED_VARIABLES);
  each(A.BED_VARIABLES, M.UNKNOWN, A.BED_TEXT);
  inside(root, 'additionalModelRequestFields', A.BED_FIELDS);
  list(A.BED_FIELDS, 'tools', A.TOOLS);
  raw(A.BED_FIELDS, 'tool_choice', M.CHOICE);
  ignore(
    A.BED_FIELDS,
    'inferenceConfig,thinking,reasoning_config,reasoningConfig,reasoning_effort,anthropic_beta',
  );
  ignore(A.BED_FIELDS, 'output_config,context_management,additionalModelRequestFields');
  ignore(root, 'modelId,inferenceConfig,guardrailConfig,performanceConfig,requestMetadata,serviceTier');
  ignore(root, 'additionalModelResponseFieldPaths');
}

/** A block of a message's content, or of the system prompt. */
export function converseBlockRules(place: i32): void {
  text(place, 'text', M.TEXT);
  inside(place, 'image', A.BED_IMAGE);
  inside(place, 'audio', A.BED_AUDIO);
  inside(place, 'video', A.BED_VIDEO);
  inside(place, 'document', A.BED_DOCUMENT);
  inside(place, 'guardContent', A.BED_GUARD);
  inside(place, 'toolUse', A.BED_TOOL_USE);
  inside(place, 'toolResult', A.BED_TOOL_RESULT);
  inside(place, 'reasoningContent', A.BED_REASONING);
  inside(place, 'citationsContent', A.BED_CITATIONS);
  inside(place, 'searchResult', A.BED_SEARCH);
  ignore(place, 'cachePoint');
}

/** `kind` in its source's bytes or place in S3. */
function media(place: i32, source: i32, kind: i32): void {
  inside(place, 'source', source);
  ignore(place, 'format,error');
  text(source, 'bytes', kind);
  raw(source, 's3Location', kind);
}

function mediaRules(): void {
  media(A.BED_IMAGE, A.BED_IMAGE_SOURCE, M.IMAGE);
  media(A.BED_AUDIO, A.BED_AUDIO_SOURCE, M.AUDIO);
  media(A.BED_VIDEO, A.BED_VIDEO_SOURCE, M.VIDEO);
  media(A.BED_DOCUMENT, A.BED_DOCUMENT_SOURCE, M.FILE);
  text(A.BED_DOCUMENT, 'name', M.NAME);
  text(A.BED_DOCUMENT, 'context', M.TEXT);
  ignore(A.BED_DOCUMENT, 'citations');
  text(A.BED_DOCUMENT_SOURCE, 'text', M.TEXT);
  list(A.BED_DOCUMENT_SOURCE, 'content', A.BED_TEXTS);
  inside(A.BED_GUARD, 'text', A.BED_GUARD_TEXT);
  inside(A.BED_GUARD, 'image', A.BED_IMAGE);
  text(A.BED_GUARD_TEXT, 'text', M.TEXT);
  ignore(A.BED_GUARD_TEXT, 'qualifiers');
}

function toolUseRules(): void {
  text(A.BED_TOOL_USE, 'toolUseId', M.CALL_ID);
  text(A.BED_TOOL_USE, 'name', M.CALL_NAME);
  raw(A.BED_TOOL_USE, 'input', M.ARGUMENTS);
  ignore(A.BED_TOOL_USE, 'type');
  text(A.BED_TOOL_RESULT, 'toolUseId', M.CALL_ID);
  key(A.BED_TOOL_RESULT, 'content', M.RESULT, M.UNKNOWN, A.BED_RESULTS);
  ignore(A.BED_TOOL_RESULT, 'status,type');
  const result = A.BED_RESULT;
  each(A.BED_RESULTS, M.UNKNOWN, result);
  text(result, 'text', M.RESULT);
  raw(result, 'json,searchResult', M.RESULT);
  inside(result, 'image', A.BED_IMAGE);
  inside(result, 'video', A.BED_VIDEO);
  inside(result, 'document', A.BED_DOCUMENT);
}

function textRules(): void {
  inside(A.BED_REASONING, 'reasoningText', A.BED_REASONING_TEXT);
  text(A.BED_REASONING, 'redactedContent', M.OPAQUE);
  text(A.BED_REASONING_TEXT, 'text', M.REASONING);
  ignore(A.BED_REASONING_TEXT, 'signature');
  list(A.BED_CITATIONS, 'content', A.BED_TEXTS);
  ignore(A.BED_CITATIONS, 'citations');
  text(A.BED_SEARCH, 'source,title', M.TEXT);
  list(A.BED_SEARCH, 'content', A.BED_TEXTS);
  ignore(A.BED_SEARCH, 'citations');
  each(A.BED_TEXTS, M.UNKNOWN, A.BED_TEXT);
  text(A.BED_TEXT, 'text', M.TEXT);
}
