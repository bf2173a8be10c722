// Whose credential reaches whom: the provider gets Weir's own in its place and nothing of the caller's; nobody else sees it.
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import {
  type Answer,
  freePort,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from '../integration/harness.js';

let provider: RunningProvider;
let gateway: RunningGateway;
const key = newWeirKey();

/** One secret a provider, so that a leak says whose. */
const SECRETS = {
  openai: 'sk-openai-0123456789-secret',
  'azure-openai': 'azure-0123456789-secret',
  anthropic: 'sk-ant-0123456789-secret',
  gemini: 'AIza-0123456789-secret',
  'vertex-ai': 'ya29.vertex-0123456789-secret',
  cohere: 'co-0123456789-secret',
  dead: 'sk-dead-0123456789-secret',
} as const;

const DEPLOYMENT = '/azure-openai/openai/deployments/my-gpt/chat/completions';
const VERTEX = '/vertex-ai/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash';
const GEMINI = '/gemini/v1beta/models/gemini-2.5-flash';

beforeAll(async () => {
  provider = await startProvider((request, response, body) => {
    const shown = JSON.stringify({ url: request.url, headers: request.headers });
    // An unkind provider: its refusals repeat the credential, its answers name its customer's account.
    const refuses = body.toString().includes('refuse-me');
    const account = { 'set-cookie': 'session=of-weir', 'openai-organization': 'org-of-weir' };
    response.writeHead(refuses ? 401 : 200, { 'content-type': 'application/json', ...account });
    response.end(
      refuses
        ? JSON.stringify({ error: { message: `bad credential in ${shown}`, code: 'invalid_api_key' } })
        : '{"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2}}',
    );
  });
  const dead = `http://127.0.0.1:${await freePort()}`;
  const line = (name: keyof typeof SECRETS, base: string, more = '') =>
    `  ${name}: { base_url: "${base}", keys: [ { value: "${SECRETS[name]}" } ]${more} }\n`;
  gateway = await startGateway(`
workers: 1
consumers:
  - { name: team-a, keys: [ { name: ci, sha256: ${weirKeySha256(key)} } ] }
providers:
${line('openai', provider.url)}${line('azure-openai', provider.url, ', api_version: "2024-10-21"')}${line('anthropic', provider.url)}${line('gemini', provider.url)}${line('vertex-ai', provider.url, ', project: p')}${line('cohere', provider.url)}${line('dead', dead, ', kind: openai')}  mine: { kind: openai, base_url: "${provider.url}", credentials: caller }
`);
});

const BODY = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], contents: [] };

/** Credentials of the caller's own in every place that providers know. */
const CALLERS = {
  authorization: 'Bearer callers-own-1',
  'x-api-key': 'callers-own-2',
  'api-key': 'callers-own-3',
  'x-goog-api-key': 'callers-own-4',
  'x-amz-security-token': 'callers-own-5',
  cookie: 'session=callers-own-6',
  'ocp-apim-subscription-key': 'callers-own-7',
  'proxy-authorization': 'Basic callers-own-8',
};

const ask = (path: string, headers: Record<string, string>, body: object = BODY): Promise<Answer> =>
  send(gateway.url + path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const last = () => {
  const seen = provider.seen.at(-1);
  if (seen === undefined) throw new Error('nothing came');
  return { url: seen.url, headers: seen.headers, text: JSON.stringify([seen.url, seen.rawHeaders]) };
};

const PLACES = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];

describe('a provider', () => {
  it.each([
    ['openai', '/openai/v1/chat/completions', 'authorization', `Bearer ${SECRETS.openai}`],
    ['azure-openai', DEPLOYMENT, 'api-key', SECRETS['azure-openai']],
    ['anthropic', '/anthropic/v1/messages', 'x-api-key', SECRETS.anthropic],
    ['gemini', `${GEMINI}:generateContent`, 'x-goog-api-key', SECRETS.gemini],
    ['vertex-ai', `${VERTEX}:generateContent`, 'authorization', `Bearer ${SECRETS['vertex-ai']}`],
    ['cohere', '/cohere/v2/chat', 'authorization', `Bearer ${SECRETS.cohere}`],
  ])('%s gets Weir’s credential in its own place, and no other one', async (_name, path, place, value) => {
    const query = '?key=callers-own-9&access_token=callers-own-10&api_key=callers-own-11&alt=json';
    const answer = await ask(path + query, { ...CALLERS, 'x-weir-key': key });
    expect(answer.status).toBe(200);
    const { url, headers, text } = last();
    expect(url).toMatch(/\?alt=json(?:&api-version=2024-10-21)?$/);
    expect(PLACES.filter(name => headers[name] !== undefined)).toEqual([place]);
    expect(headers[place]).toBe(value);
    expect(text).not.toContain('callers-own');
    expect(text).not.toContain('weir');
  });

  it.each([
    ['authorization', 'Bearer '],
    ['x-api-key', ''],
    ['api-key', ''],
    ['x-goog-api-key', ''],
    ['x-weir-key', ''],
  ])('never gets the Weir key that came in %s', async (place, scheme) => {
    for (const path of ['/openai/v1/chat/completions', `${GEMINI}:generateContent`, DEPLOYMENT]) {
      expect((await ask(path, { [place]: scheme + key })).status).toBe(200);
      expect(last().text).not.toContain(key);
    }
  });

  it.each(['key', 'api_key', 'k%65y'])('never gets the Weir key that came in ?%s=', async name => {
    const answer = await ask(`${GEMINI}:generateContent?${name}=${key}&alt=json`, { 'x-weir-key': key });
    expect(answer.status).toBe(200);
    expect(last().url).toBe(`${GEMINI.replace('/gemini', '')}:generateContent?alt=json`);
  });
});

describe('a provider with credentials: caller', () => {
  const path = '/mine/v1/chat/completions';

  it('gets the caller’s own credential and no Weir key; its account comes back to its owner', async () => {
    const answer = await ask(path, { authorization: 'Bearer callers-own-1', 'x-weir-key': key });
    expect(answer.status).toBe(200);
    expect(last().headers.authorization).toBe('Bearer callers-own-1');
    expect(last().text).not.toContain(key);
    expect(answer.headers['set-cookie']).toEqual(['session=of-weir']);
    expect(answer.headers['openai-organization']).toBe('org-of-weir');
  });

  it('is not called for a Weir key alone', async () => {
    const before = provider.seen.length;
    const answer = await ask(path, { authorization: `Bearer ${key}` });
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([401, 'weir_no_credential']);
    expect(provider.seen.length).toBe(before);
  });
});

describe('azure', () => {
  it.each([
    ['adds the configured api-version', '', '?api-version=2024-10-21'],
    ['keeps the caller’s', '?api-version=2025-01-01', '?api-version=2025-01-01'],
  ])('%s', async (_what, asked, sent) => {
    await ask(DEPLOYMENT + asked, { 'api-key': key });
    expect(last().url).toBe(`/openai/deployments/my-gpt/chat/completions${sent}`);
  });
});

describe('a provider’s key', () => {
  /** Everything that anybody can read of a call: the client, the operator, the log. */
  const readable = async (answers: readonly Answer[]): Promise<string> => {
    const records = await Promise.all(answers.map(answer => gateway.record(answer)));
    const admin = ['/api/config', '/api/requests', '/api/plugins'].map(path => gateway.admin(path));
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const heads = answers.map(({ rawHeaders }) => rawHeaders);
    return JSON.stringify([heads, records, await Promise.all(admin), metrics, gateway.output()]);
  };

  const calls = (body: object = BODY) =>
    Promise.all([
      ask('/openai/v1/chat/completions', { 'x-weir-key': key }, body),
      ask(DEPLOYMENT, { 'x-weir-key': key }, body),
      ask('/anthropic/v1/messages', { 'x-weir-key': key }, body),
      ask(`${GEMINI}:generateContent`, { 'x-weir-key': key }, body),
      ask(`${VERTEX}:generateContent`, { 'x-weir-key': key }, body),
      ask('/cohere/v2/chat', { 'x-weir-key': key }, body),
      ask('/dead/v1/chat/completions', { 'x-weir-key': key }, body),
    ]);

  const expectNoSecret = (text: string): void => {
    for (const secret of [...Object.values(SECRETS), key]) expect(text).not.toContain(secret);
    expect(text).not.toContain('of-weir');
  };

  it('reaches neither client, record, log, metrics nor admin side by an answer or a failure', async () => {
    const answers = await calls();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 502]);
    expectNoSecret(await readable(answers));
    expectNoSecret(answers.map(({ body }) => body.toString()).join());
  });

  it('reaches no record either when the provider’s own error repeats it', async () => {
    const answers = await calls({ ...BODY, messages: [{ role: 'user', content: 'refuse-me' }] });
    expect(answers.slice(0, 6).map(({ status }) => status)).toEqual(Array(6).fill(401));
    const record = await gateway.record(answers[0]?.headers['x-weir-request-id'] as string);
    expect(record.error?.message).toMatch(/^bad credential in .*\*\*\*/);
    expectNoSecret(await readable(answers));
  });

  it('is not sent where the caller is anonymous: nobody without a Weir key gets that far', async () => {
    const before = provider.seen.length;
    const answer = await ask('/openai/v1/chat/completions', CALLERS);
    expect([answer.status, answer.headers['x-weir-code']]).toEqual([401, 'weir_no_key']);
    expect(provider.seen.length).toBe(before);
  });
});
