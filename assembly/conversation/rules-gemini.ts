// What Gemini carries. Every name also in snake case: the wire takes both.
import { each, eachTurn, ignore, inside, key, keyAs, list, raw, rule, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setGeminiRules(): void {
  requestRules(R.ROOT_GEMINI_GENERATE);
  requestRules(R.ROOT_GEMINI_COUNT_TOKENS);
  inside(
    R.ROOT_GEMINI_COUNT_TOKENS,
    'generateContentRequest,generate_content_request',
    R.ROOT_GEMINI_GENERATE,
  );
  embedRules();
  contentRules();
  partRules();
  toolRules();
}

function requestRules(root: i32): void {
  keyAs(M.SYSTEM, root, 'systemInstruction,system_instruction', M.TEXT, A.GEM_SYSTEM, M.UNKNOWN);
  turn(M.USER, root, 'contents', M.TEXT, A.GEM_CONTENT, A.GEM_CONTENTS);
  key(root, 'tools', M.UNKNOWN, A.GEM_TOOL, A.GEM_TOOLS);
  raw(root, 'toolConfig,tool_config', M.CHOICE);
  inside(root, 'generationConfig,generation_config', A.GEM_CONFIG);
  text(root, 'cachedContent,cached_content', M.OPAQUE);
  ignore(
    root,
    'model,safetySettings,safety_settings,labels,modelArmorConfig,model_armor_config,serviceTier,store',
  );
}

function contentRules(): void {
  eachTurn(M.USER, A.GEM_CONTENTS, M.TEXT, A.GEM_CONTENT);
  text(A.GEM_CONTENT, 'role', M.ROLE);
  ignore(A.GEM_SYSTEM, 'role'); // whatever it says, this is the system prompt
  key(A.GEM_CONTENT, 'parts', M.UNKNOWN, A.GEM_PART, A.GEM_PARTS);
  key(A.GEM_SYSTEM, 'parts', M.UNKNOWN, A.GEM_PART, A.GEM_PARTS);
  each(A.GEM_PARTS, M.TEXT, A.GEM_PART);
}

function partRules(): void {
  const part = A.GEM_PART;
  text(part, 'text', M.TEXT);
  rule(part, 'thought', M.IGNORED, M.IGNORED, M.IGNORED, M.THOUGHT, 0, false);
  text(part, 'thoughtSignature,thought_signature', M.OPAQUE);
  inside(part, 'functionCall,function_call', A.GEM_CALL);
  inside(part, 'functionResponse,function_response', A.GEM_RESPONSE);
  inside(part, 'executableCode,executable_code', A.GEM_CODE);
  inside(part, 'codeExecutionResult,code_execution_result', A.GEM_CODE_RESULT);
  raw(part, 'toolCall,tool_call', M.ARGUMENTS);
  raw(part, 'toolResponse,tool_response', M.RESULT);
  ignore(part, 'videoMetadata,video_metadata,partMetadata,part_metadata,mediaProcessing,media_processing');
  each(A.GEM_RESPONSE_PARTS, M.UNKNOWN, A.GEM_RESPONSE_PART);
  for (let place = A.GEM_PART; place <= A.GEM_RESPONSE_PART; place += A.GEM_RESPONSE_PART - A.GEM_PART) {
    inside(place, 'inlineData,inline_data,fileData,file_data', A.GEM_BLOB);
    key(place, 'mediaResolution,media_resolution', M.DETAIL, A.GEM_RESOLUTION, M.UNKNOWN);
  }
  text(A.GEM_RESOLUTION, 'level', M.DETAIL);
  ignore(A.GEM_RESOLUTION, 'numTokens,num_tokens');
  text(A.GEM_BLOB, 'data,fileUri,file_uri', M.BY_TYPE);
  text(A.GEM_BLOB, 'mimeType,mime_type', M.MEDIA_TYPE);
  text(A.GEM_BLOB, 'displayName,display_name', M.NAME);
  text(A.GEM_CALL, 'name', M.CALL_NAME);
  text(A.GEM_CALL, 'id', M.CALL_ID);
  raw(A.GEM_CALL, 'args,partialArgs,partial_args', M.ARGUMENTS);
  text(A.GEM_RESPONSE, 'name', M.CALL_NAME);
  text(A.GEM_RESPONSE, 'id', M.CALL_ID);
  raw(A.GEM_RESPONSE, 'response', M.RESULT);
  list(A.GEM_RESPONSE, 'parts', A.GEM_RESPONSE_PARTS);
  ignore(A.GEM_RESPONSE, 'scheduling');
  text(A.GEM_CODE, 'code', M.ARGUMENTS);
  ignore(A.GEM_CODE, 'language,id');
  text(A.GEM_CODE_RESULT, 'output', M.RESULT);
  ignore(A.GEM_CODE_RESULT, 'outcome,id');
}

function toolRules(): void {
  each(A.GEM_TOOLS, M.UNKNOWN, A.GEM_TOOL);
  key(A.GEM_TOOL, 'functionDeclarations,function_declarations', M.UNKNOWN, M.TOOL, A.TOOLS);
  each(A.GEM_TOOL, M.IGNORED, M.TOOL); // googleSearch, codeExecution, …
  // Sampling, thinking, speech: nothing that the model reads but the schema.
  key(A.GEM_CONFIG, '', M.IGNORED, M.IGNORED, M.IGNORED);
  raw(A.GEM_CONFIG, 'responseSchema,response_schema,responseJsonSchema,response_json_schema', M.SCHEMA);
  raw(A.GEM_CONFIG, '_responseJsonSchema', M.SCHEMA);
  text(A.GEM_CONFIG, 'mediaResolution,media_resolution', M.DETAIL);
}

function embedRules(): void {
  const root = R.ROOT_GEMINI_EMBED;
  turn(M.USER, root, 'content', M.TEXT, A.GEM_CONTENT, M.UNKNOWN);
  list(root, 'requests', A.GEM_EMBED_REQUESTS);
  each(A.GEM_EMBED_REQUESTS, M.UNKNOWN, A.GEM_EMBED_REQUEST);
  turn(M.USER, A.GEM_EMBED_REQUEST, 'content', M.TEXT, A.GEM_CONTENT, M.UNKNOWN);
  for (let i = 0; i < 2; i++) {
    const place = i == 0 ? root : A.GEM_EMBED_REQUEST;
    text(place, 'title', M.TEXT);
    ignore(place, 'model,taskType,task_type,embedContentConfig,embed_content_config');
  }
}
