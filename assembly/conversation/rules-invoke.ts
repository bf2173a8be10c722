// What the models' own bodies on Bedrock carry. The body does not say which model it is for, so one place knows them all: no
// two of them use a key for different things, and where one takes more forms of a value, its rule comes last.
import { each, eachTurn, ignore, inside, key, keyAs, list, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';
import { anthropicBlockRules, anthropicRequestRules } from './rules-anthropic';
import { converseBlockRules, converseRequestRules } from './rules-bedrock';
import { cohereRequestRules } from './rules-cohere';
import { chatMessageRules, chatPartRules } from './rules-openai';

export function setInvokeRules(): void {
  const root = R.ROOT_BEDROCK_INVOKE;
  anthropicRequestRules(root); // Claude
  converseRequestRules(root); // Nova
  cohereRequestRules(root); // Command, Embed, Rerank
  keyAs(M.SYSTEM, root, 'system', M.TEXT, M.UNKNOWN, A.INVOKE_SYSTEM);
  list(root, 'messages', A.INVOKE_MESSAGES);
  turn(M.USER, root, 'prompt', M.TEXT, M.UNKNOWN, M.UNKNOWN); // Llama, Mistral, Claude 2, Command
  turn(M.USER, root, 'inputText', M.TEXT, M.UNKNOWN, M.UNKNOWN); // Titan
  text(root, 'inputImage', M.IMAGE);
  inside(root, 'response_format', A.FORMAT);
  inside(root, 'singleEmbeddingParams', A.NOVA_EMBED);
  inside(A.NOVA_EMBED, 'text', A.NOVA_EMBED_TEXT);
  turn(M.USER, A.NOVA_EMBED_TEXT, 'value', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  ignore(A.NOVA_EMBED_TEXT, 'truncationMode');
  ignore(A.NOVA_EMBED, 'embeddingPurpose');
  ignore(
    root,
    'textGenerationConfig,stop,stopSequences,schemaVersion,taskType,embeddingConfig,embeddingTypes',
  );
  ignore(root, 'frequencyPenalty,presencePenalty,countPenalty,reasoning_effort,user,stream_options');

  each(A.INVOKE_SYSTEM, M.TEXT, A.INVOKE_BLOCK);
  eachTurn(M.NO_ROLE, A.INVOKE_MESSAGES, M.UNKNOWN, A.INVOKE_MESSAGE);
  chatMessageRules(A.INVOKE_MESSAGE);
  key(A.INVOKE_MESSAGE, 'content', M.TEXT, M.UNKNOWN, A.INVOKE_BLOCKS);
  each(A.INVOKE_BLOCKS, M.TEXT, A.INVOKE_BLOCK);
  anthropicBlockRules(A.INVOKE_BLOCK);
  chatPartRules(A.INVOKE_BLOCK);
  converseBlockRules(A.INVOKE_BLOCK);
}
