// The generated text of a stream's documents, by property reads: the twin of the kernel's rules for text.
import { isObject, type Json, type JsonObject, list, object } from './meter-twin-json.js';

type Kind = 'text' | 'reasoning' | 'refusal' | 'tool_arguments' | 'tool_name';

export class TwinTexts {
  /** Text by `kind index`; an object is its JSON, made compact. */
  readonly texts = new Map<string, string>();
  /** Some document said its index, its type or that it is a thought only after its text. */
  late = false;
  #index = { outer: 0, inner: 0 };
  #output = false;
  #names = 0;
  #objects = 0;
  readonly #given = new Set<Kind>();
  #parts = 0;
  #calls = 0;

  /** `eventName`: the event's name where it came before the data. */
  document(root: JsonObject, eventName: string | null, inSse: boolean): void {
    const said = [root.type, root.event_type].find(value => typeof value === 'string');
    const type = typeof said === 'string' ? said : eventName;
    this.#beginDocument(root);
    this.#choices(root, inSse);
    for (const [position, candidate] of list(root.candidates).map(object).entries()) {
      this.#outer(candidate, position);
      for (const part of list(object(candidate?.content)?.parts).map(object)) this.#geminiPart(part);
    }
    const keys = Object.keys(root);
    if (typeof root.delta === 'string' && eventName === null && keys.indexOf('type') > keys.indexOf('delta'))
      this.late = true;
    this.#rootDelta(root, type);
    if (!inSse) this.#put(isPlain(type) ? 'text' : null, root.text);
    this.#blocks(root, inSse);
    this.#wholeAnswers(root);
    this.#items(root, type);
  }

  #beginDocument(root: JsonObject): void {
    const before = this.#output ? this.#index : { outer: 0, inner: 0 };
    this.#index = {
      outer: firstNumber(root, ['output_index', 'index', 'contentBlockIndex']) ?? before.outer,
      inner: firstNumber(root, ['content_index', 'summary_index', 'command_index']) ?? before.inner,
    };
    if (typeof root.output_index === 'number') this.#output = true;
    this.#parts = this.#calls = 0;
  }

  #outer(holder: JsonObject | undefined, position: number): void {
    const index = holder?.index;
    this.#index = { outer: typeof index === 'number' ? index : position, inner: 0 };
    const keys = Object.keys(holder ?? {});
    if (typeof index === 'number' && index !== position && keys[0] !== 'index') this.late = true;
    this.#parts = this.#calls = 0;
  }

  #put(kind: Kind | null, value: Json | undefined): void {
    if (kind === null) return;
    if (kind === 'tool_name') {
      if (typeof value === 'string') this.#add(kind, this.#names++, value);
    } else if (typeof value === 'string')
      this.#add(kind, this.#index.outer + this.#index.inner * 65536, value);
    else if (kind === 'tool_arguments' && isObject(value))
      this.#add(kind, this.#index.outer + (32768 + this.#objects++) * 65536, JSON.stringify(value));
  }

  #add(kind: Kind, index: number, text: string): void {
    const key = `${kind} ${index}`;
    if (text !== '') this.texts.set(key, (this.texts.get(key) ?? '') + text);
  }

  #choices(root: JsonObject, inSse: boolean): void {
    for (const [position, choice] of list(root.choices).map(object).entries()) {
      if (choice === undefined) continue;
      this.#outer(choice, position);
      this.#put('text', choice.text);
      const again = typeof choice.text === 'string' && choice.text !== '';
      for (const part of inSse ? [choice.delta] : [choice.delta, choice.message])
        this.#chatMessage(object(part), again);
    }
  }

  #chatMessage(message: JsonObject | undefined, again = false): void {
    if (message === undefined) return;
    if (!again) this.#put('text', message.content);
    this.#partsOf(message.content);
    this.#put('reasoning', object(message.content)?.text);
    this.#put('reasoning', message.reasoning_content);
    this.#put('reasoning', message.reasoning);
    this.#put('refusal', message.refusal);
    this.#put('text', object(message.audio)?.transcript);
    for (const [key, value] of Object.entries(message)) {
      if (key === 'tool_calls') this.#callsOf(value);
      if (key === 'function_call') this.#function(object(value));
      if (key === 'step_details') this.#callsOf(object(value)?.tool_calls);
    }
  }

  #callsOf(value: Json | undefined): void {
    for (const call of (isObject(value) ? [value] : list(value)).map(object)) {
      const position = this.#calls++;
      const index = call?.index;
      if (typeof index === 'number' && index !== position && Object.keys(call ?? {})[0] !== 'index')
        this.late = true;
      this.#index.inner = typeof index === 'number' ? index : position;
      // Names are numbered as they come, empty ones too.
      for (const [key, value] of Object.entries(call ?? {})) {
        if (key === 'function') this.#function(object(value));
        if (key === 'custom' || key === 'code_interpreter') this.#toolUse(object(value));
        if (key === 'name') this.#put('tool_name', value);
      }
      this.#put('tool_arguments', object(call?.parameters));
      this.#index.inner = 0;
    }
  }

  #function(called: JsonObject | undefined): void {
    this.#put('tool_name', called?.name);
    this.#put('tool_arguments', called?.arguments);
  }

  #toolUse(used: JsonObject | undefined): void {
    this.#put('tool_name', used?.name);
    this.#put('tool_arguments', used?.input);
  }

  #partsOf(value: Json | undefined): void {
    for (const part of list(value).map(object)) {
      this.#index.inner = this.#parts++;
      this.#put('text', part?.text);
      this.#put('text', object(part?.text)?.value);
      this.#put('text', object(part?.text)?.transcript);
      this.#put('refusal', part?.refusal);
      this.#put('reasoning', part?.thinking);
      this.#thoughts(part?.thinking);
      this.#thought(object(part?.reasoningContent));
      this.#toolUse(part);
      this.#toolUse(object(part?.toolUse));
      this.#index.inner = 0;
    }
  }

  /** An array of pieces of reasoning. */
  #thoughts(value: Json | undefined): void {
    for (const thought of list(value).map(object)) {
      this.#index.inner = this.#parts++;
      this.#put('reasoning', thought?.text);
      this.#index.inner = 0;
    }
  }

  #thought(thought: JsonObject | undefined): void {
    this.#put('reasoning', thought?.text);
    this.#put('reasoning', object(thought?.reasoningText)?.text);
  }

  #geminiPart(part: JsonObject | undefined): void {
    this.#put(part?.thought === true ? 'reasoning' : 'text', part?.text);
    if (part?.thought === true) this.late = true;
    this.#put('tool_arguments', object(part?.executableCode)?.code);
    for (const call of [object(part?.functionCall), object(part?.toolCall)]) {
      this.#put('tool_name', call?.name);
      this.#put('tool_arguments', object(call?.args));
      for (const piece of list(call?.partialArgs)) this.#put('tool_arguments', object(piece)?.stringValue);
    }
  }

  /** Events that have a `delta` at their root. */
  #rootDelta(root: JsonObject, type: string | null): void {
    const kind = kindOf(type);
    if (typeof root.delta === 'string') {
      if (kind === 'tool_arguments') this.#given.add(kind);
      this.#put(kind, root.delta);
    }
    this.#delta(object(root.delta));
  }

  #delta(delta: JsonObject | undefined): void {
    if (delta === undefined) return;
    this.#chatMessage(delta);
    this.#put('text', delta.text);
    this.#put('reasoning', delta.thinking);
    this.#put('tool_arguments', delta.partial_json);
    this.#thought(object(delta.reasoningContent));
    this.#toolUse(object(delta.toolUse));
    this.#message(object(delta.message));
  }

  /** Blocks that begin or go on: Anthropic's, Bedrock's, Nova's. */
  #blocks(root: JsonObject, inSse: boolean): void {
    const started = object(root.contentBlockStart);
    for (const block of [root.content_block, root.start, root.contentBlockDelta, started, started?.start]) {
      const own = object(block);
      const index = own?.contentBlockIndex;
      if (typeof index === 'number') {
        this.#index.outer = index;
        if (index !== 0 && Object.keys(own ?? {})[0] !== 'contentBlockIndex') this.late = true;
      }
      this.#put('text', own?.text);
      this.#put('reasoning', own?.thinking);
      this.#put('tool_name', own?.name);
      this.#toolUse(object(own?.toolUse));
      this.#delta(object(own?.delta));
    }
    if (!inSse) this.#partsOf(root.content);
  }

  #message(message: JsonObject | undefined): void {
    if (message === undefined) return;
    this.#put('text', message.content);
    this.#partsOf(isObject(message.content) ? [message.content] : message.content);
    this.#put('reasoning', message.thinking);
    this.#put('reasoning', message.tool_plan);
    this.#callsOf(message.tool_calls);
  }

  #wholeAnswers(root: JsonObject): void {
    for (const name of ['completion', 'outputText', 'generation', 'generated_text', 'response'])
      this.#put('text', root[name]);
    this.#put('reasoning', root.thinking);
    this.#partsOf(root.outputs);
    this.#callsOf(root.tool_calls);
    this.#message(object(root.message));
    this.#message(object(object(root.output)?.message));
    let position = 0;
    for (const result of list(root.results).map(object)) {
      this.#outer(result, position++);
      this.#put('text', result?.outputText);
      this.#put('text', result?.generated_text);
    }
    for (const one of [...list(root.completions), ...list(root.generations)].map(object)) {
      this.#outer({}, position++);
      this.#put('text', one?.text);
      this.#put('text', object(one?.data)?.text);
    }
  }

  /** Items of Responses: whole in `output`, announced and repeated in events. */
  #items(root: JsonObject, type: string | null): void {
    for (const [position, item] of [...list(root.output), ...list(root.steps)].map(object).entries()) {
      this.#outer({}, position);
      this.#partsOf(item?.content);
      this.#thoughts(item?.summary);
      this.#put('tool_name', item?.name);
      for (const name of ['arguments', 'input', 'code'])
        if (name === 'arguments' || typeof item?.[name] === 'string')
          this.#put('tool_arguments', item?.[name]);
    }
    const item = object(root.item);
    if (typeof item?.name === 'string') this.#once('tool_name', item.name);
    for (const value of [item?.arguments, item?.input, item?.code, root.arguments, root.code])
      if (typeof value === 'string' && value !== '') this.#once('tool_arguments', value);
    if (type === 'response.output_item.done') this.#given.clear();
  }

  /** What an earlier event of the item has not said. */
  #once(kind: Kind, value: string): void {
    if (!this.#given.has(kind)) this.#put(kind, value);
    this.#given.add(kind);
  }
}

function firstNumber(holder: JsonObject, names: readonly string[]): number | undefined {
  return names.map(name => holder[name]).find(value => typeof value === 'number');
}

/** A document whose `text` is generated text: none of the typed events that repeat it. */
function isPlain(type: string | null): boolean {
  return type === null || type === 'message' || type === 'text-generation';
}

function kindOf(type: string | null): Kind | null {
  if (isPlain(type)) return 'text';
  if (type === null || !type.endsWith('.delta') || /^response\.(output_)?audio\.delta$/.test(type))
    return null;
  if (type.startsWith('response.reasoning')) return 'reasoning';
  if (type.startsWith('response.refusal')) return 'refusal';
  if (/^response\.(output_text\.delta$|(output_)?audio_transcript)/.test(type)) return 'text';
  return type.startsWith('response.') ? 'tool_arguments' : 'text';
}
