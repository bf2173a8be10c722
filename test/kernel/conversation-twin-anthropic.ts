// The twin's reading of Anthropic's, Bedrock's and Cohere's dialects.
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
import { chatMessage, chatPartHandlers, imageUrl, textOr } from './conversation-twin-openai.js';

export function anthropicMessages(t: Twin): Handlers {
  const block = (value: JsonObject) => t.keys(value, anthropicBlock(t, value));
  return {
    ...anthropicRequest(t),
    system: value =>
      t.as(C.ROLE_SYSTEM, () => textOr(t, inner => t.keys(inner, { text: t.text(C.PART_TEXT) }))(value)),
    messages: turns(t, { content: textOr(t, block) }),
  };
}

const anthropicRequest = (t: Twin): Handlers => ({
  tools: t.tools,
  tool_choice: t.raw(C.PART_TOOL_CHOICE),
  output_format: t.format,
  output_config: t.inObject({ format: t.format }),
  mcp_servers: t.raw(C.PART_OPAQUE),
  container: value => {
    if (isObject(value)) t.add(C.PART_OPAQUE, value);
  },
});

export const turns = (t: Twin, handlers: Handlers) =>
  t.each(message => {
    if (isObject(message)) t.turn(roleOf(message.role), () => t.keys(message, handlers));
  });

function anthropicBlock(t: Twin, block: JsonObject): Handlers {
  const kind = mediaOf(block.type);
  return {
    text: t.text(C.PART_TEXT),
    source: value => {
      if (typeof value === 'string') t.add(C.PART_TEXT, value);
      if (isObject(value)) anthropicSource(t, value, kind);
    },
    title: t.text(C.PART_TEXT),
    context: t.text(C.PART_TEXT),
    thinking: t.text(C.PART_REASONING),
    data: t.text(C.PART_OPAQUE),
    encrypted_content: t.text(C.PART_OPAQUE),
    id: t.text(C.PART_TOOL_CALL_ID),
    tool_use_id: t.text(C.PART_TOOL_CALL_ID),
    name: t.text(C.PART_TOOL_CALL_NAME),
    input: t.raw(C.PART_TOOL_ARGUMENTS),
    content: value => {
      const first = t.parts.length;
      if (isObject(value)) t.add(C.PART_TOOL_RESULT, value);
      else textOr(t, inner => anthropicResult(t, inner, kind), C.PART_TOOL_RESULT)(value);
      if (block.type !== 'compaction') return;
      for (const part of t.parts.slice(first)) if (part.kind === C.PART_TOOL_RESULT) part.kind = C.PART_TEXT;
    },
    file_id: t.text(kind),
  };
}

function anthropicSource(t: Twin, source: JsonObject, kind: number): void {
  const own = source.type === 'text' ? C.PART_TEXT : kind;
  const data = t.text(own);
  t.keys(source, {
    data,
    url: data,
    file_id: data,
    content: textOr(t, inner =>
      t.keys(inner, {
        text: t.text(C.PART_TEXT),
        source: value => {
          if (isObject(value)) anthropicSource(t, value, mediaOf(inner.type, own));
        },
      }),
    ),
  });
}

function anthropicResult(t: Twin, result: JsonObject, outer: number): void {
  const text = t.text(C.PART_TOOL_RESULT);
  t.keys(result, {
    ...{ text, title: text, context: text, tool_name: text, url: text, page_age: text },
    source: value => {
      if (typeof value === 'string') text(value);
      if (isObject(value)) anthropicSource(t, value, mediaOf(result.type, outer));
    },
    encrypted_content: t.text(C.PART_OPAQUE),
    content: value =>
      isObject(value)
        ? t.add(C.PART_TOOL_RESULT, value)
        : textOr(t, inner => t.keys(inner, { text }), C.PART_TOOL_RESULT)(value),
  });
}

export function bedrockConverse(t: Twin): Handlers {
  return {
    ...converseRequest(t),
    system: value => t.as(C.ROLE_SYSTEM, () => t.each(t.inObject(converseBlock(t)))(value)),
    messages: turns(t, { content: t.each(t.inObject(converseBlock(t))) }),
  };
}

const converseRequest = (t: Twin): Handlers => ({
  toolConfig: t.inObject({
    tools: t.each(
      t.inObject({ toolSpec: t.raw(C.PART_TOOL_DEFINITION), systemTool: t.raw(C.PART_TOOL_DEFINITION) }),
    ),
    toolChoice: t.raw(C.PART_TOOL_CHOICE),
  }),
  outputConfig: t.inObject({
    textFormat: t.inObject({ structure: t.inObject({ jsonSchema: t.schema }) }),
  }),
  promptVariables: value => {
    if (isObject(value))
      for (const inner of Object.values(value)) t.keys(inner, { text: t.text(C.PART_TEXT) });
  },
  additionalModelRequestFields: t.inObject({ tools: t.tools, tool_choice: t.raw(C.PART_TOOL_CHOICE) }),
});

function converseBlock(t: Twin): Handlers {
  const texts = t.each(t.inObject({ text: t.text(C.PART_TEXT) }));
  const media = (kind: number, more: Handlers = {}) =>
    t.inObject({ source: t.inObject({ bytes: t.text(kind), s3Location: t.raw(kind), ...more }) });
  const document = t.inObject({
    name: t.text(C.PART_NAME),
    context: t.text(C.PART_TEXT),
    source: t.inObject({
      bytes: t.text(C.PART_FILE),
      s3Location: t.raw(C.PART_FILE),
      text: t.text(C.PART_TEXT),
      content: texts,
    }),
  });
  const result = t.inObject({
    text: t.text(C.PART_TOOL_RESULT),
    json: t.raw(C.PART_TOOL_RESULT),
    searchResult: t.raw(C.PART_TOOL_RESULT),
    image: media(C.PART_IMAGE),
    video: media(C.PART_VIDEO),
    document,
  });
  return {
    text: t.text(C.PART_TEXT),
    image: media(C.PART_IMAGE),
    audio: media(C.PART_AUDIO),
    video: media(C.PART_VIDEO),
    document,
    guardContent: t.inObject({
      text: t.inObject({ text: t.text(C.PART_TEXT) }),
      image: media(C.PART_IMAGE),
    }),
    toolUse: t.inObject({
      toolUseId: t.text(C.PART_TOOL_CALL_ID),
      name: t.text(C.PART_TOOL_CALL_NAME),
      input: t.raw(C.PART_TOOL_ARGUMENTS),
    }),
    toolResult: t.inObject({
      toolUseId: t.text(C.PART_TOOL_CALL_ID),
      content: value => {
        t.text(C.PART_TOOL_RESULT)(value);
        t.each(result)(value);
      },
    }),
    reasoningContent: t.inObject({
      reasoningText: t.inObject({ text: t.text(C.PART_REASONING) }),
      redactedContent: t.text(C.PART_OPAQUE),
    }),
    citationsContent: t.inObject({ content: texts }),
    searchResult: t.inObject({ source: t.text(C.PART_TEXT), title: t.text(C.PART_TEXT), content: texts }),
  };
}

/** The model's own body: Claude's, Nova's, Cohere's, or a prompt. */
export function bedrockInvoke(t: Twin): Handlers {
  const block = (value: JsonObject) =>
    t.detailed(detailOf(value.detail), () =>
      t.keys(value, { ...converseBlock(t), ...anthropicBlock(t, value), ...chatPartHandlers(t, value) }),
    );
  return {
    ...anthropicRequest(t),
    ...converseRequest(t),
    ...cohereRequest(t),
    system: value => t.as(C.ROLE_SYSTEM, () => textOr(t, block)(value)),
    messages: turns(t, { ...chatMessage(t), content: textOr(t, block) }),
    prompt: t.prompt,
    inputText: t.prompt,
    inputImage: t.text(C.PART_IMAGE),
    response_format: t.format,
    singleEmbeddingParams: t.inObject({ text: t.inObject({ value: t.prompt }) }),
  };
}

export function bedrockCountTokens(t: Twin): Handlers {
  return {
    input: t.inObject({
      converse: t.inObject(bedrockConverse(t)),
      invokeModel: t.inObject({ body: t.text(C.PART_OPAQUE) }),
    }),
  };
}

export function cohereChat(t: Twin): Handlers {
  return {
    ...cohereRequest(t),
    messages: turns(t, {
      ...chatMessage(t),
      content: textOr(t, part => coherePart(t, part)),
      tool_plan: t.text(C.PART_REASONING),
    }),
    tools: t.tools,
    tool_choice: t.raw(C.PART_TOOL_CHOICE),
    response_format: t.format,
  };
}

function cohereRequest(t: Twin): Handlers {
  const results = t.each(t.raw(C.PART_TOOL_RESULT));
  return {
    message: t.prompt,
    chat_history: turns(t, {
      message: t.text(C.PART_TEXT),
      tool_calls: t.each(
        t.inObject({ name: t.text(C.PART_TOOL_CALL_NAME), parameters: t.raw(C.PART_TOOL_ARGUMENTS) }),
      ),
      tool_results: results,
    }),
    preamble: value => t.as(C.ROLE_SYSTEM, () => t.text(C.PART_TEXT)(value)),
    documents: results,
    tool_results: results,
    texts: value => t.inputs(Array.isArray(value) ? value : null),
    query: value => t.as(C.ROLE_USER, () => t.text(C.PART_TEXT)(value)),
    images: imageTurns(t),
    connectors: t.raw(C.PART_OPAQUE),
    conversation_id: t.raw(C.PART_OPAQUE),
  };
}

const imageTurns = (t: Twin) =>
  t.each(image => {
    if (typeof image === 'string') t.turn(C.ROLE_USER, () => t.add(C.PART_IMAGE, image));
  });

function coherePart(t: Twin, part: JsonObject): void {
  t.keys(part, {
    text: t.text(part.type === 'thinking' ? C.PART_REASONING : C.PART_TEXT),
    thinking: t.text(C.PART_REASONING),
    image_url: imageUrl(t),
    document: t.raw(C.PART_TOOL_RESULT),
  });
}

export function cohereOthers(t: Twin): Readonly<Record<string, Handlers>> {
  const fields = (value: Json) => {
    if (typeof value === 'string') t.add(C.PART_TEXT, value);
    if (isObject(value)) Object.values(value).forEach(t.text(C.PART_TEXT));
  };
  return {
    'cohere.generate': { prompt: t.prompt },
    'cohere.embed': {
      texts: value => t.inputs(Array.isArray(value) ? value : null),
      images: imageTurns(t),
      inputs: t.each(input => {
        t.prompt(input);
        if (isObject(input))
          t.turn(C.ROLE_USER, () => t.keys(input, { content: textOr(t, part => coherePart(t, part)) }));
      }),
    },
    'cohere.rerank': {
      query: value => t.as(C.ROLE_USER, () => t.text(C.PART_TEXT)(value)),
      documents: t.each(fields),
    },
  };
}
