// Programs that are no SDK: what Claude Code sends, and clients that ask which models there are before they ask one.
import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import { type RunningGateway, startGateway } from '../integration/harness.js';

const KEY = newWeirKey();
const BOUND = newWeirKey();
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway(`
workers: 1
providers:
  anthropic: { base_url: "simulator:" }
  openai: { base_url: "simulator:" }
  ollama: { base_url: "simulator:" }
consumers:
  - name: team
    keys:
      - { name: all, sha256: "${weirKeySha256(KEY)}" }
      - { name: few, sha256: "${weirKeySha256(BOUND)}", models: ["fast", "gpt-4o-mini"] }
routes: [ { match: { model: fast }, targets: [ { provider: openai, model: gpt-4o } ] } ]
`);
});

/** As Claude Code puts them together: `ANTHROPIC_AUTH_TOKEN` is a bearer token, betas stand in a header and in the query. */
describe('Claude Code', () => {
  const user = 'user_0a1b_account__session_11111111-2222-3333-4444-555555555555';
  const headers = {
    authorization: `Bearer ${KEY}`,
    'anthropic-version': '2023-06-01',
    'anthropic-beta':
      'claude-code-20250219,interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14',
    'content-type': 'application/json',
    'user-agent': 'claude-cli/2.1.0 (external, cli)',
    'x-app': 'cli',
    'x-stainless-lang': 'js',
  };
  const body = {
    model: 'claude-sonnet-4-5-20250929',
    max_tokens: 32_000,
    stream: true,
    system: [
      { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'Here is the environment.', cache_control: { type: 'ephemeral' } },
    ],
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: 'List the files', cache_control: { type: 'ephemeral' } }],
      },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'README.md' }] },
    ],
    tools: [
      {
        name: 'Bash',
        description: 'Runs a command',
        input_schema: { type: 'object', properties: { command: { type: 'string' } } },
      },
    ],
    metadata: { user_id: user },
    thinking: { type: 'enabled', budget_tokens: 31_999 },
  };

  it('streams its turns, with tools, and its user stands in the record and in usage', async () => {
    const answer = await fetch(`${gateway.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    expect([answer.status, text.includes('event: message_start'), text.trimEnd().endsWith('}')]).toEqual([
      200,
      true,
      true,
    ]);
    const record = await gateway.record(answer.headers.get('x-weir-request-id') ?? '');
    expect(record).toMatchObject({
      outcome: 'served',
      ai: {
        api: 'anthropic.messages',
        provider: 'anthropic',
        stream: true,
        tools: 1,
        messages: 3,
        max_output_tokens: 32_000,
      },
      consumer: { name: 'team', end_user: user },
      usage: { source: 'provider' },
    });
    const { items } = (await gateway.admin('/api/usage?by=consumer,end_user')) as UsageReport;
    expect(items.map(({ by, requests }) => [by.consumer, by.end_user, requests])).toEqual([
      ['team', user, 1],
    ]);
  });

  it('counts tokens before it asks', async () => {
    const { max_tokens, stream, metadata, ...counted } = body;
    const answer = await fetch(`${gateway.url}/v1/messages/count_tokens?beta=true`, {
      method: 'POST',
      headers,
      body: JSON.stringify(counted),
    });
    const record = await gateway.record(answer.headers.get('x-weir-request-id') ?? '');
    expect([record.ai.api, record.consumer?.name, [max_tokens, stream, metadata.user_id].length]).toEqual([
      'anthropic.count_tokens',
      'team',
      3,
    ]);
  });

  it('is told of a wrong key as Anthropic would tell it', async () => {
    const client = new Anthropic({
      authToken: newWeirKey(),
      apiKey: null,
      baseURL: gateway.url,
      maxRetries: 0,
    });
    await expect(
      client.beta.messages.create({ ...body, max_tokens: 100, stream: false } as never),
    ).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  });
});

describe('a client that asks which models there are', () => {
  it.each([
    ['any of them', KEY, (ids: string[]) => ids.includes('fast') && ids.length > 5],
    ['those of its key alone', BOUND, (ids: string[]) => ids.join() === 'fast,gpt-4o-mini'],
  ])('may ask %s', async (_, key, fits) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const list = (await (await fetch(`${gateway.url}/v1/models`, { headers })).json()) as {
      object: string;
      data: { id: string; object: string }[];
    };
    const ids = list.data.map(({ id }) => id);
    expect([list.object, fits(ids)]).toEqual(['list', true]);
    for (const model of ids.slice(0, 8)) {
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      expect([model, answer.status, (await answer.text()).trimEnd().endsWith('data: [DONE]')]).toEqual([
        model,
        200,
        true,
      ]);
    }
  });
});
