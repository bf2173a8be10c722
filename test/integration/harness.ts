// What the integration tests are written with: a real gateway process on free ports, scripted providers on real sockets,
// raw clients. Everything that is started is ended by `afterAll` of the file that started it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { RequestRecord } from '../../src/core/record.js';

const WEIR = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));

export interface RunningGateway {
  readonly url: string;
  readonly port: number;
  readonly adminUrl: string;
  readonly process: ChildProcess;
  readonly folder: string;
  /** Everything it printed so far. */
  output(): string;
  /** The settled record of an answer, by its x-weir-request-id. */
  record(answer: { readonly headers: http.IncomingHttpHeaders } | string): Promise<RequestRecord>;
  /** The newest settled record that fits. */
  newest(fits: (record: RequestRecord) => boolean): Promise<RequestRecord>;
  admin(path: string): Promise<unknown>;
  /** SIGTERM, then the exit code (or the signal's name). */
  stop(): Promise<number | string>;
}

/** Another test may take a port between its being found free and its use: then with others. */
export async function startGateway(
  yaml: string,
  args: readonly string[] = [],
  dataDir: string | null = null,
): Promise<RunningGateway> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(yaml, args, dataDir);
    } catch (error) {
      if (tries === 3 || !/the address is in use|takes the same address|EADDRINUSE/.test(String(error)))
        throw error;
    }
  }
}

/** Starts `weir start` with this YAML (listen, admin and data_dir are added, the latter a fresh one unless given); resolves when it is ready. */
async function startOnce(
  yaml: string,
  args: readonly string[],
  dataDir: string | null,
): Promise<RunningGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, 'weir.yaml');
  const common = `listen: 127.0.0.1:${port}\nadmin: { listen: "127.0.0.1:${adminPort}" }\ndata_dir: ${dataDir ?? `${folder}/data`}\n`;
  writeFileSync(file, common + yaml);
  const child = spawn(process.execPath, [WEIR, 'start', '--config', file, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', chunk => {
    output += String(chunk);
  });
  child.stderr.on('data', chunk => {
    output += String(chunk);
  });
  const exited = new Promise<number | string>(resolve => {
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const gateway: RunningGateway = {
    url: `http://127.0.0.1:${port}`,
    port,
    adminUrl,
    process: child,
    folder,
    output: () => output,
    admin: async path => (await fetch(adminUrl + path)).json(),
    record: async answer => {
      const id = typeof answer === 'string' ? answer : String(answer.headers['x-weir-request-id']);
      return await settled(async () => {
        const response = await fetch(`${adminUrl}/api/requests/${id}`);
        return response.ok ? ((await response.json()) as RequestRecord) : null;
      }, `record ${id}`);
    },
    newest: async fits =>
      await settled(async () => {
        const response = await fetch(`${adminUrl}/api/requests?limit=50`);
        const page = (await response.json()) as { items: RequestRecord[] };
        return page.items.find(fits) ?? null;
      }, 'a fitting record'),
    stop: async () => {
      child.kill('SIGTERM');
      return await exited;
    },
  };
  onEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`weir ended:\n${output}`);
    return await fetch(`${adminUrl}/readyz`).then(
      response => response.ok,
      () => false,
    );
  }, `a ready gateway:\n${output}`);
  return gateway;
}

async function settled(look: () => Promise<RequestRecord | null>, what: string): Promise<RequestRecord> {
  let found: RequestRecord | null = null;
  await until(async () => {
    found = await look();
    return found !== null && found.outcome !== 'running';
  }, what);
  if (found === null) throw new Error(`no ${what}`);
  return found;
}

/** Polls a condition that something outside decides; fails after half a minute. */
export async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`waited half a minute for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 15));
  }
}

export interface RunningProvider {
  readonly url: string;
  readonly port: number;
  /** Requests as they came, bodies whole. */
  readonly seen: SeenRequest[];
  readonly server: http.Server;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export type Answerer = (request: http.IncomingMessage, response: http.ServerResponse, body: Buffer) => void;

/** A provider that reads each request whole and answers as scripted. */
export async function startProvider(answer: Answerer): Promise<RunningProvider> {
  const seen: SeenRequest[] = [];
  return await startRawProvider((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk as Buffer));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', headers, rawHeaders } = request;
      seen.push({ method, url, headers, rawHeaders, body });
      answer(request, response, body);
    });
  }, seen);
}

/** A provider that sees requests before their bodies. */
export async function startRawProvider(
  handler: http.RequestListener,
  seen: SeenRequest[] = [],
): Promise<RunningProvider> {
  const server = http.createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, seen, server };
}

/** A provider below HTTP: gets the socket. */
export async function startSocketProvider(
  handler: (socket: net.Socket) => void,
): Promise<{ url: string; port: number }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    handler(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The connection broke before the answer was complete. */
  readonly broken: boolean;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly agent?: http.Agent;
}

/** One request by node:http, headers exactly as given. */
export function send(url: string, options: SendOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body, agent } = options;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = http.request(url, { method, headers: { ...length, ...headers }, agent });
    request.on('error', reject);
    request.on('response', response => {
      const chunks: Buffer[] = [];
      const done = (broken: boolean): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks),
          broken,
        });
      response.on('data', chunk => chunks.push(chunk as Buffer));
      response.on('end', () => done(false));
      response.on('error', () => done(true));
    });
    request.end(body);
  });
}

/** Sends raw bytes and resolves with everything that came back when the connection closes, or `quietMs` pass without a byte (`firstMs` for the first). */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  quietMs = 300,
  firstMs = 3000,
): Promise<{ text: string; closed: boolean }> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const finish = (closed: boolean): void => {
      socket.destroy();
      resolve({ text, closed });
    };
    let timer = setTimeout(() => finish(false), firstMs);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', chunk => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quietMs);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      finish(true);
    });
    socket.on('error', () => undefined);
  });
}

export const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] };

/** A chat request; `more` is merged into the body. */
export function chat(
  gateway: RunningGateway,
  more: object = {},
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  return send(`${gateway.url}/v1/chat/completions`, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...CHAT, ...more }),
  });
}

export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Runs after the file's tests, in reverse order. */
export function onEnd(work: () => Promise<void> | void): void {
  ends.push(work);
}
const ends: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const work of ends.splice(0).reverse()) await work();
});
