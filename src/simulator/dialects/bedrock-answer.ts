// An Answer as Bedrock's converse output, whole and as its binary event stream.
import type { Answer, Finish } from '../answer.js';
import type { Frame, Reply } from '../dialect.js';
import { encodeEvent, eventHeaders } from '../event-stream.js';

const STOP: Readonly<Record<Finish, string>> = { stop: 'end_turn', length: 'max_tokens', tool: 'tool_use' };

export const EVENT_STREAM_HEADERS = { 'content-type': 'application/vnd.amazon.eventstream' } as const;

const DELTA = eventHeaders('contentBlockDelta');

export function converseAnswer(answer: Answer): object {
  const { tool, text, finish } = answer.first;
  const block =
    tool === null
      ? { text: text() }
      : { toolUse: { toolUseId: `tooluse_${tool.id}`, name: tool.name, input: tool.input } };
  return {
    metrics: { latencyMs: 0 },
    output: { message: { content: [block], role: 'assistant' } },
    stopReason: STOP[finish],
    ...usage(answer),
  };
}

export function converseStream(answer: Answer): Reply {
  const { tool, finish } = answer.first;
  const before = [event('messageStart', { role: 'assistant' })];
  if (tool !== null) {
    const start = { toolUse: { toolUseId: `tooluse_${tool.id}`, name: tool.name } };
    before.push(event('contentBlockStart', { contentBlockIndex: 0, start }));
  }
  const head =
    tool === null
      ? '{"contentBlockIndex":0,"delta":{"text":"'
      : '{"contentBlockIndex":0,"delta":{"toolUse":{"input":"';
  const tail = tool === null ? '"}}' : '"}}}';
  return {
    kind: 'stream',
    headers: { ...EVENT_STREAM_HEADERS, 'x-amzn-requestid': answer.id },
    before,
    tokens: answer.outputTokens,
    token: index => encodeEvent(DELTA, `${head}${answer.first.piece(index)}${tail}`),
    after: [
      event('contentBlockStop', { contentBlockIndex: 0 }),
      event('messageStop', { stopReason: STOP[finish] }),
      event('metadata', { metrics: { latencyMs: 0 }, ...usage(answer) }),
    ],
  };
}

function event(type: string, payload: object): Frame {
  return encodeEvent(eventHeaders(type), JSON.stringify(payload));
}

function usage({ usage: shown, inputTokens, outputTokens }: Answer): object {
  if (!shown) return {};
  return {
    usage: {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
    },
  };
}
