// Where generated text stands in each dialect's answers and events (PROVIDERS.md): tables of keys, by the place that an object has.
// Dialects are not told apart: their keys do not clash, and hosts that copy one dialect mix in parts of another.
import { type KeyName, keyNumber } from './keys.js';
import {
  ARGUMENTS,
  DELTA,
  ECHO,
  PLAIN,
  REASONING,
  REFUSAL,
  SECOND,
  SUMMARY,
  TEXT,
  TRANSCRIPT,
  TWIN,
  WHOLE,
} from './text-kinds.js';
import { each, many, members, object, put, type Read, raw, text, when } from './text-read.js';

const INDEX = keyNumber('index');
const TYPE = keyNumber('type');
const ROLE = keyNumber('role');
const THOUGHT = keyNumber('thought');
const BLOCK_INDEX = keyNumber('contentBlockIndex');
const DELTA_KEY = keyNumber('delta');
const MESSAGE_KEY = keyNumber('message');
const REASONING_CONTENT = keyNumber('reasoning_content');

/** A string, or the raw object that tool arguments are in some dialects. */
const argumentsOf: Read = many(text(ARGUMENTS), raw());

// ---- parts that several dialects have

/** Bedrock's reasoning, Gemini's summaries of thoughts. */
const thought: Read = object(members({ text: text(REASONING), reasoningText: (r, n) => thought(r, n) }));
const toolUse: Read = object(members({ input: argumentsOf, code: text(ARGUMENTS) }));
const called: Read = object(members({ arguments: argumentsOf }));

const call: Read = object((r, node) => {
  const index = r.tape.index(r.tape.member(node, INDEX));
  if (index >= 0) r.inner = index;
  callMembers(r, node);
});
const callMembers: Read = members({
  function: called,
  custom: toolUse,
  code_interpreter: toolUse,
  parameters: argumentsOf,
});
const calls: Read = many(each('inner', call), call);

/** Text that may be an object around its value: assistants, audio. */
const textOrValue: Read = many(
  (r, node) => put(r, node, r.partFlavour, r.role),
  object(members({ value: text(TEXT), transcript: text(TEXT) })),
);
const quotation: Read = object(members({ text: text(TEXT, ECHO) }));

const part: Read = object((r, node) => {
  const flavour = r.partFlavour;
  const type = r.stringMember(node, TYPE);
  if (type === 'reasoning_text') r.partFlavour = REASONING;
  if (type === 'summary_text') r.partFlavour = SUMMARY;
  partMembers(r, node);
  r.partFlavour = flavour;
});
const partMembers: Read = members({
  text: textOrValue,
  refusal: text(REFUSAL),
  transcript: text(TRANSCRIPT),
  thinking: many(text(REASONING), each('inner', object(members({ text: text(REASONING) })))),
  summary: each('inner', object(members({ text: text(REASONING) }))),
  input: argumentsOf,
  arguments: argumentsOf,
  reasoningContent: thought,
  toolUse,
  citationsContent: object(members({ content: each('inner', object(members({ text: text(TEXT) }))) })),
});
const parts: Read = each('inner', (r, node) => {
  const index = r.tape.index(r.tape.member(node, INDEX));
  if (index >= 0) r.inner = index;
  part(r, node);
});

// ---- messages

const chatKeys = {
  // Providers that say their reasoning under two names.
  reasoning_content: text(REASONING),
  reasoning: ((r, node) => {
    const twice = r.tape.member(r.tape.parent(node), REASONING_CONTENT) >= 0;
    put(r, node, REASONING, twice ? TWIN : r.role);
  }) satisfies Read,
  reasoning_details: each(null, object(members({ text: text(SECOND, TWIN), summary: text(SECOND, TWIN) }))),
  refusal: text(REFUSAL),
  thinking: text(REASONING),
  tool_plan: text(REASONING),
  tool_calls: calls,
  function_call: called,
  audio: object(members({ transcript: text(TRANSCRIPT) })),
  citations: many(each(null, quotation), quotation),
};
/** Of Cohere, Ollama, Bedrock; of Anthropic's start. */
const message: Read = object(
  members({ ...chatKeys, content: many(text(TEXT), parts, (r, n) => part(r, n)) }),
);
/** Of OpenAI's chats, and the deltas of all. */
const delta: Read = object(
  members({
    ...chatKeys,
    content: many(text(TEXT), parts, thought),
    text: text(TEXT),
    partial_json: text(ARGUMENTS),
    arguments: argumentsOf,
    reasoningContent: thought,
    toolUse,
    message,
    step_details: object(members({ tool_calls: calls })),
  }),
);
/** Anthropic's, Bedrock's, Nova's. */
const block: Read = object((r, node) => {
  const index = r.tape.index(r.tape.member(node, BLOCK_INDEX));
  if (index >= 0) r.outer = index;
  blockMembers(r, node);
});
const blockMembers: Read = members({
  text: text(TEXT),
  thinking: text(REASONING),
  input: raw(true),
  toolUse,
  delta,
  start: (r, n) => block(r, n),
});

// ---- choices, candidates, items

const choice: Read = object((r, node) => {
  const index = r.tape.index(r.tape.member(node, INDEX));
  if (index >= 0) r.outer = index;
  choiceMembers(r, node);
});
const choiceMembers: Read = members({
  delta,
  message: when(WHOLE, delta),
  text: (r, node) => {
    const holder = r.tape.parent(node);
    const twice = r.tape.member(holder, DELTA_KEY) >= 0 || r.tape.member(holder, MESSAGE_KEY) >= 0;
    put(r, node, twice ? PLAIN : TEXT, twice ? TWIN : r.role);
  },
});

const geminiCall: Read = object(
  members({
    args: raw(),
    partialArgs: each(null, object(members({ stringValue: text(ARGUMENTS, DELTA) }))),
  }),
);
const geminiPart: Read = object((r, node) => {
  r.partFlavour = r.tape.isTrue(r.tape.member(node, THOUGHT)) ? REASONING : TEXT;
  geminiPartMembers(r, node);
});
const geminiPartMembers: Read = members({
  text: (r, node) => put(r, node, r.partFlavour, r.role),
  functionCall: geminiCall,
  toolCall: geminiCall,
  executableCode: object(members({ code: text(ARGUMENTS) })),
});
const candidate: Read = object((r, node) => {
  const index = r.tape.index(r.tape.member(node, INDEX));
  if (index >= 0) r.outer = index;
  candidateMembers(r, node);
});
const candidateMembers: Read = members({
  content: object(members({ parts: each('inner', geminiPart) })),
  groundingMetadata: object(
    members({ groundingSupports: each(null, object(members({ segment: quotation }))) }),
  ),
});

/** An output item of Responses, a step of Gemini's interactions. */
const item: Read = object(
  members({
    content: parts,
    summary: each('inner', object(members({ text: text(SUMMARY) }))),
    arguments: many(text(ARGUMENTS), raw(true)), // {} where a search begins
    input: text(ARGUMENTS),
    code: text(ARGUMENTS),
    text: text(TEXT, TWIN), // Bedrock's guardrails say it under two keys
    operation: object(members({ diff: text(ARGUMENTS) })),
    action: object(members({ commands: each('inner', text(ARGUMENTS)) })),
  }),
);
const items: Read = each('outer', item);
const generation: Read = object(
  members({
    text: text(TEXT),
    data: object(members({ text: text(TEXT) })),
    outputText: text(TEXT),
    generated_text: text(TEXT),
  }),
);

/** Cohere's first version gives the conversation back with its answer as last turn. */
const turn: Read = object((r, node) => {
  if (r.stringMember(node, ROLE) === 'CHATBOT') turnMembers(r, node);
});
const turnMembers: Read = members({ message: text(TEXT, ECHO) });

const finished: Read = (r, node) => {
  if (r.tape.isTrue(node)) r.final = true;
};

const rootBlocks: Read = each('outer', part);

/** Members that are texts only in events of Responses. */
function inResponses(read: Read): Read {
  return (r, node) => {
    if (r.type.responses) read(r, node);
  };
}

const response = {
  output: items,
  output_text: text(PLAIN, ECHO),
  text: text(TEXT),
  tool_calls: calls,
  chat_history: each(null, turn),
  citations: each(null, quotation),
  generations: each('outer', generation),
} satisfies Partial<Record<KeyName, Read>>;

/** A document. */
export const ROOT: Read = members({
  choices: each('outer', choice),
  candidates: each('outer', candidate),
  delta: many((r, node) => put(r, node, r.type.flavour, r.role), delta),
  content_block: block,
  start: block,
  contentBlockDelta: block,
  contentBlockStart: block,
  content: (r, node) => (r.type.thread ? parts : rootBlocks)(r, node),
  message,
  // Responses
  ...response,
  output: many(items, object(members({ message: (r, n) => blocks(r, n) }))),
  item,
  part,
  text: (r, node) => put(r, node, r.type.flavour, r.role),
  refusal: inResponses(text(REFUSAL)),
  arguments: inResponses(argumentsOf),
  input: inResponses(text(ARGUMENTS)),
  code: inResponses(text(ARGUMENTS)),
  diff: inResponses(text(ARGUMENTS)),
  command: inResponses(text(ARGUMENTS)),
  transcript: inResponses(text(TRANSCRIPT)),
  // an object in Responses and Cohere's first version, Ollama's text
  response: many(text(TEXT), object(members(response))),
  // Gemini's interactions
  steps: items,
  outputs: many(each('outer', part)),
  interaction: object(members({ steps: items, outputs: each('outer', part) })),
  step: item,
  // Assistants
  step_details: object(members({ tool_calls: calls })),
  required_action: object(members({ submit_tool_outputs: object(members({ tool_calls: calls })) })),
  // others
  thinking: text(REASONING),
  completion: text(TEXT),
  outputText: text(TEXT),
  generation: text(TEXT),
  generated_text: text(TEXT),
  results: each('outer', generation),
  completions: each('outer', generation),
  tool_call_delta: object(members({ parameters: argumentsOf, text: text(REASONING) })),
  segments: each(null, quotation),
  done: finished,
  is_finished: finished,
});

/** The whole message of Bedrock's converse: its blocks are numbered as when they are streamed. */
const blocks: Read = object(members({ content: each('outer', part) }));
