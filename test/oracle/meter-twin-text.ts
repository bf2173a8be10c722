// The generated text of one document, by property reads: the twin of the kernel's rules for text.
import { isObject, type Json, type JsonObject, list, object } from './meter-twin-json.js';

export interface Text {
  readonly kind: 'text' | 'reasoning' | 'refusal' | 'tool_arguments';
  readonly index: number;
  readonly text: string;
}

type Kind = Text['kind'];

export function textsOf(root: JsonObject, eventName: string | null, inSse: boolean): Text[] {
  const type = [root.type, root.event_type].find(value => typeof value === 'string') ?? eventName;
  const out: Text[] = [];
  let index = indexIn(root);
  const put = (kind: Kind, value: Json | undefined): void => {
    if (typeof value === 'string') out.push({ kind, index, text: value });
  };

  // Choices: a choice's `index` counts from where it stands; the recordings put it first or leave one choice only.
  for (const choice of list(root.choices).map(object)) {
    if (choice === undefined) continue;
    index = 'index' in choice && Object.keys(choice)[0] !== 'index' ? index : indexIn(choice);
    put('text', choice.text);
    for (const part of inSse ? [choice.delta] : [choice.delta, choice.message])
      chatMessage(object(part), put);
    if (typeof choice.index === 'number') index = choice.index;
  }
  for (const candidate of list(root.candidates).map(object)) parts(object(candidate?.content)?.parts, put);
  // Bedrock's mantle names the type last: by then the delta has passed as text.
  const names = Object.keys(root);
  const late = 'type' in root && 'delta' in root && names.indexOf('type') > names.indexOf('delta');
  rootDelta(root, late ? eventName : typeof type === 'string' ? type : null, put);
  wholeAnswers(root, inSse ? 'any' : typeof type === 'string' ? type : null, put);
  return out;
}

function indexIn(holder: JsonObject): number {
  for (const name of ['index', 'content_index', 'contentBlockIndex']) {
    const value = holder[name];
    if (typeof value === 'number') return value;
  }
  return 0;
}

type Put = (kind: Kind, value: Json | undefined) => void;

function chatMessage(message: JsonObject | undefined, put: Put): void {
  if (message === undefined) return;
  put('text', message.content);
  parts(message.content, put);
  put('reasoning', message.reasoning_content);
  put('reasoning', message.reasoning);
  put('refusal', message.refusal);
  for (const call of list(message.tool_calls))
    put('tool_arguments', object(object(call)?.function)?.arguments);
  put('tool_arguments', object(message.function_call)?.arguments);
}

function parts(value: Json | undefined, put: Put): void {
  for (const part of list(value).map(object)) {
    put('text', part?.text);
    put('text', object(part?.text)?.value);
    put('refusal', part?.refusal);
    put('reasoning', part?.thinking);
    for (const thought of list(part?.thinking)) put('reasoning', object(thought)?.text);
  }
}

/** Events that have a `delta` at their root, and Bedrock's, Cohere's and Nova's relatives. */
function rootDelta(root: JsonObject, type: string | null, put: Put): void {
  const kind = kindOf(type);
  if (kind !== null) put(kind, root.delta);
  const block = object(root.contentBlockDelta) ?? object(root.content_block);
  put('text', block?.text);
  put('reasoning', block?.thinking);
  for (const delta of [object(root.delta), object(block?.delta)]) {
    if (delta === undefined) continue;
    chatMessage(delta, put);
    put('text', delta.text);
    put('reasoning', delta.thinking);
    put('tool_arguments', delta.partial_json);
    put('reasoning', object(delta.reasoningContent)?.text);
    put('tool_arguments', object(delta.toolUse)?.input);
    cohereMessage(object(delta.message), put);
  }
}

function kindOf(type: string | null): Kind | null {
  if (type === null || type === 'message' || type === 'text-generation') return 'text';
  if (!type.endsWith('.delta') || /^response\.(output_)?audio\.delta$/.test(type)) return null;
  if (type.startsWith('response.reasoning')) return 'reasoning';
  if (type.startsWith('response.refusal')) return 'refusal';
  if (/^response\.(output_text\.delta$|(output_)?audio_transcript)/.test(type)) return 'text';
  return type.startsWith('response.') ? 'tool_arguments' : 'text';
}

function cohereMessage(message: JsonObject | undefined, put: Put): void {
  if (message === undefined) return;
  put('text', message.content);
  for (const content of isObject(message.content) ? [message.content] : list(message.content))
    parts([content], put);
  put('reasoning', message.thinking);
  put('reasoning', message.tool_plan);
  const calls = isObject(message.tool_calls) ? [message.tool_calls] : list(message.tool_calls);
  for (const call of calls) put('tool_arguments', object(object(call)?.function)?.arguments);
}

function wholeAnswers(root: JsonObject, type: string | null, put: Put): void {
  if (type === null || type === 'message' || type === 'text-generation') put('text', root.text);
  put('text', root.completion);
  put('text', root.outputText);
  put('text', root.generation);
  put('text', root.generated_text);
  put('text', root.response);
  put('reasoning', root.thinking);
  parts(root.content, put);
  parts(root.outputs, put);
  cohereMessage(object(root.message), put);
  cohereMessage(object(object(root.output)?.message), put);
  for (const item of list(root.output).map(object)) {
    parts(item?.content, put);
    for (const thought of list(item?.summary)) put('reasoning', object(thought)?.text);
    put('tool_arguments', item?.arguments);
    put('tool_arguments', item?.input);
  }
  for (const result of list(root.results).map(object)) {
    put('text', result?.outputText);
    put('text', result?.generated_text);
  }
  for (const one of [...list(root.completions), ...list(root.generations)].map(object)) {
    put('text', one?.text);
    put('text', object(one?.data)?.text);
  }
}
