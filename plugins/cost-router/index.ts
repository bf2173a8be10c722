// cost-router: short and simple prompts go to a cheaper model. What is simple is decided by size, tools, images and words; every request says
// in its evidence what kept it or let it go. README.md has the settings.
import { config, evidence, GO_ON, log, messages, request, Role, route } from '../sdk';
import { Globs } from '../sdk/glob';
import { hasWord, readWords } from './words';

let model: string = '';
let target: string = '';
let from: Globs = new Globs([]);
let consumers: Globs = new Globs([]);
let bytesMax: i64 = 0;
let tokensMax: i64 = 0;
let textsMax: i64 = 0;
let outputMax: i64 = 0;
let allowsTools: bool = false;
let allowsImages: bool = false;
let readsWords: bool = false;

export function configure(): i32 {
  model = config.string('model');
  target = config.string('target');
  if ((model == '') == (target == ''))
    config.problem('config must have one of model and target: where simple prompts go');
  from = new Globs(config.strings('from'));
  consumers = new Globs(config.strings('consumers'));
  bytesMax = config.integer('max_bytes', 2000, 1, 1 << 20);
  tokensMax = config.integer('max_tokens', 0, 0, 1 << 20);
  textsMax = config.integer('max_texts', 6, 1, 10_000);
  outputMax = config.integer('max_output_tokens', 0, 0, 1 << 20);
  allowsTools = config.bool('tools', false);
  allowsImages = config.bool('images', false);
  readsWords = readWords(config.strings('keep_words'));
  return config.check();
}

export function on_request(): i32 {
  if (from.patterns.length > 0 && !from.has(request.model)) return keeps('other_model');
  if (consumers.patterns.length > 0 && !consumers.has(request.consumer)) return keeps('other_consumer');
  if (!allowsTools && request.tools > 0) return keeps('tools');
  if (!allowsImages && request.opaqueParts > 0) return keeps('images');
  if (outputMax > 0 && request.maxOutputTokens > outputMax) return keeps('long_answer');
  return byTexts();
}

/** The parts that cost reading come last. */
function byTexts(): i32 {
  const count = messages.count;
  evidence.number('texts', count);
  if (count <= 0) return keeps('no_texts');
  if (count > textsMax) return keeps('many_texts');
  let bytes: i64 = 0;
  for (let i = 0; i < count; i++) bytes += messages.length(i);
  evidence.number('bytes', bytes);
  if (bytes > bytesMax) return keeps('long_prompt');
  if (tokensMax > 0) {
    const tokens = request.inputTokens;
    evidence.number('tokens', tokens);
    // Unknown is not short.
    if (tokens < 0 || tokens > tokensMax) return keeps('long_prompt');
  }
  if (readsWords) {
    const word = wordIn(count);
    if (word >= 0) {
      evidence.number('word', word);
      return keeps('word');
    }
  }
  return goes();
}

/** Index of the first word of the list that somebody other than the model has written; -1: none. */
function wordIn(count: i32): i32 {
  for (let i = 0; i < count; i++) {
    if (messages.role(i) == Role.ASSISTANT) continue;
    const word = hasWord(messages.bytes(i));
    if (word >= 0) return word;
  }
  return -1;
}

function keeps(why: string): i32 {
  evidence.text('routed', 'no');
  evidence.text('why', why);
  return GO_ON;
}

function goes(): i32 {
  const isDone = model != '' ? route.setModel(model) : route.setTarget(target);
  if (!isDone) {
    log.warn(`there is no target ${model}${target}: the request stays where it is`);
    return keeps('refused');
  }
  evidence.text('routed', 'yes');
  evidence.text('why', 'simple');
  return GO_ON;
}
