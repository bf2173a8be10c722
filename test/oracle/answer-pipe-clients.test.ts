// Recorded streams with every text changed, read by the providers' own clients: they put together the same answer with the changed texts.
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { changed, differences, recorded, rewritten } from './answer-pipe-changes.js';
import { corpusPresent } from './meter-recordings.js';
import type { Json } from './meter-twin-json.js';

type Fetch = () => Promise<Response>;
/** A client's answer, put together from a stream. */
type Client = (fetch: Fetch) => Promise<unknown>;

const messages = [{ role: 'user' as const, content: 'x' }];

/** What a client's stream gives, in order. */
async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  'openai.chat': async fetch =>
    all(
      await new OpenAI({ apiKey: 'x', fetch, maxRetries: 0 }).chat.completions.create({
        model: 'x',
        messages,
        stream: true,
      }),
    ),
  'openai.responses': async fetch => {
    const client = new OpenAI({ apiKey: 'x', fetch, maxRetries: 0 });
    return client.responses.stream({ model: 'x', input: 'x' }).finalResponse();
  },
  'anthropic.messages': async fetch => {
    const client = new Anthropic({ apiKey: 'x', fetch, maxRetries: 0 });
    return client.messages.stream({ model: 'x', max_tokens: 1, messages }).finalMessage();
  },
  'gemini.generate': async fetch => {
    vi.stubGlobal('fetch', fetch);
    const client = new GoogleGenAI({ apiKey: 'x' });
    return all(await client.models.generateContentStream({ model: 'x', contents: 'x' }));
  },
  'cohere.chat': async fetch => {
    vi.stubGlobal('fetch', fetch);
    return all(await new CohereClientV2({ token: 'x' }).chatStream({ model: 'x', messages }));
  },
  'ollama.chat': async fetch =>
    all(await new Ollama({ host: 'http://127.0.0.1:1', fetch }).chat({ model: 'x', messages, stream: true })),
};

afterEach(() => vi.unstubAllGlobals());

const answering =
  (body: Buffer, contentType: string): Fetch =>
  async () =>
    new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });

/** Without what a client puts there by itself (its own clocks and classes). */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

describe.skipIf(!corpusPresent)('official clients read changed streams (needs ../shared/corpus)', () => {
  it.each(Object.keys(CLIENTS))('of %s', async api => {
    const client = CLIENTS[api];
    let read = 0;
    const wrong: string[] = [];
    for (const one of recorded) {
      const isStream = /event-stream|ndjson/.test(one.contentType);
      if (one.api !== api || !isStream || client === undefined) continue;
      // What a client does not take as it came (an error inside, an edited recording) says nothing.
      const before = await client(answering(one.body, one.contentType)).catch(() => null);
      if (before === null) continue;
      const run = rewritten(one, 1000);
      const after = await client(answering(run.bytes, one.contentType)).catch(error => String(error));
      for (const path of differences(plain(before), plain(after), '')) wrong.push(`${one.id} ${path}`);
      const hasText = run.stage.texts.some(text => changed(text) !== text);
      if (hasText && JSON.stringify(plain(before)) === JSON.stringify(plain(after)))
        wrong.push(`${one.id} shows no change`);
      read++;
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(1);
  });
});
