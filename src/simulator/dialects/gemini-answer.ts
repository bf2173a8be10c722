// An Answer as Gemini's response, whole or in chunks that each carry the usage so far: as SSE with CRLF line ends,
// or as one JSON array that arrives piece by piece.
import { type Answer, type Choice, tokenAt } from '../answer.js';
import type { Frame, Reply } from '../dialect.js';

const FINISH = { stop: 'STOP', length: 'MAX_TOKENS', tool: 'STOP' } as const;

export function geminiAnswer(answer: Answer): object {
  return {
    candidates: answer.choices.map(choice => ({
      content: { parts: [part(choice)], role: 'model' },
      finishReason: FINISH[choice.finish],
      index: choice.index,
    })),
    ...trailer(answer, answer.outputTokens),
  };
}

export function geminiStream(answer: Answer, asSse: boolean): Reply {
  const calls = answer.choices.some(choice => choice.tool !== null);
  const rest = chunkRest(answer);
  const chunk = (index: number): string => {
    const { choice, piece } = tokenAt(answer, index);
    const content = `{"parts":[{"text":"${piece}"}],"role":"model"}`;
    return `{"candidates":[{"content":${content},"index":${choice.index}}]${rest(index + 1)}`;
  };
  const last = calls ? geminiAnswer(answer) : lastChunk(answer);
  // A call is never cut into pieces: it comes whole, in the only chunk.
  const tokens = calls ? 0 : answer.outputTokens;
  const headers = {
    'content-type': asSse ? 'text/event-stream' : 'application/json; charset=UTF-8',
  };
  const frame = asSse ? sseFrame : arrayFrame(tokens + 1);
  return {
    kind: 'stream',
    headers,
    before: [],
    tokens,
    token: index => frame(chunk(index), index),
    after: [frame(JSON.stringify(last), tokens)],
  };
}

function part({ tool, text }: Choice): object {
  return tool === null
    ? { text: text() }
    : { functionCall: { id: tool.id, name: tool.name, args: tool.input } };
}

function lastChunk(answer: Answer): object {
  return {
    candidates: answer.choices.map(({ index, finish }) => ({
      content: { parts: [{ text: '' }], role: 'model' },
      finishReason: FINISH[finish],
      index,
    })),
    ...trailer(answer, answer.outputTokens),
  };
}

function trailer(answer: Answer, outputTokens: number): object {
  const { inputTokens } = answer;
  const usage = {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens,
    totalTokenCount: inputTokens + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
  };
  return {
    ...(answer.usage ? { usageMetadata: usage } : {}),
    modelVersion: answer.model,
    responseId: answer.id,
  };
}

/** The end of a chunk after its candidates, as text: only the numbers change from one to the next. */
function chunkRest(answer: Answer): (outputTokens: number) => string {
  const { inputTokens } = answer;
  const end = `,"modelVersion":${JSON.stringify(answer.model)},"responseId":"${answer.id}"}`;
  if (!answer.usage) return () => end;
  const details = `"promptTokensDetails":[{"modality":"TEXT","tokenCount":${inputTokens}}]`;
  return outputTokens =>
    `,"usageMetadata":{"promptTokenCount":${inputTokens},"candidatesTokenCount":${outputTokens}` +
    `,"totalTokenCount":${inputTokens + outputTokens},${details}}${end}`;
}

function sseFrame(json: string): Frame {
  return `data: ${json}\r\n\r\n`;
}

function arrayFrame(count: number): (json: string, index: number) => Frame {
  return (json, index) => `${index === 0 ? '[' : ',\r\n'}${json}${index + 1 === count ? '\n]\n' : '\n'}`;
}
