// Who asks, with whose credential, seen from the provider's side: a Weir key never goes upstream, a provider's key never
// goes to a caller without one, and no secret stands in anything that Weir shows.
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { addAccount, SECRETS } from './account.js';
import {
  type Answer,
  CHAT,
  chat,
  type RunningGateway,
  type RunningProvider,
  type SeenRequest,
  send,
  startGateway,
  startProvider,
} from './harness.js';

const KEY = newWeirKey();
const BOUND = newWeirKey();
const EXPIRED = newWeirKey();
/** What callers bring of their own. */
const CALLERS = 'sk-callers-own-credential';

let provider: RunningProvider;
let closed: RunningGateway;
let open: RunningGateway;

beforeAll(async () => {
  provider = await startProvider((request, response) => addAccount(request, response));
  const common = `
consumers:
  - { name: team, tags: { tier: gold }, keys: [
      { name: ci, sha256: ${weirKeySha256(KEY)} },
      { name: bound, sha256: ${weirKeySha256(BOUND)}, models: ["gpt-4o*", "claude-*"] },
      { name: old, sha256: ${weirKeySha256(EXPIRED)}, expires: 2020-01-01 } ] }
providers:
  openai: { base_url: "${provider.url}/v1", keys: [ { value: ${SECRETS.openai}, name: main } ], headers: { x-extra: ${SECRETS.header} } }
  anthropic: { base_url: "${provider.url}", keys: [ { value: ${SECRETS.anthropic} } ] }
  gemini: { base_url: "${provider.url}", keys: [ { value: ${SECRETS.gemini} } ] }
  azure-openai: { base_url: "${provider.url}", api_version: "2024-10-21", keys: [ { value: ${SECRETS.azure} } ] }
  cohere: { base_url: "${provider.url}", keys: [ { value: ${SECRETS.cohere} } ] }
  vertex-ai: { base_url: "${provider.url}", project: p, location: us-central1, keys: [ { value: ${SECRETS.vertex} } ] }
  bedrock: { base_url: "${provider.url}", region: eu-west-1, keys: [ { access_key_id: ${SECRETS.awsId}, secret_access_key: ${SECRETS.awsSecret}, session_token: ${SECRETS.awsSession} } ] }
  bedrock-token: { kind: bedrock, base_url: "${provider.url}", region: eu-west-1, keys: [ { value: ${SECRETS.bedrock} } ] }
  brought: { kind: openai-compatible, base_url: "${provider.url}", credentials: caller }
  limits-shown: { kind: openai-compatible, base_url: "${provider.url}", keys: [ { value: ${SECRETS.openai} } ], expose_provider_limits: true }
  keyless: { kind: openai-compatible, base_url: "${provider.url}" }
  free: { kind: openai-compatible, base_url: "${provider.url}", auth: none }
  ollama: { base_url: "${provider.url}" }
  simulated: { kind: openai, base_url: "simulator:" }
`;
  closed = await startGateway(common);
  open = await startGateway(`anonymous: allow\ntrusted_proxies: [127.0.0.1, 10.0.0.0/8]\n${common}`);
});

/** The provider's view of one request. */
async function upstreamOf(work: Promise<Answer>): Promise<SeenRequest & { answer: Answer }> {
  const before = provider.seen.length;
  const answer = await work;
  const [seen, ...more] = provider.seen.slice(before);
  if (seen === undefined || more.length > 0) {
    throw new Error(`${provider.seen.length - before} requests came; ${answer.status} ${answer.body}`);
  }
  return { ...seen, answer };
}

/** Status and code of a refusal, and that nothing went upstream. */
async function refused(work: Promise<Answer>): Promise<[number, unknown]> {
  const before = provider.seen.length;
  const answer = await work;
  expect(provider.seen.slice(before)).toEqual([]);
  const code = String(answer.headers['x-weir-code']);
  expect(answer.body.toString()).toContain(code);
  expect((await gatewayOf(answer)).error).toMatchObject({ code });
  return [answer.status, code];
}

async function gatewayOf(answer: Answer) {
  const id = String(answer.headers['x-weir-request-id']);
  const at = await fetch(`${open.adminUrl}/api/requests/${id}`);
  return at.ok ? await open.record(id) : await closed.record(id);
}

const text = (seen: SeenRequest): string =>
  `${seen.url}\n${seen.rawHeaders.join('\n')}\n${seen.body.toString()}`;

const place = (name: string, value: string): { headers: Record<string, string>; query: string } =>
  name === 'query'
    ? { headers: {}, query: `?key=${value}` }
    : { headers: { [name]: name === 'authorization' ? `Bearer ${value}` : value }, query: '' };

const PLACES = ['x-weir-key', 'authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'query'];

function ask(gateway: RunningGateway, where: string, key: string, more: Record<string, string> = {}) {
  const { headers, query } = place(where, key);
  return send(`${gateway.url}/v1/chat/completions${query}`, {
    headers: { 'content-type': 'application/json', ...headers, ...more },
    body: JSON.stringify(CHAT),
  });
}

describe.each(PLACES)('a Weir key in %s', where => {
  it("is replaced by the provider's own credential", async () => {
    const seen = await upstreamOf(ask(closed, where, KEY));
    expect(seen.headers.authorization).toBe(`Bearer ${SECRETS.openai}`);
    expect(seen.url).toBe('/v1/chat/completions');
    expect(text(seen)).not.toContain('weir_');
    const record = await closed.record(seen.answer);
    expect(record.consumer).toMatchObject({
      name: 'team',
      key: `ci …${KEY.slice(-4)}`,
      tags: { tier: 'gold' },
    });
  });

  it.each([
    ['unknown', newWeirKey(), 'weir_invalid_key'],
    ['mistyped', `${KEY.slice(0, -1)}${KEY.endsWith('a') ? 'b' : 'a'}`, 'weir_invalid_key'],
    ['cut short', KEY.slice(0, 20), 'weir_invalid_key'],
    ['expired', EXPIRED, 'weir_expired_key'],
  ])(
    'that is %s is refused and forwarded nowhere, also where anonymous callers are served',
    async (_, key, code) => {
      expect(await refused(ask(closed, where, key))).toEqual([401, code]);
      expect(await refused(ask(open, where, key))).toEqual([401, code]);
      // Another, right credential beside it does not mend it.
      const other = where === 'x-api-key' ? 'api-key' : 'x-api-key';
      expect(await refused(ask(open, where, key, { [other]: CALLERS }))).toEqual([401, code]);
    },
  );
});

describe('with a Weir key and the provider’s own credential', () => {
  const json = { 'content-type': 'application/json', 'x-weir-key': KEY };
  const to = (path: string, headers: Record<string, string> = {}) =>
    send(closed.url + path, { headers: { ...json, ...headers }, body: '{"model":"m","messages":[]}' });

  it.each<[string, string, string, string]>([
    ['openai', '/openai/v1/chat/completions', 'authorization', `Bearer ${SECRETS.openai}`],
    ['anthropic', '/anthropic/v1/messages', 'x-api-key', SECRETS.anthropic],
    ['gemini', '/gemini/v1beta/models/m:generateContent', 'x-goog-api-key', SECRETS.gemini],
    ['azure-openai', '/azure-openai/openai/deployments/d/chat/completions', 'api-key', SECRETS.azure],
    ['cohere', '/cohere/v2/chat', 'authorization', `Bearer ${SECRETS.cohere}`],
    ['bedrock by token', '/bedrock-token/model/m/converse', 'authorization', `Bearer ${SECRETS.bedrock}`],
    [
      'vertex-ai',
      '/vertex-ai/v1/projects/p/locations/us-central1/publishers/google/models/m:generateContent',
      'authorization',
      `Bearer ${SECRETS.vertex}`,
    ],
  ])('%s gets it in its own place and nothing else', async (_, path, header, value) => {
    // The caller fills every place: none of it goes on.
    const all = {
      authorization: `Bearer ${CALLERS}`,
      'x-api-key': CALLERS,
      'api-key': CALLERS,
      'x-goog-api-key': CALLERS,
      'proxy-authorization': `Basic ${CALLERS}`,
    };
    const seen = await upstreamOf(to(`${path}?key=${CALLERS}&alt=json`, all));
    expect(seen.headers[header]).toBe(value);
    expect(text(seen)).not.toContain(CALLERS);
    expect(text(seen)).not.toContain('weir_');
    const credentials = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];
    expect(credentials.filter(name => seen.headers[name] !== undefined)).toEqual([header]);
    expect(seen.url).toContain('?alt=json');
  });

  it('Bedrock gets a signature, and neither the secret nor what the caller signed', async () => {
    const seen = await upstreamOf(
      to('/bedrock/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse', {
        'x-amz-date': '20200101T000000Z',
        'x-amz-security-token': 'callers-token',
      }),
    );
    expect(seen.headers.authorization).toMatch(
      new RegExp(`^AWS4-HMAC-SHA256 Credential=${SECRETS.awsId}/\\d{8}/eu-west-1/bedrock/aws4_request, `),
    );
    expect(seen.headers['x-amz-security-token']).toBe(SECRETS.awsSession);
    expect(seen.headers['x-amz-date']).not.toBe('20200101T000000Z');
    expect(text(seen)).not.toContain(SECRETS.awsSecret);
  });

  it('Azure gets its api-version where the caller gave none', async () => {
    const path = '/azure-openai/openai/deployments/d/chat/completions';
    expect((await upstreamOf(to(path))).url).toBe(
      '/openai/deployments/d/chat/completions?api-version=2024-10-21',
    );
    const asked = '/openai/deployments/d/chat/completions?api-version=2023-01-01';
    expect((await upstreamOf(to(`/azure-openai${asked}`))).url).toBe(asked);
  });

  it('the provider’s account and limits stay hidden, unless the limits are to be exposed', async () => {
    const hidden = (await upstreamOf(to('/openai/v1/chat/completions'))).answer.headers;
    expect(Object.keys(hidden).filter(name => /cookie|organization|project|ratelimit/.test(name))).toEqual(
      [],
    );
    expect(hidden['x-request-id']).toBe('theirs');
    const shown = (await upstreamOf(to('/limits-shown/v1/chat/completions'))).answer.headers;
    expect(Object.keys(shown).filter(name => /cookie|organization|project/.test(name))).toEqual([]);
    expect(shown['x-ratelimit-remaining-tokens']).toBe('99');
    expect(shown['anthropic-ratelimit-requests-limit']).toBe('5');
  });

  it('a provider without a configured key is 502, and a caller’s credential is no substitute', async () => {
    const work = to('/keyless/v1/chat/completions', { authorization: `Bearer ${CALLERS}` });
    expect(await refused(work)).toEqual([502, 'weir_no_provider_key']);
  });
});

describe('a Weir key where none is looked for', () => {
  it('goes no further, and what only looks like one does', async () => {
    const headers = {
      'x-weir-key': KEY,
      'content-type': 'application/json',
      cookie: `session=1; key=${KEY}`,
      'x-other-gateway-key': `Bearer ${BOUND}`,
      'user-agent': 'weir_test/1.0',
    };
    for (const name of ['openai', 'free']) {
      const url = `${closed.url}/${name}/v1/chat/completions`;
      const seen = await upstreamOf(send(url, { headers, body: JSON.stringify(CHAT) }));
      expect(text(seen)).not.toContain(KEY);
      expect(text(seen)).not.toContain(BOUND);
      expect(seen.headers['user-agent']).toBe('weir_test/1.0');
    }
  });

  it('in another query parameter goes no further', async () => {
    const path = `${closed.url}/openai/v1/x?a=1&api_key=${BOUND}&b=%77eir_x`;
    const seen = await upstreamOf(send(path, { headers: { 'x-weir-key': KEY } }));
    expect(seen.url).toBe('/v1/x?a=1');
  });
});

describe('with `credentials: caller`', () => {
  const to = (headers: Record<string, string>, query = '') =>
    send(`${closed.url}/brought/v1/chat/completions${query}`, {
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(CHAT),
    });

  it.each(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'query'])(
    'the caller’s own credential in %s goes on as it came, the Weir key does not',
    async where => {
      const own = place(where, CALLERS);
      const seen = await upstreamOf(to({ ...own.headers, 'x-weir-key': KEY }, own.query));
      if (where === 'query') expect(seen.url).toBe(`/v1/chat/completions?key=${CALLERS}`);
      else expect(seen.headers[where]).toBe(own.headers[where]);
      expect(text(seen)).not.toContain('weir_');
      expect((await closed.record(seen.answer)).consumer).toMatchObject({ name: 'team' });
    },
  );

  it('without one the caller is told how to bring it', async () => {
    const answer = await to({ 'x-weir-key': KEY });
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([401, 'weir_no_credential']);
    expect(answer.body.toString()).toContain('x-weir-key');
    expect(await refused(to({ authorization: `Bearer ${KEY}` }))).toEqual([401, 'weir_no_credential']);
  });

  it('the caller sees the account headers that are his own', async () => {
    const { answer } = await upstreamOf(to({ authorization: `Bearer ${CALLERS}`, 'x-weir-key': KEY }));
    expect(answer.headers['set-cookie']).toEqual(['session=account']);
    expect(answer.headers['openai-organization']).toBe('org-account');
    expect(answer.headers['x-ratelimit-remaining-tokens']).toBe('99');
  });
});

describe('a caller without a Weir key', () => {
  const json = { 'content-type': 'application/json' };

  it('is refused by `anonymous: deny`, with or without a credential of his own', async () => {
    expect(await refused(chat(closed))).toEqual([401, 'weir_no_key']);
    expect(await refused(chat(closed, {}, { authorization: `Bearer ${CALLERS}` }))).toEqual([
      401,
      'weir_no_key',
    ]);
  });

  it.each(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'query'])(
    'is served with exactly the credential he brought in %s',
    async where => {
      const { answer, ...seen } = await upstreamOf(ask(open, where, CALLERS));
      expect(text(seen).split(CALLERS)).toHaveLength(2);
      for (const secret of Object.values(SECRETS)) {
        if (secret !== SECRETS.header) expect(text(seen)).not.toContain(secret);
      }
      const record = await open.record(answer);
      expect(record.consumer).toMatchObject({
        name: 'anonymous',
        key: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
      expect(answer.headers['set-cookie']).toEqual(['session=account']);
    },
  );

  it('has one name whichever place he uses, and another name than somebody else', async () => {
    const keys = [];
    for (const [where, value] of [
      ['authorization', CALLERS],
      ['x-api-key', CALLERS],
      ['authorization', 'sk-somebody-else'],
    ] as const) {
      keys.push((await open.record(await ask(open, where, value))).consumer?.key);
    }
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it.each(['openai', 'anthropic', 'gemini', 'azure-openai', 'bedrock', 'brought', 'keyless'])(
    'and without a credential never uses the key of %s',
    async name => {
      const work = send(`${open.url}/${name}/v1/chat/completions`, {
        headers: json,
        body: JSON.stringify(CHAT),
      });
      expect(await refused(work)).toEqual([401, 'weir_no_credential']);
    },
  );

  it.each(['free', 'ollama', 'simulated'])('needs none for %s', async name => {
    const answer = await send(`${open.url}/${name}/v1/chat/completions`, {
      headers: json,
      body: JSON.stringify(CHAT),
    });
    expect(answer.status).toBe(200);
    expect((await open.record(answer)).consumer).toMatchObject({ name: 'anonymous', key: null });
  });

  it('counts as one who brought nothing where an SDK sends an empty Bearer', async () => {
    expect(await refused(chat(open, {}, { authorization: 'Bearer ' }))).toEqual([401, 'weir_no_credential']);
  });
});

describe('a key that is bound to models', () => {
  const bound = { 'x-weir-key': BOUND };

  it.each(['gpt-4o', 'gpt-4o-mini', 'openai/gpt-4o'])('may ask for %s', async model => {
    expect((await upstreamOf(chat(closed, { model }, bound))).answer.status).toBe(200);
  });

  it.each(['o3', 'gpt-4', 'GPT-4o', ' gpt-4o', 'xgpt-4o', 'openai/o3'])('may not ask for %j', async model => {
    expect(await refused(chat(closed, { model }, bound))).toEqual([403, 'weir_key_model']);
  });

  const raw = (body: string | Buffer, headers: Record<string, string> = {}, path = '/v1/chat/completions') =>
    send(closed.url + path, { headers: { 'content-type': 'application/json', ...bound, ...headers }, body });

  it('is held to the last of two models, as JSON parsers read them', async () => {
    expect(await refused(raw('{"model":"gpt-4o","messages":[],"model":"o3"}'))).toEqual([
      403,
      'weir_key_model',
    ]);
    expect(await refused(raw('{"model":"gpt-4o","messages":[],"mod\\u0065l":"o3"}'))).toEqual([
      403,
      'weir_key_model',
    ]);
  });

  it('is held to the model that the path names', async () => {
    const path = '/gemini/v1beta/models/gemini-2.0-flash:generateContent';
    expect(await refused(raw('{"model":"gpt-4o","contents":[]}', {}, path))).toEqual([403, 'weir_key_model']);
    expect(await refused(raw('{}', {}, '/bedrock/model/amazon.nova%2Dpro/converse'))).toEqual([
      403,
      'weir_key_model',
    ]);
  });

  it.each<[string, string | Buffer, Record<string, string>]>([
    ['no JSON', 'model=gpt-4o', {}],
    ['JSON with more behind it', '{"model":"gpt-4o"} {"model":"o3"}', {}],
    ['in an encoding that is not known', '{"model":"gpt-4o"}', { 'content-encoding': 'zip' }],
    ['labelled as bytes', '{"model":"gpt-4o"}', { 'content-type': 'application/octet-stream' }],
  ])('cannot pass with a body that is %s', async (_, body, headers) => {
    expect(await refused(raw(body, headers))).toEqual([422, 'weir_opaque_request']);
  });

  it('is refused in the caller’s dialect, naming what it may use', async () => {
    const answer = await raw('{"model":"opus","messages":[]}', {}, '/v1/messages');
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'permission_error', message: expect.stringContaining('claude-*') },
    });
  });
});

describe('the client’s address', () => {
  const from = async (gateway: RunningGateway, forwarded: string | string[]): Promise<string> => {
    const headers = { 'x-forwarded-for': forwarded, 'x-weir-key': KEY };
    return (await gateway.record(await chat(gateway, {}, headers))).request.client_ip;
  };

  it.each<[string, string | string[], string]>([
    ['the proxy’s word', '203.0.113.9', '203.0.113.9'],
    ['the last that no trusted proxy vouches for', '198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['told in two fields', ['198.51.100.1', '203.0.113.9'], '203.0.113.9'],
    ['IPv6 with a port', '[2001:DB8::1]:443', '2001:db8::1'],
    ['the proxy itself where its word is none', 'unknown', '127.0.0.1'],
  ])('behind a trusted proxy is %s', async (_, forwarded, address) => {
    expect(await from(open, forwarded)).toBe(address);
  });

  it('is the peer’s where nobody is trusted, and the header goes no further', async () => {
    const seen = await upstreamOf(chat(closed, {}, { 'x-forwarded-for': '203.0.113.9', 'x-weir-key': KEY }));
    expect((await closed.record(seen.answer)).request.client_ip).toBe('127.0.0.1');
    expect(text(seen)).not.toContain('203.0.113.9');
  });
});

describe('no secret', () => {
  it('stands in any answer, record, list, metric, configuration or log', async () => {
    const shown: string[] = [];
    const bad = newWeirKey();
    for (const gateway of [closed, open]) {
      for (const key of [KEY, bad, EXPIRED, BOUND]) {
        for (const where of PLACES) {
          const answer = await ask(gateway, where, key, { 'x-leak': '1' });
          shown.push(`${answer.rawHeaders.join('\n')}\n${answer.body}`);
        }
      }
      const failing = [
        '/openai/v1/fail',
        '/anthropic/v1/messages',
        '/gemini/v1beta/models/m:generateContent',
        '/bedrock/model/m/converse',
        '/bedrock-token/model/m/converse',
        '/cohere/v2/chat',
        '/azure-openai/openai/deployments/d/chat/completions',
        '/keyless/v1/x',
        '/brought/v1/x',
      ];
      for (const path of failing) {
        const headers = { 'content-type': 'application/json', 'x-weir-key': KEY, 'x-fail': '500' };
        const answer = await send(`${gateway.url}${path}?key=${CALLERS}`, { headers, body: '{"model":"m"}' });
        shown.push(`${answer.rawHeaders.join('\n')}\n${answer.body}`);
      }
      for (const path of ['/api/requests?limit=200', '/api/config', '/api/usage', '/metrics', '/']) {
        shown.push(await (await fetch(gateway.adminUrl + path)).text());
      }
      const list = (await gateway.admin('/api/requests?limit=100')) as { items: { id: string }[] };
      for (const { id } of list.items) shown.push(JSON.stringify(await gateway.admin(`/api/requests/${id}`)));
      shown.push(gateway.output());
    }
    const everything = shown.join('\n');
    for (const secret of [...Object.values(SECRETS), KEY, bad, EXPIRED, BOUND, CALLERS]) {
      const at = everything.indexOf(secret);
      expect(at < 0 ? '' : everything.slice(Math.max(0, at - 200), at + 80)).toBe('');
    }
  });

  it('that a provider quotes in its error stands in the record', async () => {
    const answer = await chat(closed, {}, { 'x-weir-key': KEY, 'x-fail': '401', 'x-quote': '1' });
    expect(answer.status).toBe(401);
    const record = JSON.stringify(await closed.record(answer));
    expect(record).toContain('Incorrect API key provided');
    expect(record).not.toContain(SECRETS.openai);
  });

  it('of the caller either', async () => {
    const own = { 'x-weir-key': KEY, authorization: `Bearer ${CALLERS}` };
    const answer = await send(`${closed.url}/brought/v1/chat/completions`, {
      headers: { ...own, 'content-type': 'application/json', 'x-fail': '401', 'x-quote': '1' },
      body: JSON.stringify(CHAT),
    });
    expect(answer.body.toString()).toContain(CALLERS);
    const record = JSON.stringify(await closed.record(answer));
    expect(record).toContain('Incorrect API key provided');
    expect(record).not.toContain(CALLERS);
  });
});
