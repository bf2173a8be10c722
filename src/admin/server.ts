// The admin side's HTTP server, on the main thread, away from the data plane: few requests, so node:http's own parser,
// and everything a stranger could send is bounded (head, body, connections, time).
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, problem, send } from './answer.js';
import { isLoopback, makeGuard } from './guard.js';
import { isKeysPath, keysRoute } from './key-routes.js';
import { route } from './routes.js';
import type { AdminSource } from './source.js';

export interface AdminOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly token: string | null;
  readonly source: AdminSource;
}

export interface RunningAdmin {
  readonly url: string;
  readonly port: number;
  /** Stops listening, lets running answers end for at most ANSWER_GRACE_MS, then closes every connection. */
  close(): Promise<void>;
}

/** A query of all filters at their longest is under 4 KiB. */
const HEAD_BYTES_MAX = 16 * 1024;
/** A few browsers, a scraper, some commands. */
const CONNECTIONS_MAX = 128;
const REQUEST_MS_MAX = 10_000;
const ANSWER_GRACE_MS = 2000;

/** @throws Error where a token is missing, or the address cannot be listened on (the message names it) */
export async function startAdmin({ listen, token, source }: AdminOptions): Promise<RunningAdmin> {
  if (token === '' || (token === null && !isLoopback(listen.host))) {
    throw new Error(
      `admin.listen is ${listen.host}, which others can reach; set admin.token, or listen on 127.0.0.1`,
    );
  }
  const server = createServer({
    maxHeaderSize: HEAD_BYTES_MAX,
    headersTimeout: REQUEST_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listenOn(server, listen);
  server.on('request', listener(source, makeGuard({ host: listen.host, port, token })));
  const host = listen.host.includes(':') ? `[${listen.host.replace(/[[\]]/g, '')}]` : listen.host;
  return { url: `http://${host}:${port}`, port, close: () => closeServer(server) };
}

function listenOn(server: Server, { host, port }: AdminOptions['listen']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      reject(new Error(`cannot listen on ${host}:${port} for the admin API: ${cause.message}`, { cause }));
    });
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listener(source: AdminSource, guard: ReturnType<typeof makeGuard>): RequestListener {
  return (request, response) => {
    void answerTo(request, source, guard).then(answer => {
      // A body may not have been read to its end: the connection ends with the answer.
      return send(request, response, answer, hasBody(request));
    });
  };
}

async function answerTo(
  request: IncomingMessage,
  source: AdminSource,
  guard: ReturnType<typeof makeGuard>,
): Promise<Answer> {
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://admin'))
    return problem(400, 'weir_bad_request', 'the target is not a path');
  const url = new URL(target, 'http://admin');
  const refusal = guard(request, url.pathname);
  if (refusal !== null) return refusal;
  const forKeys = isKeysPath(url.pathname);
  if (!forKeys && request.method !== 'GET' && request.method !== 'HEAD') {
    return problem(405, 'weir_method_not_allowed', `${request.method} is not answered; use GET`, {
      allow: 'GET, HEAD',
    });
  }
  try {
    if (forKeys) return await keysRoute(request, url, source.keys);
    return await route(source, url.pathname, url.searchParams, request.headers.accept ?? '');
  } catch (error) {
    // The reader is the operator: he may know what broke.
    return problem(500, 'weir_internal', error instanceof Error ? error.message : String(error));
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    // `close` ends idle connections itself; those with an answer under way get their time.
    const late = setTimeout(() => server.closeAllConnections(), ANSWER_GRACE_MS);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
  });
}
