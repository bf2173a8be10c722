// What OpenAI bills of an answer beside its words: the tokens that open and close messages and calls.
//
// Models before gpt-5 end an answer with a token that Responses always counts and chat counts on some machines only; a call is
// `to=functions.NAME` and its frame, several calls are wrapped in `multi_tool_use.parallel`. Later models and gpt-oss write harmony
// (openai/harmony): `<|channel|>final<|message|>…<|return|>` is 4 tokens, `<|start|>assistant` before each message but the first 2,
// `<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>…<|call|>` 11 beside name and arguments. The numbers agree with
// what recorded answers report (test/tokens/answer-counter.test.ts); for other models the learned factor has them.
import type { ApiName } from '../core/api.js';

/** In tokens. */
export interface AnswerOverhead {
  /** Once an answer. */
  readonly once: number;
  /** Each text, reasoning or refusal. */
  readonly message: number;
  /** Each message or call but the first. */
  readonly further: number;
  /** Each tool call, beside its name and arguments. */
  readonly call: number;
  /** Where there are several calls: once, and each. */
  readonly parallel: number;
  readonly parallelCall: number;
}

export const NO_OVERHEAD: AnswerOverhead = {
  once: 0,
  message: 0,
  further: 0,
  call: 0,
  parallel: 0,
  parallelCall: 0,
};
const CHAT: AnswerOverhead = { ...NO_OVERHEAD, call: 7, parallel: 13, parallelCall: 3 };
const RESPONSES: AnswerOverhead = { ...CHAT, once: 1 };
const HARMONY: AnswerOverhead = { ...NO_OVERHEAD, message: 4, further: 2, call: 11 };

const BEFORE_HARMONY = ['gpt-3.5', 'gpt-35', 'gpt-4', 'chatgpt-4o'];
const SINCE_HARMONY = ['gpt-5', 'gpt-oss', 'o1', 'o3', 'o4', 'codex'];

/** The overhead of `model`'s answers; none for models that are not OpenAI's and for plain completions. */
export function answerOverheadOf(api: ApiName, model: string | null): AnswerOverhead {
  if (model === null || api === 'openai.completions') return NO_OVERHEAD;
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^(openai\.|ft:)/, '');
  if (SINCE_HARMONY.some(prefix => name.startsWith(prefix))) return HARMONY;
  if (!BEFORE_HARMONY.some(prefix => name.startsWith(prefix))) return NO_OVERHEAD;
  return api === 'openai.responses' ? RESPONSES : CHAT;
}

export function framing(overhead: AnswerOverhead, messages: number, calls: number): number {
  const parts = messages + calls;
  if (parts === 0) return 0;
  const parallel = calls > 1 ? overhead.parallel + calls * overhead.parallelCall : 0;
  const { once, message, further, call } = overhead;
  return once + messages * message + calls * call + (parts - 1) * further + parallel;
}
