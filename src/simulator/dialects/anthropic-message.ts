// An Answer as Anthropic's message, whole and as its stream events; Bedrock invoke wraps the same.
import type { Answer, Finish } from '../answer.js';

const STOP: Readonly<Record<Finish, string>> = { stop: 'end_turn', length: 'max_tokens', tool: 'tool_use' };

/** Events as name and JSON text; one of `token` for each output token, always a content_block_delta. */
export interface AnthropicEvents {
  readonly before: readonly (readonly [name: string, json: string])[];
  token(index: number): string;
  readonly after: readonly (readonly [name: string, json: string])[];
}

export function anthropicMessage(answer: Answer): object {
  const { tool, text, finish } = answer.first;
  const block =
    tool === null
      ? { type: 'text', text: text() }
      : { type: 'tool_use', id: `toolu_${tool.id}`, name: tool.name, input: tool.input };
  return envelope(answer, [block], STOP[finish], answer.outputTokens);
}

export function anthropicEvents(answer: Answer): AnthropicEvents {
  const { tool, finish } = answer.first;
  const block =
    tool === null
      ? { type: 'text', text: '' }
      : { type: 'tool_use', id: `toolu_${tool.id}`, name: tool.name, input: {} };
  // As the real one does, message_start already counts the first token; message_delta's numbers are cumulative.
  const message = envelope(answer, [], null, 1);
  const last = {
    type: 'message_delta',
    delta: { stop_reason: STOP[finish], stop_sequence: null },
    ...(answer.usage ? { usage: { output_tokens: answer.outputTokens } } : {}),
  };
  const delta =
    '{"type":"content_block_delta","index":0,"delta":' +
    (tool === null ? '{"type":"text_delta","text":"' : '{"type":"input_json_delta","partial_json":"');
  return {
    before: [
      ['message_start', JSON.stringify({ type: 'message_start', message })],
      [
        'content_block_start',
        JSON.stringify({ type: 'content_block_start', index: 0, content_block: block }),
      ],
      ['ping', '{"type":"ping"}'],
    ],
    token: index => `${delta}${answer.first.piece(index)}"}}`,
    after: [
      ['content_block_stop', '{"type":"content_block_stop","index":0}'],
      ['message_delta', JSON.stringify(last)],
      ['message_stop', '{"type":"message_stop"}'],
    ],
  };
}

function envelope(answer: Answer, content: object[], stop: string | null, outputTokens: number): object {
  return {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content,
    stop_reason: stop,
    stop_sequence: null,
    ...(answer.usage ? { usage: usage(answer, outputTokens) } : {}),
  };
}

function usage(answer: Answer, outputTokens: number): object {
  return {
    input_tokens: answer.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}
