// Hot path: per response. The provider's head → what the client gets: hop-by-hop fields and framing go (RFC 9110 §7.6.1),
// with Weir's own credential also what names Weir's account or its limits (CONTRACT.md §2).

const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  // uWebSockets.js adds its own of each to every response.
  'date',
  'uwebsockets',
]);

const ACCOUNT: ReadonlySet<string> = new Set([
  'set-cookie',
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
]);

export interface ResponseHeaders {
  /** Flat list for the client. */
  readonly forward: string[];
  /** -1 where there is none. */
  readonly contentLength: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Token counts that some Bedrock models report in the head only. */
  readonly bedrockInputTokens: number | null;
  readonly bedrockOutputTokens: number | null;
}

/** uWebSockets.js closes a connection that is idle for 9.9 s: clients that are told reuse it a little shorter. */
const KEEP_ALIVE = 'timeout=8';

const NOT_ASCII = /[\u0080-\uffff]/;

/**
 * `raw` is undici's flat list of buffers. `hideAccount`: the request carried Weir's own credential;
 * `hideLimits`: so it did, and `expose_provider_limits` is off; `cors`: Weir answers for the origin itself.
 */
export function readResponseHeaders(
  raw: readonly Buffer[],
  requestId: string,
  hideAccount: boolean,
  hideLimits: boolean,
  cors: boolean,
): ResponseHeaders {
  const forward: string[] = ['x-weir-request-id', requestId, 'keep-alive', KEEP_ALIVE];
  let contentLength = -1;
  let contentType = '';
  let contentEncoding = '';
  let bedrockInputTokens: number | null = null;
  let bedrockOutputTokens: number | null = null;
  let connection = '';
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i]).toLowerCase();
    const value = text(raw[i + 1]);
    if (DROPPED.has(name)) {
      if (name === 'content-length') contentLength = Number(value);
      else if (name === 'connection') connection = value.toLowerCase();
      continue;
    }
    if (name === 'content-type') contentType = value;
    else if (name === 'content-encoding') contentEncoding = value.toLowerCase();
    else if (name === 'x-amzn-bedrock-input-token-count') bedrockInputTokens = count(value);
    else if (name === 'x-amzn-bedrock-output-token-count') bedrockOutputTokens = count(value);
    else if (name.startsWith('x-weir-')) continue;
    else if (hideAccount && ACCOUNT.has(name)) continue;
    else if (hideLimits && isProviderLimit(name)) continue;
    else if (cors && name.startsWith('access-control-')) continue;
    forward.push(name, value);
  }
  if (connection !== '' && connection !== 'keep-alive' && connection !== 'close') {
    dropNamed(forward, connection);
  }
  if (!Number.isSafeInteger(contentLength)) contentLength = -1;
  return { forward, contentLength, contentType, contentEncoding, bedrockInputTokens, bedrockOutputTokens };
}

function text(buffer: Buffer | undefined): string {
  if (buffer === undefined) return '';
  const latin = buffer.toString('latin1');
  // uWebSockets.js writes strings as UTF-8.
  return NOT_ASCII.test(latin) ? buffer.toString('utf8') : latin;
}

function isProviderLimit(name: string): boolean {
  return (
    name.startsWith('x-ratelimit-') || name.startsWith('anthropic-ratelimit-') || name.startsWith('ratelimit')
  );
}

function count(value: string): number | null {
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function dropNamed(forward: string[], connection: string): void {
  const named = new Set(connection.split(',').map(name => name.trim()));
  for (let i = forward.length - 2; i >= 0; i -= 2) {
    const name = forward[i] ?? '';
    if (named.has(name) && name !== 'content-type') forward.splice(i, 2);
  }
}
