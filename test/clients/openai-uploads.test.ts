// The `openai` SDK's forms and binary answers through the gateway: audio both ways, files, images, moderations.
import OpenAI, { toFile } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import {
  type RunningGateway,
  type RunningProvider,
  startGateway,
  startProvider,
} from '../integration/harness.js';

let provider: RunningProvider;
let gateway: RunningGateway;
let client: OpenAI;
const key = newWeirKey();

/** Bytes that no text decoding leaves as they are. */
const BYTES = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));

const ANSWERS: Readonly<Record<string, object>> = {
  '/v1/audio/transcriptions': { text: 'Hello', usage: { type: 'duration', seconds: 3 } },
  '/v1/files': { id: 'file-1', object: 'file', bytes: BYTES.length, purpose: 'batch' },
  '/v1/images/generations': {
    ...{ created: 1, data: [{ b64_json: 'AAAA' }] },
    usage: { input_tokens: 9, output_tokens: 272, total_tokens: 281 },
  },
  '/v1/moderations': { id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: false }] },
};

beforeAll(async () => {
  provider = await startProvider((request, response) => {
    if (request.url === '/v1/audio/speech') {
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(BYTES);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(ANSWERS[request.url ?? '']));
  });
  gateway = await startGateway(`
workers: 1
consumers:
  - { name: team-a, keys: [ { name: ci, sha256: ${weirKeySha256(key)} } ] }
providers:
  openai: { base_url: "${provider.url}/v1", keys: [ { value: sk-of-weir } ] }
`);
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 });
});

const recordOf = (response: Response) => gateway.record(response.headers.get('x-weir-request-id') ?? 'none');

const lastBody = (): Buffer => provider.seen.at(-1)?.body ?? Buffer.alloc(0);

describe('openai: what is not JSON', () => {
  it('sends audio to be transcribed, byte for byte; the record has the model of the form', async () => {
    const file = await toFile(BYTES, 'speech.mp3', { type: 'audio/mpeg' });
    const { data, response } = await client.audio.transcriptions
      .create({ file, model: 'whisper-1' })
      .withResponse();
    expect(data.text).toBe('Hello');
    expect(lastBody().includes(BYTES)).toBe(true);
    const record = await recordOf(response);
    expect(record).toMatchObject({
      outcome: 'served',
      ai: { api: 'openai.audio', provider: 'openai', model: 'whisper-1', modalities: ['audio'] },
      usage: { input_tokens: null, output_tokens: null },
    });
    expect(JSON.stringify(record.usage.raw)).toContain('"seconds":3');
  });

  it('gets speech, byte for byte', async () => {
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello' });
    expect(Buffer.from(await response.arrayBuffer()).equals(BYTES)).toBe(true);
    expect(await recordOf(response)).toMatchObject({
      ...{ outcome: 'served', ai: { api: 'openai.audio', model: 'tts-1' } },
    });
  });

  it('uploads a file', async () => {
    const file = await toFile(BYTES, 'batch.jsonl');
    const { data, response } = await client.files.create({ file, purpose: 'batch' }).withResponse();
    expect(data.id).toBe('file-1');
    expect(lastBody().includes(BYTES)).toBe(true);
    expect(await recordOf(response)).toMatchObject({ outcome: 'served', ai: { api: 'openai.files' } });
  });

  it('makes images and moderates', async () => {
    const images = await client.images.generate({ model: 'gpt-image-1', prompt: 'A weir' }).withResponse();
    expect(await recordOf(images.response)).toMatchObject({
      ai: { api: 'openai.images', model: 'gpt-image-1' },
      usage: { input_tokens: 9, output_tokens: 272, source: 'provider' },
    });
    const moderated = await client.moderations
      .create({ model: 'omni-moderation-latest', input: 'Hello' })
      .withResponse();
    expect(moderated.data.results[0]?.flagged).toBe(false);
    expect((await recordOf(moderated.response)).ai).toMatchObject({ api: 'openai.moderations' });
  });

  it('is sent with Weir’s key, all of it', () => {
    const sent = new Set(provider.seen.map(({ headers }) => headers.authorization));
    expect([...sent]).toEqual(['Bearer sk-of-weir']);
  });
});
