// The twin's reading of OpenAI's dialects.
import * as C from '../../src/kernel/conversation.js';
import {
  detailOf,
  type Handlers,
  isObject,
  type Json,
  type JsonObject,
  mediaOf,
  roleOf,
  type Twin,
} from './conversation-twin.js';

export function openaiChat(t: Twin): Handlers {
  return {
    messages: t.each(message => {
      if (isObject(message)) t.turn(roleOf(message.role), () => t.keys(message, chatMessage(t)));
    }),
    tools: t.tools,
    functions: t.tools,
    tool_choice: t.raw(C.PART_TOOL_CHOICE),
    function_call: t.raw(C.PART_TOOL_CHOICE),
    response_format: t.format,
    guided_json: t.raw(C.PART_SCHEMA),
    prediction: t.raw(C.PART_OPAQUE),
    web_search_options: t.raw(C.PART_OPAQUE),
    documents: t.each(t.raw(C.PART_TOOL_RESULT)),
  };
}

export function chatMessage(t: Twin): Handlers {
  return {
    content: textOr(t, value => chatPart(t, value)),
    name: t.text(C.PART_NAME),
    refusal: t.text(C.PART_TEXT),
    reasoning: t.text(C.PART_REASONING),
    reasoning_content: t.text(C.PART_REASONING),
    reasoning_details: t.raw(C.PART_OPAQUE),
    tool_calls: t.each(t.inObject({ id: t.text(C.PART_TOOL_CALL_ID), function: call(t), custom: call(t) })),
    function_call: call(t),
    tool_call_id: t.text(C.PART_TOOL_CALL_ID),
    audio: t.raw(C.PART_AUDIO),
  };
}

const call = (t: Twin) =>
  t.inObject({
    name: t.text(C.PART_TOOL_CALL_NAME),
    arguments: t.raw(C.PART_TOOL_ARGUMENTS),
    input: t.raw(C.PART_TOOL_ARGUMENTS),
    parameters: t.raw(C.PART_TOOL_ARGUMENTS),
  });

/** Content: one text, or a list of texts and parts. */
export const textOr =
  (t: Twin, part: (value: JsonObject) => void, kind = C.PART_TEXT) =>
  (value: Json) => {
    const one = (element: Json) => {
      if (typeof element === 'string') t.add(kind, element);
      else if (isObject(element)) part(element);
    };
    if (typeof value === 'string') t.add(kind, value);
    else if (Array.isArray(value)) value.forEach(one);
  };

export const imageUrl = (t: Twin) => (value: Json) => {
  if (typeof value === 'string') t.add(C.PART_IMAGE, value);
  if (isObject(value)) t.detailed(detailOf(value.detail), () => t.keys(value, { url: t.text(C.PART_IMAGE) }));
};

const stringOr = (t: Twin, kind: number, keys: readonly string[]) => (value: Json) => {
  if (typeof value === 'string') t.add(kind, value);
  t.keys(value, Object.fromEntries(keys.map(key => [key, t.text(kind)])));
};

export function chatPart(t: Twin, part: JsonObject): void {
  t.detailed(detailOf(part.detail), () => t.keys(part, chatPartHandlers(t, part)));
}

export function chatPartHandlers(t: Twin, part: JsonObject): Handlers {
  const thought = (value: Json) =>
    textOr(t, inner => t.keys(inner, { text: t.text(C.PART_REASONING) }), C.PART_REASONING)(value);
  return {
    text: t.text(part.type === 'thinking' ? C.PART_REASONING : C.PART_TEXT),
    refusal: t.text(C.PART_TEXT),
    image_url: imageUrl(t),
    input_audio: stringOr(t, C.PART_AUDIO, ['data', 'url', 'id']),
    audio_url: stringOr(t, C.PART_AUDIO, ['data', 'url', 'id']),
    video_url: stringOr(t, C.PART_VIDEO, ['url', 'data']),
    file: value => {
      if (typeof value === 'string') t.add(C.PART_FILE, value);
      if (!isObject(value)) return;
      const file = t.text(C.PART_FILE);
      const inner = { file_data: file, file_id: file, file_url: file, filename: t.text(C.PART_NAME) };
      t.detailed(detailOf(value.detail), () => t.keys(value, inner));
    },
    document_url: t.text(C.PART_FILE),
    file_id: t.text(C.PART_FILE),
    document_name: t.text(C.PART_NAME),
    thinking: thought,
  };
}

export function openaiResponses(t: Twin): Handlers {
  return {
    instructions: value => t.as(C.ROLE_SYSTEM, () => t.text(C.PART_TEXT)(value)),
    input: value => {
      if (typeof value === 'string') t.prompt(value);
      else t.each(item)(value);
    },
    tools: t.tools,
    tool_choice: t.raw(C.PART_TOOL_CHOICE),
    text: t.inObject({ format: t.format }),
    previous_response_id: t.raw(C.PART_OPAQUE),
    conversation: t.raw(C.PART_OPAQUE),
    prompt: t.inObject({
      id: t.text(C.PART_OPAQUE),
      variables: value => {
        if (!isObject(value)) return;
        for (const variable of Object.values(value))
          if (typeof variable === 'string') t.add(C.PART_TEXT, variable);
          else if (isObject(variable)) inputPart(t, variable, false);
      },
    }),
  };

  function item(value: Json): void {
    if (!isObject(value)) return;
    t.turn(itemRole(value), () => {
      t.keys(value, itemHandlers(t));
      if (value.type === 'item_reference') t.as(C.ROLE_NONE, () => t.add(C.PART_OPAQUE, value));
    });
  }
}

function itemRole(item: JsonObject): number {
  const role = roleOf(item.role);
  const { type } = item;
  if (role !== C.ROLE_NONE || typeof type !== 'string') return role;
  if (type === 'message' || type === 'item_reference') return C.ROLE_NONE;
  return type.endsWith('_output') || type === 'mcp_approval_response' ? C.ROLE_TOOL : C.ROLE_ASSISTANT;
}

function itemHandlers(t: Twin): Handlers {
  const args = t.raw(C.PART_TOOL_ARGUMENTS);
  const result = t.raw(C.PART_TOOL_RESULT);
  const output = (value: JsonObject) => inputPart(t, value, true);
  return {
    content: textOr(t, part => inputPart(t, part, false)),
    summary: textOr(t, part => t.keys(part, { text: t.text(C.PART_REASONING) }), C.PART_REASONING),
    encrypted_content: t.text(C.PART_OPAQUE),
    name: t.text(C.PART_TOOL_CALL_NAME),
    namespace: t.text(C.PART_TOOL_CALL_NAME),
    call_id: t.text(C.PART_TOOL_CALL_ID),
    ...{ arguments: args, input: args, action: args, code: args, queries: args, operation: args },
    ...{ outputs: result, results: result, error: result },
    output: value => (isObject(value) ? output(value) : textOr(t, output, C.PART_TOOL_RESULT)(value)),
    result: t.text(C.PART_IMAGE),
    reason: t.text(C.PART_TEXT),
    tools: t.tools,
  };
}

/** A part of an item's content, or of what a tool gave back. */
function inputPart(t: Twin, part: JsonObject, isResult: boolean): void {
  const text = isResult
    ? C.PART_TOOL_RESULT
    : part.type === 'reasoning_text'
      ? C.PART_REASONING
      : C.PART_TEXT;
  t.detailed(detailOf(part.detail), () =>
    t.keys(part, {
      text: t.text(text),
      refusal: t.text(C.PART_TEXT),
      stdout: t.text(C.PART_TOOL_RESULT),
      stderr: t.text(C.PART_TOOL_RESULT),
      image_url: imageUrl(t),
      file_id: t.text(mediaOf(part.type)),
      file_data: t.text(C.PART_FILE),
      file_url: t.text(C.PART_FILE),
      filename: t.text(C.PART_NAME),
      input_audio: t.inObject({ data: t.text(C.PART_AUDIO) }),
      encrypted_content: t.text(C.PART_OPAQUE),
    }),
  );
}

export function openaiOthers(t: Twin): Readonly<Record<string, Handlers>> {
  return {
    'openai.completions': { prompt: t.inputs, suffix: t.text(C.PART_TEXT), response_format: t.format },
    'openai.embeddings': { input: t.inputs },
    'openai.moderations': {
      input: value => {
        if (typeof value === 'string') t.prompt(value);
        else
          t.each(element => {
            if (typeof element === 'string') t.prompt(element);
            if (isObject(element)) t.turn(C.ROLE_USER, () => chatPart(t, element));
          })(value);
      },
    },
  };
}
