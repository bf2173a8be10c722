// The keys of answers that somebody asks for, as small numbers: a document's keys are compared as bytes, no string is made of them.

/** Every key that the rules name. Its number is its place here, from 1; 0 is any other key. */
const NAMES = [
  'action',
  'args',
  'arguments',
  'audio',
  'avgLogprobs',
  'candidates',
  'chat_history',
  'choices',
  'citations',
  'citationsContent',
  'code',
  'code_interpreter',
  'command',
  'commands',
  'completion',
  'completions',
  'content',
  'contentBlockDelta',
  'contentBlockIndex',
  'contentBlockStart',
  'content_block',
  'content_index',
  'command_index',
  'created',
  'created_at',
  'custom',
  'data',
  'delta',
  'diff',
  'done',
  'event_type',
  'executableCode',
  'function',
  'functionCall',
  'function_call',
  'generated_text',
  'generation',
  'generations',
  'groundingMetadata',
  'groundingSupports',
  'id',
  'index',
  'input',
  'interaction',
  'is_finished',
  'item',
  'logprobs',
  'logprobsResult',
  'message',
  'obfuscation',
  'operation',
  'output',
  'outputText',
  'output_index',
  'outputs',
  'output_text',
  'p',
  'parameters',
  'parsed',
  'part',
  'partialArgs',
  'partial_json',
  'parts',
  'reasoning',
  'reasoningContent',
  'reasoningText',
  'reasoning_content',
  'reasoning_details',
  'refusal',
  'required_action',
  'response',
  'results',
  'role',
  'segment',
  'segments',
  'sequence_number',
  'start',
  'step',
  'step_details',
  'steps',
  'stringValue',
  'submit_tool_outputs',
  'summary',
  'summary_index',
  'text',
  'thinking',
  'thought',
  'token_ids',
  'token_likelihoods',
  'toolCall',
  'toolUse',
  'tool_call_delta',
  'tool_calls',
  'tool_plan',
  'transcript',
  'type',
  'value',
  'bytes',
] as const;
export type KeyName = (typeof NAMES)[number];

export const KEY_COUNT = NAMES.length + 1;

const numbers = new Map<string, number>(NAMES.map((name, i) => [name, i + 1]));

export function keyNumber(name: KeyName): number {
  return numbers.get(name) ?? 0;
}

const BUCKETS = 512;
/** Candidates by hash; nearly always one. */
const buckets: (readonly { readonly bytes: Buffer; readonly key: number }[] | undefined)[] = Array.from({
  length: BUCKETS,
});
for (const [name, key] of numbers) {
  const bytes = Buffer.from(name);
  const at = hash(bytes, 0, bytes.length);
  buckets[at] = [...(buckets[at] ?? []), { bytes, key }];
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from] ?? 0;
  const last = bytes[to - 1] ?? 0;
  const middle = bytes[(from + to) >> 1] ?? 0;
  return ((to - from) * 37 + first * 5 + last * 11 + middle * 3) & (BUCKETS - 1);
}

/** The number of the key that stands at [from, to), 0 where nobody asks for it. */
export function keyAt(bytes: Uint8Array, from: number, to: number): number {
  const found = buckets[hash(bytes, from, to)];
  if (found === undefined || from === to) return 0;
  for (const one of found) if (sameBytes(bytes, from, to, one.bytes)) return one.key;
  return 0;
}

function sameBytes(bytes: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false;
  return true;
}
