// The plan of an answer, common to all dialects: which pieces, how many, why it ends. Everything but its id and
// date follows from seed, model and texts; whether it is streamed changes nothing.
import type { Settings } from './dialect.js';
import { asciiJson, escaped } from './json.js';
import type { Prompt, ToolSpec } from './prompt.js';
import { sampleOf } from './schema.js';
import { countAll, TOKEN_BYTES } from './tokens.js';
import { hashText, mix, wordAt } from './words.js';

/** Length where nobody says one: between these, by the seed. */
const TOKENS_MIN = 16;
const TOKENS_SPREAD = 32;

export type Finish = 'stop' | 'length' | 'tool';

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Whole arguments, or those that the bound on the output left, as JSON text. */
  readonly args: string;
  readonly input: unknown;
}

export interface Choice {
  readonly index: number;
  /** Tokens. */
  readonly count: number;
  readonly finish: Finish;
  readonly tool: ToolCall | null;
  /** Token `index`, escaped for a JSON string. */
  piece(index: number): string;
  /** All of it, unescaped. */
  text(): string;
}

export interface Answer {
  /** 16 hexadecimal digits, unique in the process: providers never give one id twice. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly Choice[];
  /** The only choice of dialects that know no others. */
  readonly first: Choice;
  readonly inputTokens: number;
  /** Sum over choices. */
  readonly outputTokens: number;
  /** False: the dialect leaves usage out. */
  readonly usage: boolean;
}

let serial = 0;

export function planAnswer(prompt: Prompt, settings: Settings): Answer {
  let seed = hashText(settings.seed, prompt.model);
  for (const text of prompt.texts) seed = hashText(seed, text);
  serial = (serial + 1) >>> 0;
  const id = hex(mix(seed)) + hex(serial);
  const first = planChoice(prompt, settings, seed, 0, id);
  const choices = [first];
  for (let i = 1; i < prompt.choices; i++) choices.push(planChoice(prompt, settings, mix(seed + i), i, id));
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    model: prompt.model,
    choices,
    first,
    inputTokens: countAll(prompt.texts),
    outputTokens: choices.reduce((sum, choice) => sum + choice.count, 0),
    usage: settings.usage,
  };
}

/** Token `index` counted over all choices, one choice after the other. */
export function tokenAt(answer: Answer, index: number): { choice: Choice; piece: string } {
  let left = index;
  for (const choice of answer.choices) {
    if (left < choice.count) return { choice, piece: choice.piece(left) };
    left -= choice.count;
  }
  throw new RangeError(`token ${index} of ${answer.outputTokens}`);
}

function planChoice(prompt: Prompt, settings: Settings, seed: number, index: number, id: string): Choice {
  const tool = toolToCall(prompt);
  if (tool !== null) {
    const input = sampleOf(tool.schema, seed);
    const call = { id: `${id}${index}`, name: tool.name, input };
    return cutChoice(asciiJson(input), 'tool', prompt.maxTokens, index, args => ({ ...call, args }));
  }
  if (prompt.schema !== null) {
    return cutChoice(asciiJson(sampleOf(prompt.schema, seed)), 'stop', prompt.maxTokens, index, () => null);
  }
  return proseChoice(
    settings.tokens ?? TOKENS_MIN + (mix(seed) % TOKENS_SPREAD),
    prompt.maxTokens,
    seed,
    index,
  );
}

function proseChoice(wanted: number, maxTokens: number | null, seed: number, index: number): Choice {
  const count = Math.min(wanted, maxTokens ?? wanted);
  const ends = count === wanted;
  return {
    index,
    count,
    finish: ends ? 'stop' : 'length',
    tool: null,
    piece: i => wordAt(seed, i, count, ends),
    text: () => {
      let text = '';
      for (let i = 0; i < count; i++) text += wordAt(seed, i, count, ends);
      return text;
    },
  };
}

/** JSON text in pieces of one token; what is over the bound is cut off, as providers do. */
function cutChoice(
  json: string,
  finish: Finish,
  maxTokens: number | null,
  index: number,
  toolOf: (args: string) => ToolCall | null,
): Choice {
  const whole = Math.ceil(json.length / TOKEN_BYTES);
  const count = Math.min(whole, maxTokens ?? whole);
  const text = json.slice(0, count * TOKEN_BYTES);
  return {
    index,
    count,
    finish: count === whole ? finish : 'length',
    tool: toolOf(text),
    piece: i => escaped(text.slice(i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES)),
    text: () => text,
  };
}

/** The tool that is forced, or that the user's last text names; the first where it only says "tool". */
function toolToCall(prompt: Prompt): ToolSpec | null {
  const { tools, toolChoice, asked } = prompt;
  const first = tools[0];
  if (first === undefined || toolChoice === 'none') return null;
  if (typeof toolChoice === 'object') return tools.find(tool => tool.name === toolChoice.name) ?? first;
  const text = (asked ?? '').toLowerCase();
  const named = tools.find(tool => text.includes(tool.name.toLowerCase()));
  if (named !== undefined) return named;
  return toolChoice === 'any' || /\btools?\b/.test(text) ? first : null;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
