// curl through the gateway: JSON, server-sent events, HEAD, a 5 MB upload, Expect: 100-continue.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type RunningGateway,
  type RunningProvider,
  startGateway,
  startProvider,
} from '../integration/harness.js';
import { type ClientWorld, consumerOf, expectAborted, expectServed, startWorld } from './support.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

interface Curled {
  readonly exit: number | null;
  /** Status line and headers of every answer, interim ones too, names in lower case. */
  readonly heads: string;
  readonly body: Buffer;
}

let folder = '';
let calls = 0;

/** Heads go to a file of their own: with `-i` an answer's body may look like one. */
function curl(...args: readonly string[]): Promise<Curled> {
  const file = join(folder, `heads-${++calls}`);
  return new Promise(resolve => {
    const child = spawn('curl', ['-sS', '--max-time', '15', '-D', file, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const out: Buffer[] = [];
    child.stdout.on('data', chunk => out.push(chunk as Buffer));
    child.on('close', exit => {
      resolve({ exit, heads: readFileSync(file, 'latin1').toLowerCase(), body: Buffer.concat(out) });
    });
  });
}

const idOf = ({ heads }: Curled): string =>
  `req_${/x-weir-request-id: req_(\w+)/.exec(heads)?.[1]?.toUpperCase() ?? 'none'}`;

const CHAT = '{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}';
const STREAM = '{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Hello"}]}';

describe.skipIf(!hasCurl)('curl (needs curl)', () => {
  let world: ClientWorld;
  let echo: RunningProvider;
  let files: RunningGateway;

  beforeAll(async () => {
    world = await startWorld('openai');
    folder = world.gateway.folder;
    echo = await startProvider((request, response, body) => {
      const digest = createHash('sha256').update(body).digest('hex');
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': digest.length });
      response.end(request.method === 'HEAD' ? undefined : digest);
    });
    files = await startGateway(
      `anonymous: allow\nworkers: 1\nproviders:\n  openai: { base_url: "${echo.url}", auth: none }\n`,
    );
  });

  it('gets JSON for JSON, with curl’s own content type', async () => {
    const answer = await curl(`${world.gateway.url}/v1/chat/completions`, '-d', CHAT);
    const { usage } = JSON.parse(answer.body.toString());
    expect(answer.heads).toContain('http/1.1 200 ok');
    expectServed(await world.gateway.record(idOf(answer)), {
      ...{ api: 'openai.chat', provider: 'openai', model: 'gpt-4o', stream: false },
      ...{ input: usage.prompt_tokens, output: usage.completion_tokens },
    });
  });

  it('gets events as they come, and a Weir key is known', async () => {
    const answer = await curl(
      ...['-N', `${world.gateway.url}/v1/chat/completions`, '-d', STREAM],
      ...['-H', `authorization: Bearer ${world.key}`],
    );
    expect(answer.heads).toContain('content-type: text/event-stream');
    const events = answer.body.toString().split('\n\n').filter(Boolean);
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(events.length).toBeGreaterThan(10);
    expect((await world.gateway.record(idOf(answer))).consumer).toMatchObject(consumerOf(world.key));
  });

  it('fails when the provider breaks in mid-stream', async () => {
    const answer = await curl(
      ...['-N', `${world.gateway.url}/v1/chat/completions`, '-d', STREAM],
      ...['-H', 'x-weir-sim: reset=5;tokens=50'],
    );
    // 18: the transfer closed with data still to come. 56: it was reset.
    expect([18, 56]).toContain(answer.exit);
    expect(answer.body.toString()).toContain('weir_upstream_broke');
  });

  it('ends the provider’s work when it is killed', async () => {
    const child = spawn('curl', ['-sN', `${world.gateway.url}/watched/v1/chat/completions`, '-d', STREAM]);
    child.stdout.once('data', () => child.kill('SIGKILL'));
    await new Promise(resolve => child.on('close', resolve));
    await expectAborted(world, 'openai.chat');
  });

  it('gets a head alone for HEAD, with the length that GET would have', async () => {
    const answer = await curl('-I', `${files.url}/openai/v1/files/a`);
    expect([answer.exit, answer.heads]).toEqual([0, expect.stringContaining('content-length: 64')]);
    expect(echo.seen.at(-1)?.method).toBe('HEAD');
    expect(await files.record(idOf(answer))).toMatchObject({ outcome: 'served', status: 200 });
  });

  it.each(['with its length', 'in chunks'])('uploads 5 MB %s, byte for byte', async how => {
    const bytes = randomBytes(5_000_000);
    const file = join(files.folder, 'upload.bin');
    writeFileSync(file, bytes);
    const chunked = how === 'in chunks' ? ['-H', 'transfer-encoding: chunked'] : [];
    const answer = await curl(
      ...['-F', `file=@${file};type=application/octet-stream`, '-F', 'purpose=batch', ...chunked],
      `${files.url}/openai/v1/files`,
    );
    expect(answer.exit).toBe(0);
    const seen = echo.seen.at(-1);
    expect(seen?.body.includes(bytes)).toBe(true);
    expect(answer.body.toString()).toBe(
      createHash('sha256')
        .update(seen?.body ?? '')
        .digest('hex'),
    );
    expect(await files.record(idOf(answer))).toMatchObject({
      ...{ outcome: 'served', ai: { api: 'openai.files' } },
      request: { bytes: seen?.body.length },
    });
  });

  it('is told 100 Continue before it sends what it asked about', async () => {
    const file = join(files.folder, 'body.bin');
    const bytes = randomBytes(200_000);
    writeFileSync(file, bytes);
    const answer = await curl(
      ...['--data-binary', `@${file}`, '-H', 'content-type: application/octet-stream'],
      ...['-H', 'expect: 100-continue', '--expect100-timeout', '10', `${files.url}/openai/v1/files`],
    );
    expect(answer.heads).toMatch(/^http\/1\.1 100 continue\r\n\r\nhttp\/1\.1 200 ok\r\n/);
    expect(echo.seen.at(-1)?.body.equals(bytes)).toBe(true);
    expect(echo.seen.at(-1)?.headers.expect).toBeUndefined();
  });
});
