// What OpenAI's Responses carry: instructions, and items of many types that tell each other apart by their keys.
import { each, eachTurn, ignore, inside, key, keyAs, list, raw, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setResponsesRules(): void {
  const root = R.ROOT_OPENAI_RESPONSES;
  keyAs(M.SYSTEM, root, 'instructions', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  turn(M.USER, root, 'input', M.TEXT, M.UNKNOWN, A.RESP_ITEMS);
  eachTurn(M.NO_ROLE, A.RESP_ITEMS, M.UNKNOWN, A.RESP_ITEM);
  list(root, 'tools', A.TOOLS);
  raw(root, 'tool_choice', M.CHOICE);
  inside(root, 'text', A.RESP_TEXT);
  inside(A.RESP_TEXT, 'format', A.FORMAT);
  ignore(A.RESP_TEXT, 'verbosity');
  raw(root, 'previous_response_id,conversation', M.OPAQUE);
  inside(root, 'prompt', A.RESP_PROMPT);
  text(A.RESP_PROMPT, 'id', M.OPAQUE);
  inside(A.RESP_PROMPT, 'variables', A.RESP_VARIABLES);
  ignore(A.RESP_PROMPT, 'version');
  each(A.RESP_VARIABLES, M.TEXT, A.RESP_PART);
  ignore(
    root,
    'model,user,include,metadata,reasoning,service_tier,store,stream_options,truncation,context_management',
  );
  ignore(
    root,
    'prompt_cache_key,prompt_cache_retention,prompt_cache_options,safety_identifier,moderation,provider',
  );
  ignore(root, 'models,plugins,modalities,audio');
  itemRules();
  partRules();
}

function itemRules(): void {
  const item = A.RESP_ITEM;
  text(item, 'role', M.ROLE);
  text(item, 'type', M.TYPE);
  key(item, 'content', M.TEXT, M.UNKNOWN, A.RESP_PARTS);
  key(item, 'summary', M.REASONING, M.UNKNOWN, A.RESP_SUMMARY);
  text(item, 'encrypted_content', M.OPAQUE);
  text(item, 'name,namespace', M.CALL_NAME);
  text(item, 'call_id', M.CALL_ID);
  raw(item, 'arguments,input,action,code,queries,operation', M.ARGUMENTS);
  key(item, 'output', M.RESULT, A.RESP_OUTPUT, A.RESP_OUTPUTS);
  raw(item, 'outputs,results,error', M.RESULT);
  text(item, 'result', M.IMAGE); // an image that was made
  text(item, 'reason', M.TEXT); // why an approval was refused
  list(item, 'tools', A.TOOLS);
  ignore(
    item,
    'id,status,phase,execution,server_label,approval_request_id,container_id,acknowledged_safety_checks',
  );
  ignore(item, 'pending_safety_checks,environment,caller,created_by,agent');

  each(A.RESP_SUMMARY, M.REASONING, A.THINKING_PART);
  each(A.RESP_OUTPUTS, M.RESULT, A.RESP_OUTPUT);
  const output = A.RESP_OUTPUT;
  text(output, 'type', M.TYPE);
  text(output, 'text,stdout,stderr', M.RESULT);
  key(output, 'image_url', M.IMAGE, A.IMAGE_URL, M.UNKNOWN);
  text(output, 'detail', M.DETAIL);
  text(output, 'file_id', M.BY_TYPE);
  text(output, 'file_data,file_url', M.FILE);
  text(output, 'filename', M.NAME);
  ignore(output, 'outcome,prompt_cache_breakpoint,created_by');
}

function partRules(): void {
  const part = A.RESP_PART;
  each(A.RESP_PARTS, M.TEXT, part);
  text(part, 'type', M.TYPE);
  text(part, 'text,refusal', M.TEXT);
  key(part, 'image_url', M.IMAGE, A.IMAGE_URL, M.UNKNOWN);
  text(part, 'detail', M.DETAIL);
  text(part, 'file_id', M.BY_TYPE);
  text(part, 'file_data,file_url', M.FILE);
  text(part, 'filename', M.NAME);
  inside(part, 'input_audio', A.CHAT_AUDIO);
  text(part, 'encrypted_content', M.OPAQUE);
  ignore(part, 'annotations,logprobs,prompt_cache_breakpoint,id');
}
