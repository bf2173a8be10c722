// The official `cohere-ai` SDK through the gateway: chat, stream, tools, embeddings, rerank, errors, breaks, abort.
import { Cohere, CohereClientV2, CohereError } from 'cohere-ai';
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, startProvider } from '../integration/harness.js';
import {
  type ClientWorld,
  collect,
  consumerOf,
  expectAborted,
  expectFailed,
  expectServed,
  noting,
  rejection,
  startElsewhere,
  startWorld,
  TOO_LONG,
} from './support.js';

let world: ClientWorld;
let client: CohereClientV2;

const model = 'command-a-03-2025';
const ask = { model, messages: [{ role: 'user' as const, content: 'Tell me about weirs.' }] };
const TOOLS: Cohere.ToolV2[] = [
  {
    type: 'function',
    function: {
      name: 'get_level',
      parameters: { type: 'object', properties: { river: { type: 'string' } }, required: ['river'] },
    },
  },
];

const connect = (token: string, path = '', base = world.gateway.url): CohereClientV2 =>
  new CohereClientV2({ token, environment: base + path, maxRetries: 0 });

const scripted = (script: string) => ({ headers: { 'x-weir-sim': script }, maxRetries: 0 });

const recordOf = (answer: { rawResponse: { headers: Headers } }) =>
  world.gateway.record(answer.rawResponse.headers.get('x-weir-request-id') ?? 'none');

const textOf = (message: Cohere.AssistantMessageResponse): string => {
  const item = message.content?.[0];
  return item?.type === 'text' ? item.text : '';
};

const deltas = (events: readonly Cohere.V2ChatStreamResponse[]): string =>
  events
    .map(event => (event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : ''))
    .join('');

beforeAll(async () => {
  world = await startWorld('cohere');
  client = connect('co-somebody');
});

describe('cohere: answers', () => {
  /** Cohere's answers do not name their model. */
  const expected = { api: 'cohere.chat', provider: 'cohere', model, served: null };

  it('chats, and the record has its usage', async () => {
    const answer = await client.chat(ask).withRawResponse();
    expect(textOf(answer.data.message)).not.toBe('');
    expectServed(await recordOf(answer), {
      ...{ ...expected, stream: false },
      input: answer.data.usage?.tokens?.inputTokens,
      output: answer.data.usage?.tokens?.outputTokens,
    });
  });

  it('streams the same text, with the same usage', async () => {
    const whole = await client.chat(ask, scripted('seed=7'));
    const answer = await client.chatStream(ask, scripted('seed=7')).withRawResponse();
    const events = await collect(answer.data);
    expect(deltas(events)).toBe(textOf(whole.message));
    const last = events.at(-1);
    const usage = last?.type === 'message-end' ? last.delta?.usage : undefined;
    expect(usage).toEqual(whole.usage);
    expectServed(await recordOf(answer), {
      ...{ ...expected, stream: true },
      ...{ input: usage?.tokens?.inputTokens, output: usage?.tokens?.outputTokens },
    });
  });

  it('calls a tool, streamed and not, with the same arguments', async () => {
    const body = { ...ask, tools: TOOLS, toolChoice: 'REQUIRED' as const };
    const answer = await client.chat(body).withRawResponse();
    const call = answer.data.message.toolCalls?.[0]?.function;
    expect(call?.name).toBe('get_level');
    expect((await recordOf(answer)).ai).toMatchObject({ tools: 1, messages: 1 });
    let pieces = '';
    for (const event of await collect(await client.chatStream(body))) {
      if (event.type === 'tool-call-delta')
        pieces += event.delta?.message?.toolCalls?.function?.arguments ?? '';
    }
    expect(pieces).toBe(call?.arguments);
  });

  it('asks with a Weir key for a token, and the record says whose it is', async () => {
    const answer = await connect(world.key).chat(ask).withRawResponse();
    expect((await recordOf(answer)).consumer).toMatchObject(consumerOf(world.key));
  });

  it('asks by the provider’s prefix', async () => {
    const answer = await connect('x', '/cohere').chat(ask).withRawResponse();
    expect((await recordOf(answer)).ai).toMatchObject({ api: 'cohere.chat', provider: 'cohere', model });
  });
});

describe('cohere: what is not a chat', () => {
  it('embeds and reranks; the record has what was billed', async () => {
    const billed = { embed: { input_tokens: 5 }, rerank: { search_units: 1 } };
    const provider = await startProvider((request, response) => {
      const embeds = request.url === '/v2/embed';
      const answer = embeds ? { embeddings: { float: [[0.6, 0.8]] }, texts: ['one'] } : { results: [] };
      const meta = { api_version: { version: '2' }, billed_units: embeds ? billed.embed : billed.rerank };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'an-id', ...answer, meta }));
    });
    const gateway = await startGateway(
      `anonymous: allow\nworkers: 1\nproviders:\n  cohere: { base_url: "${provider.url}" }\n`,
    );
    const direct = connect('co-somebody', '', gateway.url);
    const embedded = await direct
      .embed({ model: 'embed-v4.0', texts: ['one'], inputType: 'search_document', embeddingTypes: ['float'] })
      .withRawResponse();
    expect(embedded.data.embeddings.float).toEqual([[0.6, 0.8]]);
    const id = embedded.rawResponse.headers.get('x-weir-request-id') ?? 'none';
    expect(await gateway.record(id)).toMatchObject({
      ...{ outcome: 'served', ai: { api: 'cohere.embed', provider: 'cohere', model: 'embed-v4.0' } },
      usage: { input_tokens: 5, source: 'provider' },
    });
    const ranked = await direct
      .rerank({ model: 'rerank-v3.5', query: 'weir', documents: ['one'] })
      .withRawResponse();
    const record = await gateway.record(ranked.rawResponse.headers.get('x-weir-request-id') ?? 'none');
    expect(record.ai).toMatchObject({ api: 'cohere.rerank', model: 'rerank-v3.5' });
    expect(JSON.stringify(record.usage.raw)).toContain('"search_units":1');
    expect(provider.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer co-somebody',
      'Bearer co-somebody',
    ]);
  });
});

describe('cohere: errors', () => {
  /** Cohere's errors have a message only: Weir's code and the request's id stand in it. */
  const told = (thrown: unknown): string => {
    if (!(thrown instanceof CohereError)) throw thrown;
    return (thrown.body as { message: string }).message;
  };
  const idOf = (thrown: unknown): string =>
    (thrown as CohereError).rawResponse?.headers.get('x-weir-request-id') ?? 'none';

  it('raises UnauthorizedError for a Weir key that is not known', async () => {
    const thrown = await rejection(connect(world.unknownKey).chat(ask));
    expect(thrown).toBeInstanceOf(Cohere.UnauthorizedError);
    expect(told(thrown)).toContain(`(weir_invalid_key, ${idOf(thrown)})`);
    expect(told(thrown)).not.toContain(world.unknownKey);
    expect(await world.gateway.record(idOf(thrown))).toMatchObject({
      ...{ status: 401, outcome: 'blocked', error: { code: 'weir_invalid_key' } },
    });
  });

  it('raises NotFoundError where nobody serves the call', async () => {
    const elsewhere = await startElsewhere('openai');
    const thrown = await rejection(connect('x', '', elsewhere.url).chat(ask));
    expect(thrown).toBeInstanceOf(Cohere.NotFoundError);
    expect(told(thrown)).toContain('weir_no_route');
  });

  it('raises CohereError 413 for a body that is too large', async () => {
    const thrown = await rejection(client.chat({ model, messages: [{ role: 'user', content: TOO_LONG }] }));
    expect(thrown).toMatchObject({ statusCode: 413 });
    expect(told(thrown)).toContain('weir_body_too_large');
  });

  it.each([
    [429, Cohere.TooManyRequestsError],
    [503, Cohere.ServiceUnavailableError],
  ])('raises the provider’s own %i as its type', async (status, type) => {
    const thrown = await rejection(client.chat(ask, scripted(`status=${status}`)));
    expect(thrown).toBeInstanceOf(type);
    expect(told(thrown)).not.toContain('weir_');
    expect(await world.gateway.record(idOf(thrown))).toMatchObject({
      ...{ outcome: 'served', status, error: { source: 'provider' } },
    });
  });
});

describe('cohere: streams that end badly', () => {
  it.each([
    ['breaks', 'reset=5;tokens=50', 'weir_upstream_broke'],
    ['falls silent', 'stall=4', 'weir_idle_timeout'],
  ])('raises when the provider %s in mid-stream', async (_how, script, code) => {
    const seen: Cohere.V2ChatStreamResponse[] = [];
    const stream = await client.chatStream(ask, scripted(script));
    expect(await rejection(collect(noting(stream, seen)))).toBeInstanceOf(Error);
    expect(seen.map(event => event.type)).not.toContain('message-end');
    await expectFailed(world.gateway, code);
  });

  it('raises when an answer that is not a stream breaks', async () => {
    expect(await rejection(client.chat(ask, scripted('reset=1;tokens=5000')))).toBeInstanceOf(Error);
    await expectFailed(world.gateway, 'weir_upstream_broke');
  });

  it('ends the provider’s work when it aborts', async () => {
    const abort = new AbortController();
    const endless = await connect('x', '/watched').chatStream(ask, { abortSignal: abort.signal });
    const seen: Cohere.V2ChatStreamResponse[] = [];
    await rejection(
      (async () => {
        for await (const event of noting(endless, seen)) {
          if (event.type === 'content-delta') abort.abort();
        }
        if (seen.length < 100) throw new Error('it ended early without an exception');
      })(),
    );
    expect(seen.length).toBeLessThan(100);
    await expectAborted(world, 'cohere.chat');
  });
});
