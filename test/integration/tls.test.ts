// The listener speaks TLS where a certificate is configured; one that cannot be used ends the start with a sentence.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHAT, onEnd, type RunningGateway, send, sendRaw, startGateway } from './harness.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('TLS on the listener (needs openssl to make a certificate)', () => {
  let folder: string;
  let gateway: RunningGateway;
  const yaml = (cert: string, key: string): string =>
    `anonymous: allow\ntls: { cert: "${cert}", key: "${key}" }\nproviders: { openai: { base_url: "simulator:" } }\n`;

  const certificate = (name: string): void => {
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    execFileSync('openssl', [...request, ...subject, ...files], { stdio: 'ignore' });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-tls-'));
    onEnd(() => rmSync(folder, { recursive: true, force: true }));
    certificate('server');
    certificate('other');
    gateway = await startGateway(yaml(join(folder, 'server.pem'), join(folder, 'server.key')));
  });

  function post(body: object): Promise<{ response: http.IncomingMessage; text: string }> {
    return new Promise((resolve, reject) => {
      const request = https.request({
        host: '127.0.0.1',
        port: gateway.port,
        method: 'POST',
        path: '/v1/chat/completions',
        ca: readFileSync(join(folder, 'server.pem')),
        headers: { 'content-type': 'application/json', 'x-weir-sim': 'tokens=30' },
      });
      request.on('error', reject);
      request.on('response', response => {
        let text = '';
        response.on('data', chunk => {
          text += String(chunk);
        });
        response.on('end', () => resolve({ response, text }));
      });
      request.end(JSON.stringify(body));
    });
  }

  it('serves whole answers and streams, with a certificate that clients can check', async () => {
    const whole = await post(CHAT);
    expect(whole.response.statusCode).toBe(200);
    expect(JSON.parse(whole.text)).toHaveProperty('usage');
    const stream = await post({ ...CHAT, stream: true });
    expect(stream.text.endsWith('data: [DONE]\n\n')).toBe(true);
    const record = await gateway.record(String(stream.response.headers['x-weir-request-id']));
    expect(record).toMatchObject({ outcome: 'served', usage: { output_tokens: 30 } });
  });

  it('passes a long prompt', async () => {
    const long = await post({ ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(3_000_000) }] });
    expect(long.response.statusCode).toBe(200);
  });

  it('takes no plain HTTP, and lives on', async () => {
    const { text } = await sendRaw(gateway.port, 'GET /weir/healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).not.toContain('200 OK');
    await expect(send(gateway.url)).rejects.toThrow();
    expect((await post(CHAT)).response.statusCode).toBe(200);
  });

  it.each<[string, string, string]>([
    ['a certificate that is none', 'none.pem', 'server.key'],
    ['a key that is none', 'server.pem', 'none.pem'],
    ['a key of another certificate', 'server.pem', 'other.key'],
  ])('%s ends the start with exit code 1 and names the file', async (_, cert, key) => {
    writeFileSync(join(folder, 'none.pem'), 'no certificate\n');
    const start = startGateway(yaml(join(folder, cert), join(folder, key)));
    await expect(start).rejects.toThrow(/weir: .*(tls|certificate).*\.(pem|key)/i);
  });
});
