// The twin's reading of Gemini's, Vertex's and Ollama's dialects.
import * as C from '../../src/kernel/conversation.js';
import {
  detailOf,
  type Handlers,
  isObject,
  type Json,
  type JsonObject,
  roleOf,
  Twin,
} from './conversation-twin.js';
import {
  anthropicMessages,
  bedrockConverse,
  bedrockCountTokens,
  bedrockInvoke,
  cohereChat,
  cohereOthers,
  turns,
} from './conversation-twin-anthropic.js';
import { chatMessage, openaiChat, openaiOthers, openaiResponses } from './conversation-twin-openai.js';

/** Lists the conversation of `body` as the kernel does; null for an api without one. */
export function twinConversation(api: string, body: JsonObject): Twin | null {
  const t = new Twin();
  if (['gemini.generate', 'gemini.count_tokens', 'gemini.embed'].includes(api)) {
    const handlers =
      api === 'gemini.embed' ? geminiEmbed(t) : geminiGenerate(t, api === 'gemini.count_tokens');
    t.detailed(configDetail(body), () => t.keys(body, snake(handlers)));
    return t;
  }
  const handlers = handlersOf(t, api);
  if (handlers === null) return null;
  t.keys(body, handlers);
  return t;
}

function handlersOf(t: Twin, api: string): Handlers | null {
  const all: Readonly<Record<string, Handlers>> = {
    'openai.chat': openaiChat(t),
    'openai.responses': openaiResponses(t),
    ...openaiOthers(t),
    'anthropic.messages': anthropicMessages(t),
    'anthropic.count_tokens': anthropicMessages(t),
    'anthropic.complete': { prompt: t.prompt },
    'bedrock.converse': bedrockConverse(t),
    'bedrock.invoke': bedrockInvoke(t),
    'bedrock.count_tokens': bedrockCountTokens(t),
    'cohere.chat': cohereChat(t),
    ...cohereOthers(t),
    'vertex.predict': vertexPredict(t),
    ...ollama(t),
  };
  return all[api] ?? null;
}

/** The same handlers under their names in snake case too. */
function snake(handlers: Handlers): Handlers {
  const twins = Object.entries(handlers).map(([key, handler]) => [
    key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
    handler,
  ]);
  return { ...handlers, ...Object.fromEntries(twins) };
}

const configDetail = (body: JsonObject): number => {
  const config = body.generationConfig ?? body.generation_config;
  return isObject(config) ? detailOf(config.mediaResolution ?? config.media_resolution) : C.DETAIL_NONE;
};

function geminiGenerate(t: Twin, counts: boolean): Handlers {
  return {
    systemInstruction: value =>
      t.as(C.ROLE_SYSTEM, () =>
        isObject(value) ? parts(t)(value.parts ?? null) : t.text(C.PART_TEXT)(value),
      ),
    contents: value => {
      if (Array.isArray(value)) value.forEach(content(t));
      else content(t)(value);
    },
    tools: value => {
      for (const tool of Array.isArray(value) ? value : [value]) geminiTool(t, tool);
    },
    toolConfig: t.raw(C.PART_TOOL_CHOICE),
    generationConfig: t.inObject(
      snake({ responseSchema: t.raw(C.PART_SCHEMA), responseJsonSchema: t.raw(C.PART_SCHEMA) }),
    ),
    cachedContent: t.text(C.PART_OPAQUE),
    ...(counts
      ? {
          generateContentRequest: (value: Json) => {
            if (isObject(value))
              t.detailed(configDetail(value), () => t.keys(value, snake(geminiGenerate(t, false))));
          },
        }
      : {}),
  };
}

const content = (t: Twin) => (value: Json) => {
  if (typeof value === 'string') t.prompt(value);
  if (!isObject(value)) return;
  const role = typeof value.role === 'string' ? roleOf(value.role) : C.ROLE_USER;
  t.turn(role, () => t.keys(value, { parts: parts(t) }));
};

const parts = (t: Twin) => (value: Json) => {
  for (const part of Array.isArray(value) ? value : [value])
    if (typeof part === 'string' && Array.isArray(value)) t.add(C.PART_TEXT, part);
    else if (isObject(part)) geminiPart(t, part);
};

function geminiPart(t: Twin, part: JsonObject): void {
  const resolution = part.mediaResolution ?? part.media_resolution;
  const detail = detailOf(isObject(resolution) ? resolution.level : resolution);
  const handlers = snake({
    text: t.text(part.thought === true ? C.PART_REASONING : C.PART_TEXT),
    thoughtSignature: t.text(C.PART_OPAQUE),
    inlineData: blob(t),
    fileData: blob(t),
    functionCall: t.inObject({
      name: t.text(C.PART_TOOL_CALL_NAME),
      id: t.text(C.PART_TOOL_CALL_ID),
      args: t.raw(C.PART_TOOL_ARGUMENTS),
    }),
    functionResponse: t.inObject({
      name: t.text(C.PART_TOOL_CALL_NAME),
      id: t.text(C.PART_TOOL_CALL_ID),
      response: t.raw(C.PART_TOOL_RESULT),
      parts: t.each(t.inObject(snake({ inlineData: blob(t), fileData: blob(t) }))),
    }),
    executableCode: t.inObject({ code: t.text(C.PART_TOOL_ARGUMENTS) }),
    codeExecutionResult: t.inObject({ output: t.text(C.PART_TOOL_RESULT) }),
  });
  t.detailed(detail, () => t.keys(part, handlers));
}

const blob = (t: Twin) => (value: Json) => {
  if (!isObject(value)) return;
  const mime = value.mimeType ?? value.mime_type;
  const [family] = (typeof mime === 'string' ? mime : '').split('/');
  const kinds: Readonly<Record<string, number>> = {
    image: C.PART_IMAGE,
    audio: C.PART_AUDIO,
    video: C.PART_VIDEO,
  };
  const data = t.text(kinds[family ?? ''] ?? C.PART_FILE);
  t.keys(value, snake({ data, fileUri: data, displayName: t.text(C.PART_NAME) }));
};

function geminiTool(t: Twin, tool: Json): void {
  if (!isObject(tool)) return;
  for (const [key, value] of Object.entries(tool))
    if (isObject(value)) t.add(C.PART_TOOL_DEFINITION, value);
    else if (key === 'functionDeclarations' || key === 'function_declarations') t.tools(value);
}

function geminiEmbed(t: Twin): Handlers {
  const one = { content: content(t), title: t.text(C.PART_TEXT) };
  return { ...one, requests: t.each(t.inObject(one)) };
}

function vertexPredict(t: Twin): Handlers {
  const image = (value: Json) => {
    t.text(C.PART_IMAGE)(value);
    t.keys(value, { bytesBase64Encoded: t.text(C.PART_IMAGE), gcsUri: t.text(C.PART_IMAGE) });
  };
  const instance: Handlers = {
    content: t.prompt,
    prompt: t.prompt,
    text: t.prompt,
    context: value => t.as(C.ROLE_SYSTEM, () => t.text(C.PART_TEXT)(value)),
    title: t.text(C.PART_TEXT),
    examples: t.raw(C.PART_OPAQUE),
    messages: t.each(message => {
      if (isObject(message))
        t.turn(roleOf(message.author ?? message.role), () =>
          t.keys(message, { content: t.text(C.PART_TEXT) }),
        );
    }),
    image,
  };
  return {
    instances: t.each(value =>
      t.as(C.ROLE_USER, () =>
        typeof value === 'string' ? t.add(C.PART_TEXT, value) : t.keys(value, instance),
      ),
    ),
  };
}

function ollama(t: Twin): Readonly<Record<string, Handlers>> {
  const format = (value: Json) => {
    if (isObject(value)) t.add(C.PART_SCHEMA, value);
  };
  return {
    'ollama.chat': {
      messages: turns(t, {
        ...chatMessage(t),
        content: t.text(C.PART_TEXT),
        images: t.each(t.text(C.PART_IMAGE)),
        thinking: t.text(C.PART_REASONING),
        tool_name: t.text(C.PART_NAME),
      }),
      tools: t.tools,
      format,
    },
    'ollama.generate': {
      prompt: t.prompt,
      suffix: t.text(C.PART_TEXT),
      system: value => t.as(C.ROLE_SYSTEM, () => t.text(C.PART_TEXT)(value)),
      template: t.text(C.PART_OPAQUE),
      images: t.each(t.text(C.PART_IMAGE)),
      context: value => {
        if (Array.isArray(value) && value.some(id => typeof id === 'number')) t.add(C.PART_OPAQUE, value);
      },
      format,
    },
    'ollama.embed': { input: t.inputs, prompt: t.inputs },
  };
}
