// What OpenAI's chat, completions, embeddings and moderations carry, and the many servers that copy them; and the lists that
// other dialects share.
import { each, eachTurn, ignore, inside, key, list, raw, rule, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setOpenaiRules(): void {
  sharedRules();
  chatRequest();
  chatMessageRules(A.CHAT_MESSAGE);
  key(A.CHAT_MESSAGE, 'content', M.TEXT, M.UNKNOWN, A.CHAT_PARTS);
  each(A.CHAT_PARTS, M.TEXT, A.CHAT_PART);
  chatPartRules(A.CHAT_PART);
  otherRequests();
}

/** Lists and objects that more than one dialect has. */
function sharedRules(): void {
  each(A.TOOLS, M.UNKNOWN, M.TOOL);
  each(A.TEXTS, M.TEXT, M.UNKNOWN);
  each(A.IMAGES, M.IMAGE, M.UNKNOWN);
  raw(A.RESULTS, '', M.RESULT);
  // One text or list of token ids is one input: each is read by itself.
  rule(A.TEXT_TURNS, '', M.TEXT, M.UNKNOWN, M.OPAQUE, M.TOKEN_IDS, M.USER, true);

  // A response format: what the model is told of the schema.
  ignore(A.FORMAT, 'type,strict');
  inside(A.FORMAT, 'json_schema', A.FORMAT_SCHEMA);
  raw(A.FORMAT, 'schema,name,description,grammar', M.SCHEMA);
  raw(A.FORMAT_SCHEMA, 'schema,name,description', M.SCHEMA);
}

/** The request's own fields; what costs no tokens is named, so that something new is not overlooked. */
function chatRequest(): void {
  const root = R.ROOT_OPENAI_CHAT;
  list(root, 'messages', A.CHAT_MESSAGES);
  eachTurn(M.NO_ROLE, A.CHAT_MESSAGES, M.UNKNOWN, A.CHAT_MESSAGE);
  list(root, 'tools,functions', A.TOOLS);
  raw(root, 'tool_choice,function_call', M.CHOICE);
  inside(root, 'response_format', A.FORMAT);
  raw(root, 'guided_json,guided_grammar,guided_regex,guided_choice', M.SCHEMA);
  raw(root, 'prediction,web_search_options,search_parameters,mcp_servers', M.OPAQUE);
  list(root, 'documents', A.RESULTS);
  ignore(
    root,
    'model,user,stream_options,stop,logit_bias,metadata,modalities,audio,reasoning,reasoning_effort',
  );
  ignore(root, 'service_tier,store,verbosity,prompt_cache_key,prompt_cache_retention,prompt_cache_options');
  ignore(root, 'safety_identifier,provider,models,transforms,plugins,route,thinking,usage,reasoning_format');
  ignore(
    root,
    'thinking_budget,enable_thinking,chat_template_kwargs,stop_token_ids,safety_settings,safety_model',
  );
  ignore(root, 'cache_control,moderation,extra_headers,session_id,trace,prompt_mode,logit_bias_type');
}

/** A message of OpenAI's form but for its `content`. */
export function chatMessageRules(place: i32): void {
  text(place, 'role', M.ROLE);
  text(place, 'name', M.NAME);
  text(place, 'refusal', M.TEXT);
  text(place, 'reasoning_content,reasoning', M.REASONING);
  raw(place, 'reasoning_details', M.OPAQUE); // the same thoughts again, some of them encrypted
  list(place, 'tool_calls', A.CHAT_CALLS);
  inside(place, 'function_call', A.CHAT_FUNCTION);
  text(place, 'tool_call_id', M.CALL_ID);
  raw(place, 'audio', M.AUDIO);
  ignore(place, 'id,annotations,cache_control,status');

  each(A.CHAT_CALLS, M.UNKNOWN, A.CHAT_CALL);
  text(A.CHAT_CALL, 'id', M.CALL_ID);
  inside(A.CHAT_CALL, 'function,custom', A.CHAT_FUNCTION);
  ignore(A.CHAT_CALL, 'type,extra_content,cache_control');
  text(A.CHAT_FUNCTION, 'name', M.CALL_NAME);
  raw(A.CHAT_FUNCTION, 'arguments,input,parameters', M.ARGUMENTS);
  ignore(A.CHAT_FUNCTION, 'description,thought_signature,cache_control');
}

/** A part of a chat message's content. */
export function chatPartRules(place: i32): void {
  text(place, 'type', M.TYPE);
  text(place, 'text,refusal', M.TEXT);
  key(place, 'image_url', M.IMAGE, A.IMAGE_URL, M.UNKNOWN);
  text(place, 'detail', M.DETAIL);
  key(place, 'input_audio,audio_url', M.AUDIO, A.CHAT_AUDIO, M.UNKNOWN);
  key(place, 'video_url', M.VIDEO, A.CHAT_VIDEO, M.UNKNOWN);
  key(place, 'file', M.FILE, A.CHAT_FILE, M.UNKNOWN);
  text(place, 'document_url,file_id', M.FILE); // Mistral's
  text(place, 'document_name', M.NAME);
  key(place, 'thinking', M.REASONING, M.UNKNOWN, A.THINKING_PARTS); // Mistral has a list
  ignore(place, 'cache_control,annotations,prompt_cache_breakpoint');

  text(A.IMAGE_URL, 'url', M.IMAGE);
  text(A.IMAGE_URL, 'detail', M.DETAIL);
  ignore(A.IMAGE_URL, 'format,mime_type');
  text(A.CHAT_AUDIO, 'data,url,id', M.AUDIO);
  ignore(A.CHAT_AUDIO, 'format');
  text(A.CHAT_VIDEO, 'url,data', M.VIDEO);
  ignore(A.CHAT_VIDEO, 'format,mime_type');
  text(A.CHAT_FILE, 'file_data,file_id,file_url', M.FILE);
  text(A.CHAT_FILE, 'filename', M.NAME);
  text(A.CHAT_FILE, 'detail', M.DETAIL);
  ignore(A.CHAT_FILE, 'format,mime_type');
  each(A.THINKING_PARTS, M.REASONING, A.THINKING_PART);
  text(A.THINKING_PART, 'text', M.REASONING);
  ignore(A.THINKING_PART, 'type,reference_ids');
}

function otherRequests(): void {
  let root = R.ROOT_OPENAI_COMPLETIONS;
  turn(M.USER, root, 'prompt', M.TEXT, M.UNKNOWN, A.TEXT_TURNS);
  text(root, 'suffix', M.TEXT);
  inside(root, 'response_format', A.FORMAT);
  ignore(
    root,
    'model,user,stop,logit_bias,stream_options,metadata,service_tier,provider,models,safety_model',
  );

  root = R.ROOT_OPENAI_EMBEDDINGS;
  turn(M.USER, root, 'input', M.TEXT, M.UNKNOWN, A.TEXT_TURNS);
  ignore(
    root,
    'model,user,encoding_format,input_type,truncate,task,task_type,provider,output_dtype,embedding_type',
  );

  root = R.ROOT_OPENAI_MODERATIONS;
  turn(M.USER, root, 'input', M.TEXT, M.UNKNOWN, A.MODERATION_INPUTS);
  ignore(root, 'model');
  eachTurn(M.USER, A.MODERATION_INPUTS, M.TEXT, A.CHAT_PART);
}
