// Amazon Bedrock behind the gateway: requests leave signed with the configured AWS keys, as a provider checks it.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import {
  type Answer,
  type RunningGateway,
  type RunningProvider,
  send,
  startGateway,
  startProvider,
} from '../integration/harness.js';
import { verifySigV4 } from './sigv4.js';

const ACCESS_KEY_ID = 'AKIAWEIRTESTEXAMPLE0';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SESSION = 'FwoGZXIvYXdzEXAMPLESESSION/+==';
const BEARER = 'bedrock-api-key-ABSKExample';
const MODEL = 'anthropic.claude-3-5-haiku-20241022-v1:0';
const BODY = JSON.stringify({
  messages: [{ role: 'user', content: [{ text: 'Hellö' }] }],
  inferenceConfig: { maxTokens: 64 },
});
const USAGE = { inputTokens: 12, outputTokens: 34, totalTokens: 46 };

let provider: RunningProvider;
let gateway: RunningGateway;
const key = newWeirKey();
const codec = new EventStreamCodec(toUtf8, fromUtf8);

beforeAll(async () => {
  provider = await startProvider((request, response) => {
    if (request.url?.includes('converse-stream')) {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.end(
        Buffer.concat([
          event('messageStop', { stopReason: 'end_turn' }),
          event('metadata', { usage: USAGE }),
        ]),
      );
    } else {
      const message = { role: 'assistant', content: [{ text: 'Yes.' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ output: { message }, stopReason: 'end_turn', usage: USAGE }));
    }
  });
  const pair = `access_key_id: ${ACCESS_KEY_ID}, secret_access_key: "${SECRET}"`;
  const aws = `kind: bedrock, region: eu-central-1, base_url: "${provider.url}"`;
  gateway = await startGateway(`
workers: 1
consumers:
  - { name: team-a, keys: [ { name: ci, sha256: ${weirKeySha256(key)} } ] }
providers:
  bedrock: { ${aws}, keys: [ { ${pair} } ] }
  temporary: { ${aws}, keys: [ { ${pair}, session_token: "${SESSION}" } ] }
  bearer: { ${aws}, keys: [ { value: "${BEARER}" } ] }
`);
});

/** One message of an AWS event stream. */
function event(type: string, body: object): Uint8Array {
  const header = (value: string) => ({ type: 'string' as const, value });
  return codec.encode({
    headers: {
      ':message-type': header('event'),
      ':event-type': header(type),
      ':content-type': header('application/json'),
    },
    body: fromUtf8(JSON.stringify(body)),
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

const ask = (path: string, headers: Record<string, string> = JSON_TYPE, body = BODY): Promise<Answer> =>
  send(gateway.url + path, { headers: { 'x-weir-key': key, ...headers }, body });

const last = () => {
  const seen = provider.seen.at(-1);
  if (seen === undefined) throw new Error('nothing came');
  return seen;
};

describe('the verifier', () => {
  it('computes the signature of the published example get-vanilla', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
    const rawHeaders = [
      ...['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z'],
      ...['Authorization', authorization],
    ];
    const request = { method: 'GET', url: '/', rawHeaders, body: Buffer.alloc(0) };
    const { signature, expected } = verifySigV4(request, SECRET);
    expect(expected).toBe(signature);
    expect(verifySigV4({ ...request, method: 'POST' }, SECRET).expected).not.toBe(signature);
  });
});

describe('bedrock', () => {
  const encoded = encodeURIComponent(MODEL);
  const profile = encodeURIComponent(
    'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.a-model-v1:0',
  );

  it.each([
    ['converse by the model’s encoded id', `/bedrock/model/${encoded}/converse`],
    ['converse by the id as it is', `/bedrock/model/${MODEL}/converse`],
    ['converse by an inference profile', `/bedrock/model/${profile}/converse`],
    ['converse-stream', `/bedrock/model/${encoded}/converse-stream`],
    ['converse-stream by its native path', `/model/${encoded}/converse-stream`],
    ['a path with a query', `/bedrock/model/${encoded}/converse?b=2&a=%20x&c`],
  ])('signs %s so that the provider finds the same signature', async (_what, path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    const seen = last();
    expect(seen.url).toBe(path.replace('/bedrock', ''));
    const verified = verifySigV4(seen, SECRET);
    expect(verified.signature).toBe(verified.expected);
    expect(verified).toMatchObject({
      accessKeyId: ACCESS_KEY_ID,
      region: 'eu-central-1',
      service: 'bedrock',
    });
    expect(verified.signedHeaders).toEqual(expect.arrayContaining(['content-type', 'host', 'x-amz-date']));
    expect(seen.headers['x-amz-security-token']).toBeUndefined();
    expect(seen.body.toString()).toBe(BODY);
  });

  it('records what was asked and used, streamed and not', async () => {
    for (const operation of ['converse', 'converse-stream']) {
      const record = await gateway.record(await ask(`/bedrock/model/${encoded}/${operation}`));
      expect(record).toMatchObject({
        outcome: 'served',
        ai: { api: 'bedrock.converse', provider: 'bedrock', model: MODEL, stream: operation !== 'converse' },
        usage: { input_tokens: 12, output_tokens: 34, source: 'provider' },
      });
    }
  });

  it.each(['converse', 'converse-stream'])('signs %s with a session token', async operation => {
    await ask(`/temporary/model/${encoded}/${operation}`);
    const verified = verifySigV4(last(), SECRET);
    expect(verified.signature).toBe(verified.expected);
    expect(verified.signedHeaders).toContain('x-amz-security-token');
    expect(last().headers['x-amz-security-token']).toBe(SESSION);
  });

  it.each([
    ['no content type', {}, BODY],
    ['a type with a parameter', { 'content-type': 'application/json; charset=utf-8' }, BODY],
    ['headers of Bedrock’s own', { ...JSON_TYPE, 'x-amzn-bedrock-trace': 'ENABLED' }, BODY],
  ])('signs a request with %s', async (_what, headers, body) => {
    expect((await ask(`/bedrock/model/${encoded}/converse`, headers, body)).status).toBe(200);
    const verified = verifySigV4(last(), SECRET);
    expect(verified.signature).toBe(verified.expected);
  });

  it.each([
    ['a guardrail’s call', '/bedrock/guardrail/g1/version/1/apply', JSON_TYPE],
    ['an asynchronous call', '/bedrock/async-invoke', JSON_TYPE],
    ['a body that is not JSON', `/bedrock/model/${encoded}/invoke`, { 'content-type': 'image/png' }],
  ])('signs %s over its body', async (_what, path, headers) => {
    expect((await ask(path, headers)).status).toBe(200);
    const verified = verifySigV4(last(), SECRET);
    expect(verified.signature).toBe(verified.expected);
  });

  it('signs a GET, which has no body', async () => {
    const answer = await send(`${gateway.url}/bedrock/foundation-models`, { headers: { 'x-weir-key': key } });
    expect(answer.status).toBe(200);
    const verified = verifySigV4(last(), SECRET);
    expect(verified.signature).toBe(verified.expected);
  });

  it('takes a Weir key as an AWS access key id, and nothing of the caller’s signature goes on', async () => {
    const signed = {
      ...{ ...JSON_TYPE, 'x-amz-date': '20200101T000000Z', 'x-amz-security-token': 'a-callers-token' },
      'x-amz-content-sha256': 'a-callers-hash',
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20200101/eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    };
    for (const name of ['bedrock', 'temporary', 'bearer']) {
      const answer = await send(`${gateway.url}/${name}/model/${encoded}/converse`, {
        headers: signed,
        body: BODY,
      });
      expect(answer.status).toBe(200);
      const sent = JSON.stringify([last().url, last().rawHeaders]);
      expect(sent).not.toContain(key);
      expect(sent).not.toContain('a-callers-');
      expect(sent).not.toContain('20200101');
      if (name === 'bearer') expect(last().headers.authorization).toBe(`Bearer ${BEARER}`);
      else expect(verifySigV4(last(), SECRET)).toMatchObject({ accessKeyId: ACCESS_KEY_ID });
    }
  });

  it('shows neither secret nor session token anywhere', async () => {
    const answers = [
      await ask(`/temporary/model/${encoded}/converse`),
      await ask(`/temporary/model/${encoded}/converse`, JSON_TYPE, '{'),
      await ask('/temporary/../x'),
    ];
    const records = await Promise.all(answers.map(answer => gateway.record(answer)));
    const told = JSON.stringify([
      answers.map(({ rawHeaders, body }) => [rawHeaders, body.toString()]),
      ...[
        records,
        await gateway.admin('/api/config'),
        await gateway.admin('/api/requests'),
        gateway.output(),
      ],
    ]);
    for (const secret of [SECRET, SESSION, BEARER, key]) expect(told).not.toContain(secret);
  });
});
