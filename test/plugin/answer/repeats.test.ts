// Values that say again what was said: not shown twice, and written with what was let pass; log probabilities of changed texts are dropped.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../../src/core/api.js';
import { END, PASS, PipeRun, passed, sse, TestStage } from './pipe-run.js';

interface Case {
  readonly api?: ApiName;
  /** Events of a stream, or a whole answer. */
  readonly events: readonly unknown[];
  readonly whole?: boolean;
  /** What the stage sees, as `kind choice text`. */
  readonly shown: readonly string[];
  /** What goes out where each text is written between brackets. */
  readonly out: readonly unknown[];
}

const CASES: Readonly<Record<string, Case>> = {
  'Responses: texts, refusals, reasoning, summaries, arguments': {
    api: 'openai.responses',
    events: [
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 's' },
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'r' },
      { type: 'response.reasoning_summary_text.done', output_index: 0, summary_index: 0, text: 's' },
      {
        type: 'response.reasoning_summary_part.done',
        output_index: 0,
        summary_index: 0,
        part: { type: 'summary_text', text: 's' },
      },
      { type: 'response.reasoning_text.done', output_index: 0, content_index: 0, text: 'r' },
      {
        type: 'response.output_text.delta',
        output_index: 1,
        content_index: 0,
        delta: 'a',
        logprobs: [{ token: 'a' }],
      },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'b', logprobs: [] },
      {
        type: 'response.output_text.done',
        output_index: 1,
        content_index: 0,
        text: 'ab',
        logprobs: [{ token: 'ab' }],
      },
      {
        type: 'response.content_part.done',
        output_index: 1,
        content_index: 0,
        part: { type: 'output_text', text: 'ab', logprobs: [1] },
      },
      { type: 'response.refusal.delta', output_index: 1, content_index: 1, delta: 'no' },
      { type: 'response.refusal.done', output_index: 1, content_index: 1, refusal: 'no' },
      {
        type: 'response.output_item.done',
        output_index: 1,
        item: {
          content: [
            { type: 'output_text', text: 'ab' },
            { type: 'refusal', refusal: 'no' },
          ],
        },
      },
      {
        type: 'response.output_item.added',
        output_index: 2,
        item: { type: 'function_call', arguments: '', name: 'f' },
      },
      { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{}' },
      { type: 'response.function_call_arguments.done', output_index: 2, arguments: '{}' },
      {
        type: 'response.completed',
        response: {
          output: [
            {
              type: 'reasoning',
              summary: [{ type: 'summary_text', text: 's' }],
              content: [{ type: 'reasoning_text', text: 'r' }],
            },
            {
              type: 'message',
              content: [
                { type: 'output_text', text: 'ab', logprobs: [{}] },
                { type: 'refusal', refusal: 'no' },
              ],
            },
            { type: 'function_call', arguments: '{}', name: 'f' },
          ],
          usage: { total_tokens: 9 },
        },
      },
    ],
    shown: [
      'reasoning 0 s',
      'reasoning 0 r',
      'text 1 a',
      'text 1 b',
      'refusal 1 no',
      'tool_arguments 2 {}',
      'end 0 ',
    ],
    out: [
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: '[s]' },
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: '[r]' },
      { type: 'response.reasoning_summary_text.done', output_index: 0, summary_index: 0, text: '[s]' },
      {
        type: 'response.reasoning_summary_part.done',
        output_index: 0,
        summary_index: 0,
        part: { type: 'summary_text', text: '[s]' },
      },
      { type: 'response.reasoning_text.done', output_index: 0, content_index: 0, text: '[r]' },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: '[a]', logprobs: [] },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: '[b]', logprobs: [] },
      { type: 'response.output_text.done', output_index: 1, content_index: 0, text: '[a][b]', logprobs: [] },
      {
        type: 'response.content_part.done',
        output_index: 1,
        content_index: 0,
        part: { type: 'output_text', text: '[a][b]', logprobs: [] },
      },
      { type: 'response.refusal.delta', output_index: 1, content_index: 1, delta: '[no]' },
      { type: 'response.refusal.done', output_index: 1, content_index: 1, refusal: '[no]' },
      {
        type: 'response.output_item.done',
        output_index: 1,
        item: {
          content: [
            { type: 'output_text', text: '[a][b]' },
            { type: 'refusal', refusal: '[no]' },
          ],
        },
      },
      {
        type: 'response.output_item.added',
        output_index: 2,
        item: { type: 'function_call', arguments: '', name: 'f' },
      },
      { type: 'response.function_call_arguments.delta', output_index: 2, delta: '[{}]' },
      { type: 'response.function_call_arguments.done', output_index: 2, arguments: '[{}]' },
      {
        type: 'response.completed',
        response: {
          output: [
            {
              type: 'reasoning',
              summary: [{ type: 'summary_text', text: '[s]' }],
              content: [{ type: 'reasoning_text', text: '[r]' }],
            },
            {
              type: 'message',
              content: [
                { type: 'output_text', text: '[a][b]', logprobs: [] },
                { type: 'refusal', refusal: '[no]' },
              ],
            },
            { type: 'function_call', arguments: '[{}]', name: 'f' },
          ],
          usage: { total_tokens: 9 },
        },
      },
    ],
  },
  'Responses: a text that only a last event has, and one that differs from its deltas': {
    api: 'openai.responses',
    events: [
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'a' },
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'a, and more' },
      {
        type: 'response.completed',
        response: { output: [{ content: [{ text: 'a, and more' }] }, { content: [{ text: 'new' }] }] },
      },
    ],
    shown: ['text 0 a', 'text 0 a, and more', 'text 1 new', 'end 0 '],
    out: [
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: '[a]' },
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: '[a, and more]' },
      {
        type: 'response.completed',
        response: { output: [{ content: [{ text: '[a, and more]' }] }, { content: [{ text: '[new]' }] }] },
      },
    ],
  },
  'Responses of servers that lose their indices': {
    api: 'openai.responses',
    events: [
      { type: 'response.output_text.delta', output_index: 0, delta: 'abc' },
      { type: 'response.output_item.done', output_index: 5, item: { content: [{ text: 'abc' }] } },
    ],
    shown: ['text 0 abc', 'end 0 '],
    out: [
      { type: 'response.output_text.delta', output_index: 0, delta: '[abc]' },
      { type: 'response.output_item.done', output_index: 5, item: { content: [{ text: '[abc]' }] } },
    ],
  },
  'chats that say the message so far, and the same text twice': {
    events: [
      { choices: [{ delta: { content: 'a' }, message: { content: 'a' }, text: 'a' }] },
      { choices: [{ delta: { content: 'b' }, message: { content: 'ab' }, text: 'b' }] },
      { choices: [{ delta: { content: '' }, message: { content: 'ab' }, finish_reason: 'stop' }] },
    ],
    shown: ['text 0 a', 'text 0 b', 'end 0 '],
    out: [
      { choices: [{ delta: { content: '[a]' }, message: { content: '[a]' }, text: '[a]' }] },
      { choices: [{ delta: { content: '[b]' }, message: { content: '[a][b]' }, text: '[b]' }] },
      { choices: [{ delta: { content: '' }, message: { content: '[a][b]' }, finish_reason: 'stop' }] },
    ],
  },
  'chats that give each delta as message, too': {
    events: [
      { choices: [{ message: { content: 'a' }, delta: { content: 'a' } }] },
      { choices: [{ message: { content: 'b' }, delta: { content: 'b' } }] },
    ],
    shown: ['text 0 a', 'text 0 b', 'end 0 '],
    out: [
      { choices: [{ message: { content: '[a]' }, delta: { content: '[a]' } }] },
      { choices: [{ message: { content: '[b]' }, delta: { content: '[b]' } }] },
    ],
  },
  'reasoning under several names': {
    events: [
      {
        choices: [{ delta: { reasoning: 'r', reasoning_content: 'r', reasoning_details: [{ text: 'r' }] } }],
      },
      { choices: [{ delta: { reasoning_details: [{ text: 'only here' }] } }] },
    ],
    shown: ['reasoning 0 r', 'reasoning 0 only here', 'end 0 '],
    out: [
      {
        choices: [
          { delta: { reasoning: '[r]', reasoning_content: '[r]', reasoning_details: [{ text: '[r]' }] } },
        ],
      },
      { choices: [{ delta: { reasoning_details: [{ text: '[only here]' }] } }] },
    ],
  },
  'assistants: messages by their ids': {
    api: 'openai.assistants',
    events: [
      ['thread.message.delta', { id: 'm1', delta: { content: [{ index: 0, text: { value: 'a' } }] } }],
      ['thread.message.completed', { id: 'm1', content: [{ text: { value: 'a' } }] }],
      ['thread.message.delta', { id: 'm2', delta: { content: [{ index: 0, text: { value: 'b' } }] } }],
      ['thread.message.completed', { id: 'm2', content: [{ text: { value: 'b' } }] }],
      [
        'thread.run.step.delta',
        { id: 's1', delta: { step_details: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] } } },
      ],
      [
        'thread.run.step.completed',
        { id: 's1', type: 'tool_calls', step_details: { tool_calls: [{ function: { arguments: '{}' } }] } },
      ],
    ],
    shown: ['text 0 a', 'text 1 b', 'tool_arguments 2 {}', 'end 0 '],
    out: [
      ['thread.message.delta', { id: 'm1', delta: { content: [{ index: 0, text: { value: '[a]' } }] } }],
      ['thread.message.completed', { id: 'm1', content: [{ text: { value: '[a]' } }] }],
      ['thread.message.delta', { id: 'm2', delta: { content: [{ index: 0, text: { value: '[b]' } }] } }],
      ['thread.message.completed', { id: 'm2', content: [{ text: { value: '[b]' } }] }],
      [
        'thread.run.step.delta',
        {
          id: 's1',
          delta: { step_details: { tool_calls: [{ index: 0, function: { arguments: '[{}]' } }] } },
        },
      ],
      [
        'thread.run.step.completed',
        { id: 's1', type: 'tool_calls', step_details: { tool_calls: [{ function: { arguments: '[{}]' } }] } },
      ],
    ],
  },
  'Cohere, first version: the end repeats text and turns': {
    api: 'cohere.chat',
    events: [
      { event_type: 'text-generation', text: 'ab' },
      { event_type: 'text-generation', text: 'c' },
      { event_type: 'citation-generation', citations: [{ text: 'b' }, { text: 'bc' }] },
      {
        event_type: 'stream-end',
        is_finished: true,
        response: {
          text: 'abc',
          chat_history: [
            { role: 'USER', message: 'abc' },
            { role: 'CHATBOT', message: 'abc' },
          ],
        },
      },
    ],
    shown: ['text 0 ab', 'text 0 c', 'end 0 '],
    out: [
      { event_type: 'text-generation', text: '[ab]' },
      { event_type: 'text-generation', text: '[c]' },
      { event_type: 'citation-generation', citations: [{ text: 'b' }, { text: '' }] },
      {
        event_type: 'stream-end',
        is_finished: true,
        response: {
          text: '[ab][c]',
          chat_history: [
            { role: 'USER', message: 'abc' },
            { role: 'CHATBOT', message: '[ab][c]' },
          ],
        },
      },
    ],
  },
  'transcripts that are trimmed at their end': {
    api: 'openai.audio',
    events: [
      { type: 'transcript.text.delta', delta: ' a', logprobs: [{ token: 'a' }] },
      { type: 'transcript.text.done', text: 'a', logprobs: [{ token: 'a' }] },
    ],
    shown: ['text 0  a', 'end 0 '],
    out: [
      { type: 'transcript.text.delta', delta: '[ a]', logprobs: [] },
      { type: 'transcript.text.done', text: '[ a]', logprobs: [] },
    ],
  },
  'Anthropic: blocks, thinking, arguments, what a block begins with': {
    api: 'anthropic.messages',
    events: [
      { type: 'message_start', message: { content: [], usage: { input_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 't' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sig' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'f', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{' } },
      { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'a' } },
      { type: 'message_stop' },
    ],
    shown: ['reasoning 0 t', 'tool_arguments 1 {', 'text 2 a', 'end 0 '],
    out: [
      { type: 'message_start', message: { content: [], usage: { input_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '[t]' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sig' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'f', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '[{]' } },
      { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: '[a]' } },
      { type: 'message_stop' },
    ],
  },
  'log probabilities of the choice that was changed, not of others': {
    events: [
      {
        choices: [
          { index: 0, message: { content: 'a' }, logprobs: { content: [{ token: 'a' }] } },
          { index: 1, message: { content: '=' }, logprobs: { content: [{ token: '=' }] } },
        ],
      },
    ],
    whole: true,
    shown: ['text 0 a', 'text 1 =', 'end 0 '],
    out: [
      {
        choices: [
          { index: 0, message: { content: '[a]' }, logprobs: null },
          { index: 1, message: { content: '=' }, logprobs: { content: [{ token: '=' }] } },
        ],
      },
    ],
  },
  'Gemini, whole: thoughts, calls, average log probabilities, supports': {
    api: 'gemini.generate',
    events: [
      {
        candidates: [
          {
            content: {
              parts: [
                { text: 'hm', thought: true },
                { text: 'abc' },
                { functionCall: { name: 'f', args: { n: 1 } } },
              ],
            },
            avgLogprobs: -0.5,
            logprobsResult: { chosenCandidates: [] },
            groundingMetadata: { groundingSupports: [{ segment: { text: 'abc' } }] },
          },
        ],
      },
    ],
    whole: true,
    shown: ['reasoning 0 hm', 'text 0 abc', 'tool_arguments 0 {"n":1}', 'end 0 '],
    out: [
      {
        candidates: [
          {
            content: {
              parts: [
                { text: '[hm]', thought: true },
                { text: '[abc]' },
                { functionCall: { name: 'f', args: { n: 1 } } },
              ],
            },
            avgLogprobs: null,
            logprobsResult: null,
            groundingMetadata: { groundingSupports: [{ segment: { text: '[abc]' } }] },
          },
        ],
      },
    ],
  },
};

/** A pair is a named event. */
function stream(events: readonly unknown[]): string {
  return events
    .map(event => (Array.isArray(event) ? `event: ${event[0]}\n${sse(event[1])}` : sse(event)))
    .join('');
}

describe('values that repeat a text', () => {
  it.each(Object.keys(CASES))('follow what was let pass: %s', name => {
    const {
      api = 'openai.chat',
      events,
      whole = false,
      shown,
      out,
    } = CASES[name] ?? { events: [], shown: [], out: [] };
    const write = (all: readonly unknown[]): string => (whole ? JSON.stringify(all[0]) : stream(all));
    const same = new TestStage();
    expect(new PipeRun([same], { api }).all([write(events)])).toBe(write(events));
    expect(same.shown.map(({ kind, choice, text }) => `${kind} ${choice} ${text}`)).toEqual(shown);
    const bracket = new TestStage(({ text }) =>
      text === '=' || text.startsWith('{"n"') ? PASS : passed(`[${text}]`),
    );
    expect(new PipeRun([bracket], { api }).all([write(events)])).toBe(write(out));
  });
});

describe('pieces of one event', () => {
  it('come in the order of the wire, whatever is found out about them', () => {
    const stage = new TestStage();
    const event = { choices: [{ message: { content: 'whole' }, delta: { content: 'part' } }] };
    new PipeRun([stage]).all([sse(event)]);
    expect(stage.shown.map(({ index, text }) => `${index} ${text}`)).toEqual(['0 whole', '1 part', '2 ']);
  });
});

describe('the end', () => {
  it.each([
    ['openai.responses', sse({ type: 'response.completed', response: { output: [] } })],
    ['anthropic.messages', sse({ type: 'message_stop' })],
    ['anthropic.messages', 'event: message_stop\ndata: {}\n\n'],
    ['cohere.chat', sse({ type: 'message-end', delta: {} })],
    ['gemini.interactions', sse({ event_type: 'interaction.completed', interaction: {} })],
    ['ollama.chat', '{"message":{"content":""},"done":true}\n'],
    ['openai.chat', 'data: [DONE]\n\n'],
  ] as const)('is told before the closing event goes out: %s %s', (api, closing) => {
    const stage = new TestStage();
    const begins = api === 'ollama.chat' ? '{"message":{"content":"a"}}\n' : sse({ delta: { text: 'a' } });
    const run = new PipeRun([new TestStage(), stage], { api, contentType: 'application/x-ndjson' });
    run.feed([begins, closing]);
    expect(stage.kinds).toEqual(['text', 'end']);
    const ended = new PipeRun([new TestStage(({ kind }) => (kind === 'end' ? END : PASS))], {
      api,
      contentType: 'application/x-ndjson',
    });
    expect(ended.all([begins, closing])).toBe(begins);
    expect(run.all([])).toBe(begins + closing);
    expect(stage.kinds).toEqual(['text', 'end']);
  });
});

describe('arguments that are an object', () => {
  const line = (args: string): string =>
    `{"message":{"tool_calls":[{"function":{"name":"f","arguments":${args}}}]}}\n`;
  const ollama = { api: 'ollama.chat', contentType: 'application/x-ndjson' } as const;

  it.each([
    ['{"b": [1,\n2]}', '{"b": [1, 2]}'],
    ['', '{}'],
    [' {} ', '{}'],
  ])('become other JSON: %j', (text, written) => {
    const out = new PipeRun(
      [new TestStage(({ kind }) => (kind === 'end' ? PASS : passed(text)))],
      ollama,
    ).all([line('{ "a" : 1.0 }')]);
    expect(out).toBe(line(written));
  });

  it('are shown as they stand', () => {
    const stage = new TestStage();
    new PipeRun([stage], ollama).all([line('{ "a" : 1.0 }')]);
    expect(stage.texts).toEqual(['{ "a" : 1.0 }']);
  });

  it.each(['[1]', '"x"', '{', 'null'])('are not replaced by what is no object: %s', text => {
    const run = new PipeRun([new TestStage(() => passed(text))], {
      ...ollama,
      onFail: (pipe, stage) => pipe.bypass(stage),
    });
    expect(run.all([line('{"a":1}')])).toBe(line('{"a":1}'));
    expect(run.failures).toEqual([
      'bad_result: arguments that are an object were replaced by what is no JSON object',
    ]);
  });
});

describe('a repeated text that was too long to remember', () => {
  it('is told of as unreadable', () => {
    const events = sse(
      { type: 'response.output_text.delta', output_index: 0, delta: 'x'.repeat(600) },
      { type: 'response.output_text.delta', output_index: 0, delta: 'y'.repeat(600) },
      { type: 'response.output_text.done', output_index: 0, text: 'z' },
    );
    const run = new PipeRun([new TestStage()], { api: 'openai.responses', inspectBytes: 1000 });
    run.all([events]);
    expect(run.failures).toEqual([
      'unreadable: the answer repeats a text that was too long to be remembered',
    ]);
  });
});
