// `weir identify` as a user runs it: raw requests from files and standard input, codings undone, evidence shown.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { identifyRaw } from '../../src/cli/identify.js';
import { parseRawRequest } from '../../src/cli/raw-request.js';
import type { AiRecord } from '../../src/core/record.js';
import { aiRecord } from '../../src/ledger/to-record.js';

const weir = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'weir-identify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const body = '{"model":"gpt-4o","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}';
const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n';

function run(input: string | Buffer, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [weir, 'identify', ...args], { input });
  return { status, out: stdout.toString(), err: stderr.toString() };
}

function identified(raw: string | Buffer): AiRecord {
  return aiRecord(identifyRaw(parseRawRequest(Buffer.from(raw as string))).ai);
}

describe('weir identify', () => {
  test('prints the ai object of a request in a file', () => {
    const file = join(folder, 'request');
    writeFileSync(file, `${head}\r\n${body}`);
    const { status, out } = run('', file, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual({
      is_ai: true,
      provider: 'openai',
      api: 'openai.chat',
      model: 'gpt-4o',
      model_served: null,
      stream: true,
      max_output_tokens: 9,
      messages: 1,
      tools: 0,
      modalities: ['text'],
      evidence: [
        { field: 'provider', from: 'host', value: 'api.openai.com' },
        { field: 'api', from: 'path', value: '/v1/chat/completions' },
        { field: 'model', from: 'body', value: 'gpt-4o' },
        { field: 'stream', from: 'body', value: 'true' },
        { field: 'max_output_tokens', from: 'body', value: '9' },
        { field: 'messages', from: 'body', value: '1' },
        { field: 'tools', from: 'body', value: 'absent, so 0' },
        { field: 'modalities', from: 'body', value: 'text' },
      ],
    });
  });

  test('shows people each field with where it was read', () => {
    const { status, out } = run(`${head}\r\n${body}`);
    expect(status).toBe(0);
    expect(out).toMatch(/^POST \/v1\/chat\/completions is AI traffic\.\n/);
    expect(out).toMatch(/^ {2}model +gpt-4o +\(body\)$/m);
    expect(out).toMatch(/^ {2}provider +openai +\(host: api\.openai\.com\)$/m);
  });

  test('says that traffic is not AI, and exits 0', () => {
    const { status, out } = run('GET /w/api.php HTTP/1.1\nHost: en.wikipedia.org\n\n');
    expect(status).toBe(0);
    expect(out).toContain('is not AI traffic');
  });

  test('exits 1 for what is no request, 2 for wrong usage', () => {
    expect(run('junk\x1b[2J')).toMatchObject({ status: 1, out: '' });
    expect(run('junk\x1b[2J').err).not.toContain('\x1b');
    expect(run('', join(folder, 'missing'))).toMatchObject({ status: 1, out: '' });
    expect(run('', '--wrong').status).toBe(2);
  });
});

describe('raw requests', () => {
  const packed = [
    ['gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['deflate', deflateSync(body)],
    ['deflate', deflateRawSync(body)],
    ['gzip, br', brotliCompressSync(gzipSync(body))],
  ] as const;

  test.each(packed)('undoes %s', (coding, bytes) => {
    const raw = Buffer.concat([Buffer.from(`${head}Content-Encoding: ${coding}\r\n\r\n`), bytes]);
    expect(aiRecord(identifyRaw(parseRawRequest(raw)).ai)).toMatchObject({ model: 'gpt-4o', messages: 1 });
  });

  test('says that a coding cannot be undone, and keeps what the head tells', () => {
    for (const [coding, bytes] of [
      ['zstd', 'x'],
      ['gzip', 'not gzip'],
      ['gzip,gzip,gzip,gzip', 'x'],
    ]) {
      const answer = identifyRaw(
        parseRawRequest(Buffer.from(`${head}Content-Encoding: ${coding}\r\n\r\n${bytes}`)),
      );
      expect(answer.remark).toContain('could not be undone');
      expect(answer.ai).toMatchObject({ api: 'openai.chat', model: null });
    }
  });

  test('puts chunks together, and stops at content-length', () => {
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n\r\n`;
    expect(identified(chunked).model).toBe('gpt-4o');
    expect(identified(`${head}Content-Length: ${body.length}\r\n\r\n${body}\n`).model).toBe('gpt-4o');
    expect(() => parseRawRequest(Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`))).toThrow(
      /chunk size/,
    );
  });

  test('reads forms, absolute targets and a Weir’s own prefix', () => {
    const form =
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n';
    const audio = `POST http://api.groq.com/openai/v1/audio/transcriptions HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n${form}`;
    expect(identified(audio)).toMatchObject({
      provider: 'groq',
      api: 'openai.audio',
      model: 'whisper-1',
      modalities: ['audio'],
    });
    const own = identified(`POST /anthropic/v1/messages HTTP/1.1\nHost: localhost:8787\n\n{"model":"c"}`);
    expect(own).toMatchObject({ provider: 'anthropic', api: 'anthropic.messages', model: 'c' });
    expect(own.evidence[0]).toEqual({ field: 'provider', from: 'path', value: '/anthropic/v1/messages' });
  });

  test('names the header line that is none', () => {
    expect(() => parseRawRequest(Buffer.from(`${head}no header\r\n\r\n`))).toThrow(
      'line 3 is not a header: "no header"',
    );
  });
});
