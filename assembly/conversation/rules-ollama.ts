// What Ollama's chat, generate and embed carry.
import { each, eachTurn, ignore, key, keyAs, list, raw, rule, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';
import { chatMessageRules } from './rules-openai';

export function setOllamaRules(): void {
  let root = R.ROOT_OLLAMA_CHAT;
  list(root, 'messages', A.OLL_MESSAGES);
  list(root, 'tools', A.TOOLS);
  common(root);
  eachTurn(M.NO_ROLE, A.OLL_MESSAGES, M.UNKNOWN, A.OLL_MESSAGE);
  chatMessageRules(A.OLL_MESSAGE);
  text(A.OLL_MESSAGE, 'content', M.TEXT);
  list(A.OLL_MESSAGE, 'images', A.IMAGES);
  text(A.OLL_MESSAGE, 'thinking', M.REASONING);
  text(A.OLL_MESSAGE, 'tool_name', M.NAME);

  root = R.ROOT_OLLAMA_GENERATE;
  common(root);
  turn(M.USER, root, 'prompt', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  text(root, 'suffix', M.TEXT);
  keyAs(M.SYSTEM, root, 'system', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  text(root, 'template', M.OPAQUE); // text with holes, wrapped around the prompt
  list(root, 'images', A.IMAGES);
  list(root, 'context', A.OLL_CONTEXT); // token ids of what was said before
  rule(A.OLL_CONTEXT, '', M.UNKNOWN, M.UNKNOWN, M.UNKNOWN, M.TOKEN_IDS, 0, false);

  root = R.ROOT_OLLAMA_EMBED;
  common(root);
  turn(M.USER, root, 'input,prompt', M.TEXT, M.UNKNOWN, A.TEXT_TURNS);
}

function common(root: i32): void {
  key(root, 'format', M.IGNORED, M.SCHEMA, M.UNKNOWN); // 'json', or a schema
  ignore(root, 'model,options,keep_alive,think');
}
