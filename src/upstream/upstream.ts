// One configured provider as something that can be called: its origin, its base path and its connection pool.
// One pool a provider, thread and configuration; TCP_NODELAY is undici's default for every socket.
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { UpstreamCall } from './call.js';

export interface UpstreamOptions {
  /** `http://host:port/base`, without a trailing slash. */
  readonly baseUrl: string;
  readonly proxy: string | null;
  readonly connectMs: number;
}

/** A provider's response head may be this long; undici's default of 16 KiB is too small for some gateways' cookies. */
const RESPONSE_HEAD_BYTES_MAX = 64 * 1024;
/** Below the idle limits of the providers' load balancers (60 s and more); a server's own Keep-Alive hint counts first, less 2 s. */
const KEEP_ALIVE_MS = 20_000;

export class Upstream {
  readonly origin: string;
  /** Host header: host, with the port where it is not the scheme's own. */
  readonly host: string;
  readonly basePath: string;
  readonly #dispatcher: Dispatcher;

  constructor(options: UpstreamOptions) {
    const url = new URL(options.baseUrl);
    this.origin = url.origin;
    this.host = url.host;
    this.basePath = url.pathname === '/' ? '' : url.pathname.replace(/\/+$/, '');
    const common = {
      pipelining: 1,
      // The data plane looks after these itself (flow.ts): undici would make two timers a request.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: RESPONSE_HEAD_BYTES_MAX,
      connect: { timeout: options.connectMs },
    };
    this.#dispatcher =
      options.proxy === null
        ? new Pool(url.origin, common)
        : new ProxyAgent({ ...common, uri: options.proxy });
  }

  /** Starts a call; everything that happens is told to its sink. */
  dispatch(
    call: UpstreamCall,
    method: string,
    path: string,
    headers: string[],
    body: Dispatcher.DispatchOptions['body'],
  ): void {
    this.#dispatcher.dispatch(
      { origin: this.origin, path, method: method as Dispatcher.HttpMethod, headers, body: body ?? null },
      call,
    );
  }

  /** Lets running calls end and closes the connections. */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** Cuts every connection. */
  destroy(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}
