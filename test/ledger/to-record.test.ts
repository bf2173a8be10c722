// Entries become the contract's records.
import { describe, expect, it } from 'vitest';
import { toRecord } from '../../src/ledger/to-record.js';
import { CHAT, entry, usage, utf8 } from './entries.js';

describe('the record', () => {
  it("has the contract's shape for a served request", () => {
    const served = entry(0, {
      outcome: 'served',
      status: 200,
      requestBytes: 512,
      userAgent: 'OpenAI/Python',
      identification: {
        ...CHAT,
        modelServed: 'gpt-4o-2024-08-06',
        evidence: [{ field: 'api', from: 'path', value: '/v1/chat/completions' }],
      },
      principal: { name: 'team-a', key: 'ci …a1b2', tags: { tier: 'gold' } },
      endUser: 'u-7',
      usage: usage(12, 200, {
        cachedInputTokens: 0,
        reasoningTokens: 0,
        raw: [utf8('{"prompt_tokens":12}')],
      }),
      totalMs: 1901.23456,
      firstByteMs: 210,
      gatewayMs: 0.3004,
    });
    served.steps.push({
      phase: 'identify',
      policy: null,
      kind: null,
      mode: 'enforce',
      verdict: 'permit',
      code: 'ai',
      evidence: {},
      micros: 2,
    });
    served.attempts.push({
      target: 'openai/gpt-4o',
      status: 200,
      error: null,
      startedMs: 0.4,
      firstByteMs: 210,
      totalMs: 1900,
      usage: null,
      cost: null,
    });
    const usageRecord = {
      input_tokens: 12,
      output_tokens: 200,
      cached_input_tokens: 0,
      cache_write_tokens: null,
      cache_write_1h_tokens: null,
      reasoning_tokens: 0,
      audio_input_tokens: null,
      audio_output_tokens: null,
      service_tier: null,
      source: 'provider',
      sources: { input: 'provider', output: 'provider' },
      raw: { prompt_tokens: 12 },
    };
    expect(toRecord(served)).toEqual({
      id: 'req_00000000000000000000000000',
      time: '2026-11-23T09:00:00.000Z',
      outcome: 'served',
      status: 200,
      trace_id: null,
      error: null,
      request: {
        method: 'POST',
        path: '/v1/chat/completions',
        bytes: 512,
        client_ip: '127.0.0.1',
        user_agent: 'OpenAI/Python',
      },
      ai: {
        is_ai: true,
        provider: 'openai',
        api: 'openai.chat',
        model: 'gpt-4o',
        model_served: 'gpt-4o-2024-08-06',
        stream: true,
        max_output_tokens: 256,
        messages: 2,
        tools: null,
        modalities: ['text'],
        evidence: [{ field: 'api', from: 'path', value: '/v1/chat/completions' }],
      },
      consumer: { name: 'team-a', key: 'ci …a1b2', tags: { tier: 'gold' }, end_user: 'u-7' },
      steps: [
        {
          phase: 'identify',
          policy: null,
          kind: null,
          mode: 'enforce',
          verdict: 'permit',
          code: 'ai',
          evidence: {},
          micros: 2,
        },
      ],
      attempts: [
        {
          target: 'openai/gpt-4o',
          status: 200,
          error: null,
          started_ms: 0.4,
          first_byte_ms: 210,
          total_ms: 1900,
          usage: null,
          cost: null,
        },
      ],
      usage: usageRecord,
      cost: { usd: null, status: 'unpriced', price: null, catalogue: null },
      timing: { total_ms: 1901.235, first_byte_ms: 210, gateway_ms: 0.3 },
    });
  });

  it('says null, not 0, for what is not known yet', () => {
    const record = toRecord(entry(0));
    expect(record).toMatchObject({
      outcome: 'running',
      status: null,
      consumer: null,
      timing: { total_ms: null },
    });
    expect(record.usage).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      source: 'none',
      raw: null,
    });
  });

  it('can be posted to another thread', () => {
    const record = toRecord(entry(0, { usage: usage(1, 2, { raw: [utf8('{"a":1}')] }) }));
    expect(structuredClone(record)).toEqual(record);
  });

  it('keeps several raw usage objects as a list, and broken ones as text', () => {
    const raw = [utf8('{"a":1}'), utf8('{"b":')];
    expect(toRecord(entry(0, { usage: usage(1, 2, { raw }) })).usage.raw).toEqual([{ a: 1 }, '{"b":']);
  });

  it.each([
    ['openai.chat', 'provider', 'estimated', 5, 'estimated'],
    ['openai.chat', 'counted', 'provider', 5, 'counted'],
    ['openai.chat', 'provider', 'none', null, 'none'],
    ['openai.embeddings', 'provider', 'none', null, 'provider'],
    ['openai.embeddings', 'provider', 'none', 3, 'none'],
  ] as const)(
    'is as sure of %s as its weakest part: input %s, output %s of %s',
    (api, inputSource, outputSource, output, source) => {
      const made = entry(0, {
        identification: { ...CHAT, api },
        usage: usage(9, output, { inputSource, outputSource }),
      });
      expect(toRecord(made).usage.source).toBe(source);
    },
  );
});
