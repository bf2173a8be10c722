// Every row of the providers' habits with usage: what stands on the wire, and what Weir makes of it.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import type { Usage } from '../../src/core/usage.js';
import { CLAIM_JSON, MeterKernel } from '../../src/kernel/meter.js';
import { normaliseUsage } from '../../src/provider/usage.js';

const kernel = MeterKernel.load();

interface Case {
  readonly what: string;
  readonly api: ApiName;
  readonly kind?: string;
  /** Events, one after another. */
  readonly says: readonly object[];
  readonly head?: readonly [number | null, number | null];
  readonly wanted: Partial<Usage>;
}

function normalised({ api, kind = 'openai-compatible', says, head = [null, null] }: Case): Usage {
  const slot = kernel.open(CLAIM_JSON, false);
  kernel.push(slot, Buffer.from(says.map(event => JSON.stringify(event)).join('\n')));
  const [headInputTokens, headOutputTokens] = head;
  return normaliseUsage(api, kernel.close(slot), { kind, headInputTokens, headOutputTokens });
}

const usage = (numbers: object): object[] => [{ usage: numbers }];

const openai: readonly Case[] = [
  {
    what: 'OpenAI: cached and reasoning are parts',
    api: 'openai.chat',
    kind: 'openai',
    says: usage({
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 7, audio_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2 },
    }),
    wanted: {
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 80,
      cacheWriteTokens: 7,
      reasoningTokens: 30,
      audioInputTokens: 3,
      audioOutputTokens: 2,
      source: 'provider',
    },
  },
  {
    what: 'running totals in every chunk: the largest, never the sum',
    api: 'openai.chat',
    says: [
      { usage: { prompt_tokens: 9, completion_tokens: 1 } },
      { usage: null },
      { usage: { prompt_tokens: 9, completion_tokens: 5 } },
    ],
    wanted: { inputTokens: 9, outputTokens: 5 },
  },
  {
    what: 'xAI chat: reasoning is beside the completion, as the total shows',
    api: 'openai.chat',
    kind: 'xai',
    says: usage({
      prompt_tokens: 12,
      completion_tokens: 1,
      total_tokens: 303,
      completion_tokens_details: { reasoning_tokens: 290 },
    }),
    wanted: { inputTokens: 12, outputTokens: 291, reasoningTokens: 290 },
  },
  {
    what: 'xAI chat without a total',
    api: 'openai.chat',
    kind: 'xai',
    says: usage({
      prompt_tokens: 12,
      completion_tokens: 26,
      completion_tokens_details: { reasoning_tokens: 20 },
    }),
    wanted: { outputTokens: 46 },
  },
  {
    what: 'xAI Responses: reasoning is a part',
    api: 'openai.responses',
    kind: 'xai',
    says: [
      {
        type: 'response.completed',
        response: {
          usage: { input_tokens: 12, output_tokens: 300, output_tokens_details: { reasoning_tokens: 290 } },
        },
      },
    ],
    wanted: { inputTokens: 12, outputTokens: 300, reasoningTokens: 290 },
  },
  {
    what: 'xAI: more cached than asked is not among the prompt',
    api: 'openai.chat',
    kind: 'xai',
    says: usage({ prompt_tokens: 24, completion_tokens: 16, prompt_tokens_details: { cached_tokens: 161 } }),
    wanted: { inputTokens: 185, cachedInputTokens: 161 },
  },
  {
    what: 'Vercel with Gemini models: the total leaves reasoning out as well',
    api: 'openai.chat',
    kind: 'vercel-ai-gateway',
    says: usage({
      prompt_tokens: 61,
      completion_tokens: 10,
      total_tokens: 71,
      cache_creation_input_tokens: 0,
      completion_tokens_details: { reasoning_tokens: 96 },
    }),
    wanted: { outputTokens: 106, reasoningTokens: 96, cacheWriteTokens: 0 },
  },
  {
    what: 'Perplexity: the total says that reasoning is outside',
    api: 'openai.chat',
    kind: 'perplexity',
    says: usage({ prompt_tokens: 10, completion_tokens: 20, total_tokens: 35, reasoning_tokens: 5 }),
    wanted: { outputTokens: 25, reasoningTokens: 5 },
  },
  {
    what: 'Perplexity: the total says that reasoning is inside',
    api: 'openai.chat',
    kind: 'perplexity',
    says: usage({ prompt_tokens: 10, completion_tokens: 20, total_tokens: 30, reasoning_tokens: 5 }),
    wanted: { outputTokens: 20 },
  },
  {
    what: 'Mistral: audio is beside the prompt, the total has it',
    api: 'openai.audio',
    kind: 'mistral',
    says: usage({
      prompt_tokens: 3,
      completion_tokens: 11,
      total_tokens: 389,
      prompt_tokens_details: { audio_tokens: 375, cached_tokens: 0 },
    }),
    wanted: { inputTokens: 378, outputTokens: 11, audioInputTokens: 375, cachedInputTokens: 0 },
  },
  {
    what: 'Mistral: num_cached_tokens',
    api: 'openai.chat',
    kind: 'mistral',
    says: usage({ prompt_tokens: 100, completion_tokens: 29, num_cached_tokens: 99 }),
    wanted: { inputTokens: 100, cachedInputTokens: 99 },
  },
  {
    what: 'DeepSeek: the prompt is hit and miss',
    api: 'openai.chat',
    kind: 'deepseek',
    says: usage({ completion_tokens: 26, prompt_cache_hit_tokens: 128, prompt_cache_miss_tokens: 59 }),
    wanted: { inputTokens: 187, cachedInputTokens: 128 },
  },
  {
    what: 'Groq: x_groq.usage and usage are the same numbers',
    api: 'openai.chat',
    kind: 'groq',
    says: [
      {
        usage: { prompt_tokens: 45, completion_tokens: 662 },
        x_groq: { usage: { prompt_tokens: 45, completion_tokens: 662 } },
      },
    ],
    wanted: { inputTokens: 45, outputTokens: 662 },
  },
  {
    what: 'Moonshot: usage in the choice, cached_tokens at its top',
    api: 'openai.chat',
    says: [
      {
        choices: [
          { index: 0, delta: {}, usage: { prompt_tokens: 8, completion_tokens: 4, cached_tokens: 6 } },
        ],
      },
    ],
    wanted: { inputTokens: 8, outputTokens: 4, cachedInputTokens: 6 },
  },
  {
    what: 'whisper-1: seconds are not tokens',
    api: 'openai.audio',
    kind: 'openai',
    says: [{ text: 'hi', usage: { type: 'duration', seconds: 27 } }],
    wanted: { inputTokens: null, outputTokens: null, source: 'none' },
  },
  {
    what: 'embeddings that tell only a total',
    api: 'openai.embeddings',
    says: usage({ total_tokens: 215 }),
    wanted: { inputTokens: 215, outputTokens: null, source: 'provider' },
  },
  {
    what: 'Responses: two answers in one stream, the last is the one asked for',
    api: 'openai.responses',
    says: [
      { response: { usage: { input_tokens: 137, output_tokens: 28 } } },
      { response: { usage: { input_tokens: 315, output_tokens: 12 } } },
    ],
    wanted: { inputTokens: 315, outputTokens: 12 },
  },
];

const others: readonly Case[] = [
  {
    what: 'Anthropic: input leaves the cache out, and is cumulative',
    api: 'anthropic.messages',
    says: [
      {
        type: 'message_start',
        message: { usage: { input_tokens: 1051, cache_read_input_tokens: 10, output_tokens: 2 } },
      },
      {
        type: 'message_delta',
        usage: {
          input_tokens: 4727,
          cache_creation_input_tokens: 30,
          cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 10 },
          output_tokens: 35,
        },
      },
    ],
    wanted: {
      inputTokens: 4767,
      outputTokens: 35,
      cachedInputTokens: 10,
      cacheWriteTokens: 30,
      cacheWrite1hTokens: 20,
    },
  },
  {
    what: 'Anthropic: iterations that the top level leaves out',
    api: 'anthropic.messages',
    says: usage({
      input_tokens: 682,
      output_tokens: 1320,
      iterations: [
        { input_tokens: 60385, output_tokens: 592 },
        { input_tokens: 682, output_tokens: 1320 },
      ],
    }),
    wanted: { inputTokens: 61067, outputTokens: 1912 },
  },
  {
    what: 'Anthropic: thinking is a part of the output',
    api: 'anthropic.messages',
    says: usage({
      input_tokens: 1,
      output_tokens: 90,
      output_tokens_details: { thinking_tokens: 70 },
      service_tier: 'standard',
    }),
    wanted: { outputTokens: 90, reasoningTokens: 70, serviceTier: 'standard' },
  },
  {
    what: 'Gemini: thoughts and tool use stand beside',
    api: 'gemini.generate',
    says: [
      {
        usageMetadata: {
          promptTokenCount: 46,
          candidatesTokenCount: 51,
          thoughtsTokenCount: 9,
          toolUsePromptTokenCount: 92,
          cachedContentTokenCount: 5,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 40 },
            { modality: 'AUDIO', tokenCount: 6 },
          ],
        },
      },
    ],
    wanted: {
      inputTokens: 138,
      outputTokens: 60,
      reasoningTokens: 9,
      cachedInputTokens: 5,
      audioInputTokens: 6,
    },
  },
  {
    what: 'Gemini: a later chunk corrects the prompt',
    api: 'gemini.generate',
    says: [
      { usageMetadata: { promptTokenCount: 169, totalTokenCount: 169 } },
      { usageMetadata: { promptTokenCount: 79, candidatesTokenCount: 12, totalTokenCount: 91 } },
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
    ],
    wanted: { inputTokens: 79, outputTokens: 12 },
  },
  {
    what: 'Gemini: no candidates, all thoughts',
    api: 'gemini.generate',
    says: [{ usageMetadata: { promptTokenCount: 7, thoughtsTokenCount: 20, totalTokenCount: 27 } }],
    wanted: { inputTokens: 7, outputTokens: 20, reasoningTokens: 20 },
  },
  {
    what: 'Gemini interactions',
    api: 'gemini.interactions',
    says: [
      {
        interaction: {
          usage: {
            total_input_tokens: 56,
            total_output_tokens: 54,
            total_thought_tokens: 446,
            total_cached_tokens: 0,
            total_tool_use_tokens: 4,
            total_tokens: 560,
          },
        },
      },
    ],
    wanted: { inputTokens: 60, outputTokens: 500, reasoningTokens: 446, cachedInputTokens: 0 },
  },
  {
    what: 'Vertex predict: each prediction has its count',
    api: 'vertex.predict',
    says: [
      {
        predictions: [
          { embeddings: { statistics: { token_count: 5 } } },
          { embeddings: { statistics: { token_count: 6 } } },
        ],
      },
    ],
    wanted: { inputTokens: 11, outputTokens: null },
  },
  {
    what: 'Bedrock converse: input leaves the cache out',
    api: 'bedrock.converse',
    says: usage({
      inputTokens: 4,
      outputTokens: 10,
      totalTokens: 1223,
      cacheReadInputTokens: 1000,
      cacheWriteInputTokens: 209,
    }),
    wanted: { inputTokens: 1213, outputTokens: 10, cachedInputTokens: 1000, cacheWriteTokens: 209 },
  },
  {
    what: "Bedrock invoke: the model's own numbers win over the metrics",
    api: 'bedrock.invoke',
    says: [
      { usage: { input_tokens: 273, output_tokens: 88 } },
      { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 273, outputTokenCount: 72 } },
    ],
    head: [1, 1],
    wanted: { inputTokens: 273, outputTokens: 88 },
  },
  {
    what: 'Bedrock invoke: metrics where the model says nothing',
    api: 'bedrock.invoke',
    says: [
      {
        outputs: [{ text: 'x' }],
        'amazon-bedrock-invocationMetrics': {
          inputTokenCount: 4,
          outputTokenCount: 94,
          cacheReadInputTokenCount: 6,
          cacheWriteInputTokenCount: 0,
        },
      },
    ],
    wanted: { inputTokens: 10, outputTokens: 94, cachedInputTokens: 6 },
  },
  {
    what: 'Bedrock invoke: the head where nothing else says it',
    api: 'bedrock.invoke',
    says: [{ completion: 'x' }],
    head: [18, 87],
    wanted: { inputTokens: 18, outputTokens: 87 },
  },
  {
    what: 'Llama on Bedrock',
    api: 'bedrock.invoke',
    says: [
      { prompt_token_count: 23, generation_token_count: 1 },
      { prompt_token_count: null, generation_token_count: 112 },
    ],
    wanted: { inputTokens: 23, outputTokens: 112 },
  },
  {
    what: 'Titan on Bedrock: one count a result',
    api: 'bedrock.invoke',
    says: [{ inputTextTokenCount: 5, results: [{ tokenCount: 10 }, { tokenCount: 4 }] }],
    wanted: { inputTokens: 5, outputTokens: 14 },
  },
  {
    what: 'AI21 on Bedrock speaks OpenAI',
    api: 'bedrock.invoke',
    says: usage({ prompt_tokens: 17, completion_tokens: 8 }),
    wanted: { inputTokens: 17, outputTokens: 8 },
  },
  {
    what: 'Cohere v2: tokens, not billed units',
    api: 'cohere.chat',
    says: [
      {
        type: 'message-end',
        delta: {
          usage: {
            billed_units: { input_tokens: 91, output_tokens: 35 },
            tokens: { input_tokens: 1508, output_tokens: 67 },
            cached_tokens: 448,
          },
        },
      },
    ],
    wanted: { inputTokens: 1508, outputTokens: 67, cachedInputTokens: 448 },
  },
  {
    what: 'Cohere v1: usage in meta at the end of the stream',
    api: 'cohere.chat',
    says: [
      {
        is_finished: true,
        response: {
          meta: {
            billed_units: { input_tokens: 69, output_tokens: 16 },
            tokens: { input_tokens: 135, output_tokens: 16 },
          },
        },
      },
    ],
    wanted: { inputTokens: 135, outputTokens: 16 },
  },
  {
    what: 'Cohere embed: only billed units are told',
    api: 'cohere.embed',
    says: [{ meta: { billed_units: { input_tokens: 3, image_tokens: 0 } } }],
    wanted: { inputTokens: 3, outputTokens: null, source: 'provider' },
  },
  {
    what: 'Cohere rerank: search units are not tokens',
    api: 'cohere.rerank',
    says: [{ meta: { billed_units: { search_units: 1 } } }],
    wanted: { inputTokens: null, outputTokens: null, source: 'none' },
  },
  {
    what: 'Ollama',
    api: 'ollama.chat',
    says: [{ done: true, prompt_eval_count: 26, eval_count: 298 }],
    wanted: { inputTokens: 26, outputTokens: 298 },
  },
  {
    what: 'Ollama leaves the count of a cached prompt out',
    api: 'ollama.chat',
    says: [{ done: true, eval_count: 298 }],
    wanted: { inputTokens: null, outputTokens: 298, inputSource: 'none', outputSource: 'provider' },
  },
  {
    what: 'watsonx on a path that nobody knows',
    api: 'other',
    says: [{ results: [{ input_token_count: 7, generated_token_count: 2 }] }],
    wanted: { inputTokens: 7, outputTokens: 2 },
  },
  {
    what: 'Replicate',
    api: 'other',
    says: [
      { status: 'succeeded', metrics: { input_token_count: 11, output_token_count: 5, predict_time: 0.4 } },
    ],
    wanted: { inputTokens: 11, outputTokens: 5 },
  },
  {
    what: "llama.cpp's own path",
    api: 'other',
    says: [{ content: 'x', tokens_evaluated: 9, tokens_predicted: 3 }],
    wanted: { inputTokens: 9, outputTokens: 3 },
  },
  {
    what: "a server that answers a dialect's path in other words",
    api: 'cohere.rerank',
    says: usage({ total_tokens: 215 }),
    wanted: { inputTokens: 215, outputTokens: null },
  },
  {
    what: 'a chat that tells only a total',
    api: 'openai.chat',
    says: usage({ total_tokens: 215 }),
    wanted: { inputTokens: null, outputTokens: null, source: 'none' },
  },
  {
    what: 'a count that consumes nothing',
    api: 'anthropic.count_tokens',
    says: [{ usage: { input_tokens: 7 } }],
    wanted: { inputTokens: null, source: 'none' },
  },
  {
    what: "a stored cache's size is no usage",
    api: 'other',
    says: [{ usageMetadata: { totalTokenCount: 1090 } }],
    wanted: { inputTokens: null, outputTokens: null, source: 'none' },
  },
];

describe('usage is normalised', () => {
  it.each([...openai, ...others].map(one => [one.what, one] as const))('%s', (_, one) => {
    expect(normalised(one)).toMatchObject(one.wanted);
  });

  it('keeps the raw objects of each place as they stood', () => {
    const { raw } = normalised({
      what: '',
      api: 'anthropic.messages',
      says: [{ message: { usage: { input_tokens: 1, x: 'y' } } }, { usage: { output_tokens: 2 } }],
      wanted: {},
    });
    expect(raw.map(bytes => Buffer.from(bytes).toString())).toEqual([
      '{"output_tokens":2}',
      '{"input_tokens":1,"x":"y"}',
    ]);
  });

  it('puts counts that stand in no object into one', () => {
    const { raw } = normalised({
      what: '',
      api: 'ollama.chat',
      says: [{ prompt_eval_count: 26, eval_count: 0 }],
      wanted: {},
    });
    expect(raw.map(bytes => Buffer.from(bytes).toString())).toEqual([
      '{"prompt_eval_count":26,"eval_count":0}',
    ]);
  });
});
