// What Cohere's chat (both versions), generate, embed and rerank carry.
import { each, eachTurn, ignore, inside, key, keyAs, list, raw, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';
import { chatMessageRules } from './rules-openai';

export function setCohereRules(): void {
  chatRules();
  partRules();

  let root = R.ROOT_COHERE_GENERATE;
  turn(M.USER, root, 'prompt', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  ignore(root, 'model,truncate,preset,end_sequences,stop_sequences,return_likelihoods,logit_bias');

  root = R.ROOT_COHERE_EMBED;
  list(root, 'texts', A.TEXT_TURNS);
  list(root, 'images', A.COH_IMAGES);
  eachTurn(M.USER, A.COH_IMAGES, M.IMAGE, M.UNKNOWN);
  list(root, 'inputs', A.COH_INPUTS);
  eachTurn(M.USER, A.COH_INPUTS, M.TEXT, A.COH_INPUT);
  key(A.COH_INPUT, 'content', M.TEXT, M.UNKNOWN, A.COH_PARTS);
  ignore(root, 'model,input_type,embedding_types,truncate');

  root = R.ROOT_COHERE_RERANK;
  keyAs(M.USER, root, 'query', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  list(root, 'documents', A.COH_DOCS);
  ignore(root, 'model,rank_fields');
  each(A.COH_DOCS, M.TEXT, A.COH_DOC);
  each(A.COH_DOC, M.TEXT, M.UNKNOWN); // a document may have any fields
}

function chatRules(): void {
  const root = R.ROOT_COHERE_CHAT;
  cohereRequestRules(root);
  list(root, 'messages', A.COH_MESSAGES);
  list(root, 'tools', A.TOOLS);
  raw(root, 'tool_choice', M.CHOICE);
  inside(root, 'response_format', A.FORMAT);
  ignore(
    root,
    'model,stop_sequences,thinking,safety_mode,prompt_truncation,citation_options,citation_quality',
  );
  ignore(root, 'stream_options,user');

  eachTurn(M.NO_ROLE, A.COH_MESSAGES, M.UNKNOWN, A.COH_MESSAGE);
  chatMessageRules(A.COH_MESSAGE);
  key(A.COH_MESSAGE, 'content', M.TEXT, M.UNKNOWN, A.COH_PARTS);
  text(A.COH_MESSAGE, 'tool_plan', M.REASONING);
  ignore(A.COH_MESSAGE, 'citations');
}

/** Version 1's fields, and those of embed and rerank: what Bedrock's Cohere models take. */
export function cohereRequestRules(root: i32): void {
  turn(M.USER, root, 'message', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  list(root, 'chat_history', A.COH_HISTORY);
  keyAs(M.SYSTEM, root, 'preamble,preamble_override', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  list(root, 'documents', A.RESULTS); // shown to the model like results of a search
  list(root, 'tool_results', A.RESULTS);
  list(root, 'texts', A.TEXT_TURNS);
  list(root, 'images', A.COH_IMAGES);
  keyAs(M.USER, root, 'query', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  raw(root, 'connectors,conversation_id', M.OPAQUE);
  ignore(root, 'input_type,embedding_types,truncate,rank_fields,return_likelihoods,logit_bias');

  eachTurn(M.NO_ROLE, A.COH_HISTORY, M.UNKNOWN, A.COH_TURN);
  text(A.COH_TURN, 'role', M.ROLE);
  text(A.COH_TURN, 'message', M.TEXT);
  list(A.COH_TURN, 'tool_calls', A.COH_CALLS);
  list(A.COH_TURN, 'tool_results', A.RESULTS);
  each(A.COH_CALLS, M.UNKNOWN, A.COH_CALL);
  text(A.COH_CALL, 'name', M.CALL_NAME);
  raw(A.COH_CALL, 'parameters', M.ARGUMENTS);
  text(A.COH_CALL, 'generation_id', M.CALL_ID);
}

function partRules(): void {
  const part = A.COH_PART;
  each(A.COH_PARTS, M.TEXT, part);
  text(part, 'type', M.TYPE);
  text(part, 'text', M.TEXT);
  text(part, 'thinking', M.REASONING);
  key(part, 'image_url', M.IMAGE, A.IMAGE_URL, M.UNKNOWN);
  raw(part, 'document', M.RESULT);
}
