// A slow client and an answer that is far longer decoded than it came: what plugins let out waits for the client, not in memory.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { brotliCompressSync, constants, createBrotliCompress } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, type RunningGateway, startGateway, startProvider } from './harness.js';
import { GO_ON, guestFolder } from './plugin-guests.js';

const MIB = 1024 * 1024;
const TEXT = 'w'.repeat(16_000);
/** Of about 125 MiB, and of 6. */
const EVENTS = { huge: 8192, large: 384 };
/** What the gateway may come to hold for it, with all that its allocator keeps. */
const HELD_MAX = 32 * MIB;

const event = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

/** Made without the plain text at once; a single read of a socket. */
async function compressed(events: number): Promise<Buffer> {
  const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  const chunks: Buffer[] = [];
  brotli.on('data', chunk => chunks.push(chunk as Buffer));
  const ended = new Promise(resolve => brotli.on('end', resolve));
  const sixteen = event(TEXT).repeat(16);
  for (let i = 0; i < events; i += 16)
    if (!brotli.write(sixteen)) await new Promise(resolve => brotli.once('drain', resolve));
  brotli.end('data: [DONE]\n\n');
  await ended;
  return Buffer.concat(chunks);
}

let gateway: RunningGateway;
let bodies: Readonly<Record<string, Buffer>>;

beforeAll(async () => {
  bodies = { huge: await compressed(EVENTS.huge), large: await compressed(EVENTS.large) };
  const file = guestFolder()('looks', { on_event: GO_ON });
  const provider = await startProvider((request, response) => {
    const long = bodies[String(request.headers['x-long'])];
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'br' });
    response.end(long ?? brotliCompressSync(`${event('short')}data: [DONE]\n\n`));
  });
  gateway = await startGateway(`
anonymous: allow
workers: 1
providers:
  one: { kind: openai-compatible, base_url: "${provider.url}", auth: none, usage_opt_in: never }
routes:
  - { match: {}, targets: [ { provider: one } ] }
policies:
  - { name: looks, plugin: { file: "${file}" } }
`);
}, 60_000);

const residentBytes = (): number => {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
};

const cpuTicks = (): number => {
  const fields = readFileSync(`/proc/${gateway.process.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

/** The gateway has done all that it will: for half a second it has had next to nothing to do. */
async function atRest(): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const before = cpuTicks();
    await new Promise(resolve => setTimeout(resolve, 100));
    quiet = cpuTicks() - before > 2 ? 0 : quiet + 1;
  }
}

/** An answer whose body nobody reads yet. */
function asked(which: keyof typeof EVENTS): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-long': which };
    const request = http.request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers });
    request.on('response', resolve).on('error', reject);
    request.end(JSON.stringify({ model: 'm', messages: [] }));
  });
}

describe('a compressed answer that plugins look at', () => {
  it.skipIf(process.platform !== 'linux')(
    'is decoded no faster than a slow client takes it (needs /proc)',
    { timeout: 60_000 },
    async () => {
      expect(bodies.huge?.length).toBeLessThan(64 * 1024);
      for (let i = 0; i < 20; i++) expect((await chat(gateway)).status).toBe(200);
      // What decoding takes at all, and the allocator keeps, is not the answer's.
      for await (const chunk of await asked('large')) expect((chunk as Buffer).length).toBeGreaterThan(0);
      const before = residentBytes();
      const answer = await asked('huge');
      await atRest();
      expect(residentBytes() - before).toBeLessThan(HELD_MAX);
      expect((await chat(gateway)).body.toString()).toContain('[DONE]');
      answer.destroy();
      expect((await gateway.record(answer)).outcome).toBe('aborted');
    },
  );

  it('reaches a client whole that pauses', { timeout: 60_000 }, async () => {
    const answer = await asked('large');
    expect((await chat(gateway)).status).toBe(200);
    const hash = createHash('sha256');
    for await (const chunk of answer) hash.update(chunk as Buffer);
    const whole = `${event(TEXT).repeat(EVENTS.large)}data: [DONE]\n\n`;
    expect(hash.digest('hex')).toBe(createHash('sha256').update(whole).digest('hex'));
    expect((await gateway.record(answer)).outcome).toBe('served');
  });
});
