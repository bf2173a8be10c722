// docs/deploy.md is true: its nginx in front of a gateway, its unit by systemd's own tools, the image's files as a tree of their own.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { formatProblem, loadConfigText } from '../../src/config/load.js';
import {
  freePort,
  onEnd,
  type RunningGateway,
  startGateway,
  startProvider,
  until,
} from '../integration/harness.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const DOCS = read('docs/deploy.md');
const blocks = (language: string): string[] =>
  [...DOCS.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1] ?? '');
const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(file => existsSync(file)) ?? null;
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'weir-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has configurations that load', () => {
  for (const text of blocks('yaml')) {
    const loaded = loadConfigText(text, 'weir.yaml', {});
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  }
});

describe.skipIf(NGINX === null)('nginx in front (needs nginx: apt-get install nginx-light)', () => {
  async function startNginx(gateway: RunningGateway): Promise<number> {
    const port = await freePort();
    const site = (blocks('nginx')[0] ?? '')
      .replace('127.0.0.1:8787', `127.0.0.1:${gateway.port}`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      name => `${name}_temp_path ${folder}/${name};`,
    );
    const text = `daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${site}\n}\n`;
    writeFileSync(join(folder, 'nginx.conf'), text);
    const child = spawn(NGINX ?? '', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'], {
      stdio: 'ignore',
    });
    const exited = new Promise(resolve => child.once('exit', resolve));
    onEnd(async () => {
      child.kill('SIGTERM');
      await exited;
    });
    await until(
      async () => (await fetch(`http://127.0.0.1:${port}/weir/readyz`).catch(() => null))?.ok === true,
      'nginx',
    );
    return port;
  }

  it('hands events on one by one, with the client’s address, and tells refusals once', async () => {
    const held: http.ServerResponse[] = [];
    const provider = await startProvider((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n');
      held.push(response);
    });
    const gateway = await startGateway(`
anonymous: allow
trusted_proxies: [127.0.0.1/32]
providers: { local: { kind: openai-compatible, base_url: "${provider.url}", auth: none } }
policies: [ { name: none, when: 'ai.api == "openai.embeddings"', deny: { status: 429 } } ]
`);
    const port = await startNginx(gateway);
    const url = `http://127.0.0.1:${port}/local/v1/chat/completions`;
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' };
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: '{"model":"m","stream":true,"messages":[]}',
    });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    // The provider has not gone on: nothing was held back to be sent together.
    expect([Buffer.from(first?.value ?? '').toString(), held.length]).toEqual([
      expect.stringContaining('one'),
      1,
    ]);
    held[0]?.end('data: [DONE]\n\n');
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read());
    const record = await gateway.record(answer.headers.get('x-weir-request-id') ?? '');
    expect([record.outcome, record.request.client_ip]).toEqual(['served', '203.0.113.9']);
    const refused = await fetch(`http://127.0.0.1:${port}/local/v1/embeddings`, {
      method: 'POST',
      headers,
      body: '{"model":"m","input":"x"}',
    });
    expect([refused.status, refused.headers.get('x-weir-code')]).toEqual([429, 'weir_denied']);
    const { items } = (await gateway.admin('/api/requests?outcome=blocked')) as { items: unknown[] };
    expect(items).toHaveLength(1);
    // A large body, and connections that are used again and again.
    const large = JSON.stringify({ model: 'm', input: 'x'.repeat(8_000_000) });
    expect(
      (await fetch(`http://127.0.0.1:${port}/local/v1/embeddings`, { method: 'POST', headers, body: large }))
        .status,
    ).toBe(429);
    for (let i = 0; i < 30; i++)
      expect((await fetch(`http://127.0.0.1:${port}/weir/readyz`)).status).toBe(200);
  });
});

describe.skipIf(!hasSystemd)('the systemd unit (needs systemd-analyze: apt-get install systemd)', () => {
  it('is understood', () => {
    // The programs that it starts are there only where Weir is installed.
    const unit = read('contrib/weir.service').replaceAll('/usr/bin/node', process.execPath);
    const file = join(folder, 'weir.service');
    writeFileSync(file, unit);
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    const own = stderr.split('\n').filter(line => line.includes('weir.service'));
    expect([own, status === 0 || own.length === 0]).toEqual([[], true]);
  });

  it('leaves little to attack', () => {
    const { stdout, stderr, status } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=20', join(ROOT, 'contrib/weir.service')],
      { encoding: 'utf8' },
    );
    expect(status, stdout + stderr).toBe(0);
  });

  it('gives longer to drain than Weir takes', () => {
    const loaded = loadConfigText('', 'weir.yaml', {});
    const drainMs = loaded.ok ? loaded.config.timeouts.drainMs : 0;
    expect(Number(/TimeoutStopSec=(\d+)s/.exec(read('contrib/weir.service'))?.[1]) * 1000).toBeGreaterThan(
      drainMs + 10_000,
    );
  });
});

interface Instruction {
  readonly name: string;
  readonly rest: string;
}
const instructions = (text: string): Instruction[] =>
  text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'))
    .map(line => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

describe('the Dockerfile', () => {
  const all = instructions(read('Dockerfile'));
  const of = (name: string): string[] => all.filter(each => each.name === name).map(({ rest }) => rest);
  const copied = of('COPY').filter(rest => !rest.startsWith('--from'));

  it('stands on Node 24 and a glibc that its binary needs', () => {
    expect(of('FROM')).toEqual(['node:24-trixie-slim AS build', 'node:24-trixie-slim']);
    expect(existsSync(join(ROOT, 'node_modules/uWebSockets.js/uws_linux_x64_137.node'))).toBe(true);
  });

  it('copies what is there and what .dockerignore lets through', () => {
    const let_through = read('.dockerignore')
      .split('\n')
      .filter(line => line.startsWith('!'))
      .map(line => line.slice(1));
    const sources = copied.flatMap(rest => rest.split(' ').slice(0, -1));
    for (const source of sources) expect([existsSync(join(ROOT, source)), source]).toEqual([true, source]);
    expect([...let_through].sort()).toEqual([...new Set(sources)].sort());
  });

  it('runs without rights, tells its health, and drains', () => {
    expect([of('USER'), of('STOPSIGNAL'), of('VOLUME')]).toEqual([['node'], ['SIGTERM'], ['/data']]);
    expect(all.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      all.findIndex(({ name }) => name === 'ENTRYPOINT'),
    );
  });

  it('has all that Weir needs to start, and its health check tells the truth', async () => {
    const image = join(folder, 'weir');
    mkdirSync(image);
    for (const rest of of('COPY').slice(-7)) {
      const [from, to] = rest.replace('--from=build /weir/', '').split(' ');
      if (rest.startsWith('LICENSE')) continue;
      const source = join(ROOT, from ?? '');
      const target = to === './' ? join(image, from ?? '') : join(image, to ?? '');
      mkdirSync(dirname(target), { recursive: true });
      if (from === 'node_modules') symlinkSync(source, target);
      else cpSync(source, target, { recursive: true });
    }
    const [port, admin] = [await freePort(), await freePort()];
    const file = join(folder, 'weir.yaml');
    writeFileSync(
      file,
      `listen: 127.0.0.1:${port}\nadmin: { listen: "127.0.0.1:${admin}" }\ndata_dir: ${folder}/data\nanonymous: allow\nproviders: { openai: { base_url: "simulator:" } }\n`,
    );
    const health = (/CMD (\[.*\])$/.exec(of('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]').replaceAll(
      '8787',
      String(port),
    );
    const [, ...check] = JSON.parse(health) as string[];
    const isHealthy = (): boolean => spawnSync(process.execPath, check).status === 0;
    expect(isHealthy()).toBe(false);
    const child = spawn(process.execPath, [join(image, 'dist/cli/weir.js'), 'start', '--config', file], {
      cwd: image,
      stdio: 'ignore',
    });
    const exited = new Promise<number | null>(resolve => child.once('exit', resolve));
    onEnd(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    await until(() => isHealthy(), 'a healthy Weir');
    const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}',
    });
    expect(answer.status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${admin}/`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});
