// What Anthropic's messages and completions carry.
import { each, eachTurn, ignore, inside, key, keyAs, list, raw, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setAnthropicRules(): void {
  anthropicRequestRules(R.ROOT_ANTHROPIC_MESSAGES);
  keyAs(M.SYSTEM, R.ROOT_ANTHROPIC_MESSAGES, 'system', M.TEXT, M.UNKNOWN, A.ANT_SYSTEM);
  list(R.ROOT_ANTHROPIC_MESSAGES, 'messages', A.ANT_MESSAGES);
  each(A.ANT_SYSTEM, M.TEXT, A.ANT_TEXT);
  textBlockRules(A.ANT_TEXT);
  eachTurn(M.NO_ROLE, A.ANT_MESSAGES, M.UNKNOWN, A.ANT_MESSAGE);
  text(A.ANT_MESSAGE, 'role', M.ROLE);
  key(A.ANT_MESSAGE, 'content', M.TEXT, M.UNKNOWN, A.ANT_BLOCKS);
  each(A.ANT_BLOCKS, M.TEXT, A.ANT_BLOCK);
  anthropicBlockRules(A.ANT_BLOCK);
  sourceRules();
  resultRules();

  const root = R.ROOT_ANTHROPIC_COMPLETE;
  turn(M.USER, root, 'prompt', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  ignore(root, 'model,metadata,stop_sequences,anthropic_version');
}

/** The request but for its system prompt and messages. */
export function anthropicRequestRules(root: i32): void {
  list(root, 'tools', A.TOOLS);
  raw(root, 'tool_choice', M.CHOICE);
  inside(root, 'output_format', A.FORMAT);
  inside(root, 'output_config', A.ANT_OUTPUT);
  inside(A.ANT_OUTPUT, 'format', A.FORMAT);
  ignore(A.ANT_OUTPUT, 'effort,task_budget');
  raw(root, 'mcp_servers', M.OPAQUE); // their tools are fetched by the provider
  key(root, 'container', M.IGNORED, M.OPAQUE, M.UNKNOWN); // an object names skills, which the provider adds
  ignore(
    root,
    'model,thinking,metadata,stop_sequences,context_management,anthropic_version,anthropic_beta,betas',
  );
  ignore(root, 'service_tier,inference_geo,cache_control,speed,user_profile_id,fallbacks,diagnostics');
}

function textBlockRules(place: i32): void {
  text(place, 'type', M.TYPE);
  text(place, 'text', M.TEXT);
  ignore(place, 'cache_control,citations');
}

/** A block of a message's content. */
export function anthropicBlockRules(place: i32): void {
  textBlockRules(place);
  key(place, 'source', M.TEXT, A.ANT_SOURCE, M.UNKNOWN); // a search result's is a string
  text(place, 'title,context', M.TEXT);
  text(place, 'thinking', M.REASONING);
  text(place, 'data,encrypted_content', M.OPAQUE);
  text(place, 'id,tool_use_id', M.CALL_ID);
  text(place, 'name', M.CALL_NAME);
  raw(place, 'input', M.ARGUMENTS);
  key(place, 'content', M.RESULT, M.RESULT, A.ANT_RESULTS);
  text(place, 'file_id', M.BY_TYPE);
  ignore(place, 'signature,is_error,caller,server_name,stop_reason');
}

function sourceRules(): void {
  for (let place = A.ANT_SOURCE; place <= A.ANT_INNER_SOURCE; place += A.ANT_INNER_SOURCE - A.ANT_SOURCE) {
    text(place, 'type', M.SOURCE_TYPE);
    text(place, 'data,url,file_id', M.BY_TYPE);
    ignore(place, 'media_type');
  }
  key(A.ANT_SOURCE, 'content', M.TEXT, M.UNKNOWN, A.ANT_SOURCE_BLOCKS);
  each(A.ANT_SOURCE_BLOCKS, M.TEXT, A.ANT_SOURCE_BLOCK);
  textBlockRules(A.ANT_SOURCE_BLOCK);
  inside(A.ANT_SOURCE_BLOCK, 'source', A.ANT_INNER_SOURCE);
}

/** What stands in a tool result. */
function resultRules(): void {
  const result = A.ANT_RESULT;
  each(A.ANT_RESULTS, M.RESULT, result);
  text(result, 'type', M.TYPE);
  text(result, 'text,title,context,tool_name,url,page_age', M.RESULT);
  key(result, 'source', M.RESULT, A.ANT_SOURCE, M.UNKNOWN);
  text(result, 'encrypted_content', M.OPAQUE);
  key(result, 'content', M.RESULT, M.RESULT, A.ANT_RESULT_TEXTS);
  ignore(result, 'cache_control,citations');
  each(A.ANT_RESULT_TEXTS, M.RESULT, A.ANT_RESULT_TEXT);
  text(A.ANT_RESULT_TEXT, 'text', M.RESULT);
  ignore(A.ANT_RESULT_TEXT, 'type,cache_control,citations');
}
