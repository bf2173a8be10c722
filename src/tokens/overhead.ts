// What a prompt costs beside its words: the tokens that open and close messages, hidden system prompts, the text that
// explains tools. OpenAI documents its own ("How to count tokens with tiktoken", OpenAI cookbook: 3 a message, 1 a name,
// 3 for the reply's primer) and publishes the form of gpt-oss (openai/harmony); Anthropic documents the prompt that tools
// bring (docs: "Tool use": 159 to 530 tokens by model); Llama, Qwen, Gemma, GLM publish chat templates. Whatever has no document
// is measured on recorded traffic of many projects (`node bench/tokens/corpus-table.js --overheads` prints what is left
// over). Measured constants are few and rough on purpose: fitted on a random half of the recordings only, constants of this form
// estimate the other half within about 9 % in the median, so they are no table of the recordings. What remains is the learned
// factor's (factors.ts).
import { modelName } from './model-name.js';

export interface Overhead {
  /** Once a conversation: what opens the prompt, hidden system prompts, the primer of the reply. */
  readonly reply: number;
  /** Each message, its role included. */
  readonly message: number;
  /** The system prompt, where it is not a message like others. */
  readonly system: number;
  /** A message's `name`, beside the name itself. */
  readonly name: number;
  /** Once where there are tools. */
  readonly tools: number;
  /** The same where there is a system prompt that the tools can join. */
  readonly toolsJoined: number;
  /** Each tool beside its definition. */
  readonly tool: number;
  /** How definitions are written: as TypeScript (OpenAI) or as JSON. */
  readonly form: 'typescript' | 'json';
  /** Tokens of the prompt for each of the definition's JSON. */
  readonly toolScale: number;
  /** Each call in the history beside its name and arguments. */
  readonly call: number;
  /** Once and for each call where one message makes several (OpenAI wraps them as `multi_tool_use.parallel`). */
  readonly parallel: number;
  readonly parallelCall: number;
  /** Each tool's result beside its text. `resultNamed`: it also repeats the tool's name. */
  readonly result: number;
  readonly resultNamed: boolean;
  /** Once where the answer has to follow a JSON schema, beside the schema. */
  readonly schema: number;
  /** Whether the schema itself is in the prompt; many only constrain the decoding with it. */
  readonly schemaRead: boolean;
}

const OPENAI: Overhead = {
  reply: 3,
  message: 4,
  system: 4,
  name: 1,
  tools: 8,
  toolsJoined: 5,
  tool: 0,
  form: 'typescript',
  toolScale: 1,
  call: 5,
  parallel: 14,
  parallelCall: 3,
  result: 0,
  resultNamed: true,
  schema: 0,
  schemaRead: true,
};

/** Everybody else's beginning: the same messages, tools as JSON. */
const PLAIN: Overhead = {
  ...OPENAI,
  tools: 60,
  toolsJoined: 60,
  form: 'json',
  toolScale: 1.2,
  call: 15,
  parallel: 0,
  parallelCall: 0,
  result: 10,
  resultNamed: false,
  schemaRead: false,
};

/** gpt-3.5 and gpt-4. */
const OLDER: Overhead = { ...OPENAI, tools: 9, toolsJoined: 6, call: 3 };
/** The reply's primer is two tokens; calls and results name a channel (openai/harmony, `Render<Message>`). */
const REASONING: Overhead = { ...OPENAI, reply: 2, tools: 9, toolsJoined: 10, call: 8 };
const HARMONY: Overhead = { ...REASONING, toolsJoined: 9, result: 4 };
const SEARCH: Overhead = { ...OPENAI, reply: 0, message: 0, system: 0 };
const CLAUDE: Overhead = {
  ...PLAIN,
  system: 0,
  tools: 310,
  toolsJoined: 310,
  tool: 20,
  toolScale: 1.1,
  call: 25,
  result: 25,
  schema: 140,
  schemaRead: true,
};
const claudeTools = (tools: number): Overhead => ({ ...CLAUDE, tools, toolsJoined: tools });
const COHERE: Overhead = {
  ...PLAIN,
  reply: 57,
  message: 8,
  system: 8,
  tools: 780,
  toolsJoined: 780,
  tool: 50,
  call: 40,
  result: 40,
};
const GROK: Overhead = {
  ...PLAIN,
  schemaRead: true,
  reply: 0,
  message: 2,
  system: 2,
  tools: 140,
  toolsJoined: 140,
};

const GEMINI: Overhead = {
  ...PLAIN,
  reply: 0,
  message: 0,
  system: 0,
  tools: 0,
  toolsJoined: 0,
  toolScale: 0.75,
  call: 20,
  result: 20,
};
/** `<|begin_of_text|>`, five tokens around each message, four for the reply's header (Meta's model card). */
const LLAMA: Overhead = { ...PLAIN, reply: 5, message: 5, system: 5, tools: 110, toolsJoined: 110 };
/** ChatML: `<|im_start|>role … <|im_end|>` with line ends. */
const QWEN: Overhead = {
  ...PLAIN,
  reply: 3,
  message: 5,
  system: 5,
  tools: 80,
  toolsJoined: 80,
  call: 35,
  result: 25,
};

/** First match of the normalised name wins. */
const TABLE: readonly (readonly [RegExp, Overhead])[] = [
  [/search-preview/, SEARCH],
  [/^gpt-oss/, { ...HARMONY, reply: 63, tools: 25, toolsJoined: 25, call: 14, result: 8 }],
  [/^gpt-[5-9]/, HARMONY],
  [/^(?:o[1-9]|codex|computer-use)/, REASONING],
  [/^gpt-(?:3|4$|4-)/, OLDER],
  [/^(?:gpt-|chatgpt)/, OPENAI],
  [/^claude-3-opus/, claudeTools(530)],
  [/^claude-3-sonnet/, claudeTools(159)],
  [/^claude-3-haiku/, claudeTools(264)],
  [/^claude-(?:[34]-|3|instant|v?[12]|4$|(?:sonnet|opus)-4(?:-[01])?$)/, CLAUDE],
  [/^claude/, claudeTools(490)],
  [/^gemma/, { ...PLAIN, reply: 4, message: 5, system: 5 }],
  [/^gemini-(?:1|2\.0)/, { ...GEMINI, toolScale: 0.5, call: 5, result: 5 }],
  [/^gemini/, GEMINI],
  // Since 3.1 the template writes its knowledge's end and the date, 25 tokens.
  [/llama-?3[.-][1-3]/, { ...LLAMA, reply: 30 }],
  [/llama/, LLAMA],
  [
    /^(?:open-)?mi[snx]|^(?:ministral|magistral|codestral|devstral|pixtral)/,
    { ...PLAIN, reply: 0, message: 3, system: 3, tools: 10, toolsJoined: 10, toolScale: 1.5 },
  ],
  [/^command-a/, { ...COHERE, reply: 485, message: 10, tools: 850, toolsJoined: 850 }],
  [/^command-r7b/, { ...COHERE, reply: 100, tools: 1250, toolsJoined: 1250 }],
  [/^(?:command|c4ai)/, COHERE],
  [
    /^deepseek/,
    {
      ...PLAIN,
      reply: 2,
      message: 2,
      system: 2,
      tools: 215,
      toolsJoined: 215,
      toolScale: 1.4,
      call: 20,
      result: 15,
    },
  ],
  // Its template's own system prompt: "You are Qwen, created by Alibaba Cloud. …".
  [/^qwen-?2/, { ...QWEN, reply: 25 }],
  [/^q(?:wen|wq|vq)/, QWEN],
  [/^grok-4\.3/, { ...GROK, reply: 187, message: 5, system: 5, tools: 25, toolsJoined: 25, tool: 20 }],
  [/^grok-(?:4-fast|code)/, { ...GROK, reply: 150, message: 10 }],
  [/^grok/, GROK],
  [
    /^(?:zai-)?(?:chat)?glm/,
    { ...PLAIN, reply: 2, message: 3, system: 3, tools: 100, toolsJoined: 100, toolScale: 1.35 },
  ],
  [/^(?:kimi|moonshot)/, { ...PLAIN, tools: 0, toolsJoined: 0, toolScale: 1.5 }],
  [/^nova/, { ...PLAIN, reply: 0, message: 0, system: 0, tools: 190, toolsJoined: 190, tool: 80 }],
  [/^jamba/, { ...PLAIN, reply: 5, message: 5 }],
  [/^(?:sonar|titan)/, { ...PLAIN, reply: 1, message: 0, system: 0 }],
  [/^/, PLAIN],
];

const seen = new Map<string, Overhead>();
const SEEN_MAX = 1000;

/** Hot path: per request, one Map read for a name seen before. */
export function overheadOf(model: string | null): Overhead {
  const { name } = modelName(model);
  const known = seen.get(name);
  if (known !== undefined) return known;
  const found = TABLE.find(([beginning]) => beginning.test(name))?.[1] ?? PLAIN;
  if (seen.size >= SEEN_MAX) seen.delete(seen.keys().next().value ?? '');
  seen.set(name, found);
  return found;
}
