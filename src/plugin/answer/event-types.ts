// What an event's type says of its texts: whether they go on or are repeated, what its root `delta` is, and that the answer is over.
import { ARGUMENTS, DELTA, REASONING, REFUSAL, REPEAT, SUMMARY, TEXT, TRANSCRIPT } from './text-kinds.js';

export interface EventType {
  /** Flavour of a root `delta`, `text`, `part`; -1: none of it is text. */
  readonly flavour: number;
  readonly role: typeof DELTA | typeof REPEAT;
  /** The answer begins. */
  readonly begins: boolean;
  /** The dialect's last event with a meaning. */
  readonly final: boolean;
  /** OpenAI's Responses: root members that elsewhere mean other things are texts. */
  readonly responses: boolean;
  /** Assistants: what tells texts apart is the id of their message or step. */
  readonly thread: boolean;
}

export const PLAIN_EVENT: EventType = {
  flavour: TEXT,
  role: DELTA,
  begins: false,
  final: false,
  responses: false,
  thread: false,
};

const FINAL = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'message_stop',
  'message-end',
  'stream-end',
  'interaction.complete',
  'interaction.completed',
  'transcript.text.done',
]);
const REPEATS = new Set([
  'stream-end',
  'interaction.complete',
  'interaction.completed',
  'transcript.text.done',
]);
/** Types are a handful a dialect; a provider that invents one each event is not remembered. */
const KNOWN_MAX = 256;
const known = new Map<string, EventType>();

/** `name` is the document's type, or where it has none, or one of another meaning, the event's name. */
export function eventType(name: string): EventType {
  let type = known.get(name);
  if (type === undefined) {
    type = classified(name);
    if (known.size < KNOWN_MAX) known.set(name, type);
  }
  return type;
}

function classified(name: string): EventType {
  const final = FINAL.has(name);
  if (name === 'error')
    return { flavour: -1, role: DELTA, begins: false, final, responses: false, thread: false };
  if (name.startsWith('response.'))
    return {
      flavour: responsesFlavour(name),
      role: name.endsWith('.delta') ? DELTA : REPEAT,
      begins: name === 'response.created',
      final,
      responses: true,
      thread: false,
    };
  const thread = name.startsWith('thread.');
  const repeats = REPEATS.has(name) || (thread && !name.endsWith('.delta'));
  return { flavour: TEXT, role: repeats ? REPEAT : DELTA, begins: false, final, responses: false, thread };
}

function responsesFlavour(name: string): number {
  if (name.startsWith('response.reasoning_summary')) return SUMMARY;
  if (name.startsWith('response.reasoning')) return REASONING;
  if (name.startsWith('response.refusal')) return REFUSAL;
  if (name.startsWith('response.output_text') || name.startsWith('response.content_part')) return TEXT;
  if (/^response\.(output_)?audio_transcript/.test(name)) return TRANSCRIPT;
  if (/^response\.(output_)?audio\./.test(name)) return -1;
  return ARGUMENTS;
}
