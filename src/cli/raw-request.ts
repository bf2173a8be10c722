// A raw HTTP/1.1 request as it stands in a file: from a capture, a test, or an editor (where lines end in LF).

export interface RawRequest {
  readonly method: string;
  /** As it stands, without the query. */
  readonly path: string;
  readonly query: string;
  readonly host: string | null;
  readonly headers: ReadonlyMap<string, string>;
  /** Without its transfer coding, with its content coding. */
  readonly body: Buffer;
}

/** Throws an Error that names what is wrong. */
export function parseRawRequest(bytes: Buffer): RawRequest {
  const { head, bodyAt } = splitHead(bytes);
  const lines = head.split(/\r?\n/);
  const [, method, target] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01]$/.exec(lines[0] ?? '') ?? [];
  if (method === undefined || target === undefined) {
    const found = JSON.stringify((lines[0] ?? '').slice(0, 80));
    throw new Error(`the first line is ${found}; a request begins like "POST /v1/messages HTTP/1.1"`);
  }
  const headers = readHeaders(lines.slice(1));
  const { host, path, query } = readTarget(target, headers.get('host') ?? null);
  return { method, path, query, host, headers, body: readBody(bytes.subarray(bodyAt), headers) };
}

function splitHead(bytes: Buffer): { head: string; bodyAt: number } {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf))
    return { head: bytes.toString('latin1', 0, crlf), bodyAt: crlf + 4 };
  if (lf >= 0) return { head: bytes.toString('latin1', 0, lf), bodyAt: lf + 2 };
  return { head: bytes.toString('latin1').trimEnd(), bodyAt: bytes.length };
}

function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  lines.forEach((line, index) => {
    if (line === '') return;
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`line ${index + 2} is not a header: ${JSON.stringify(line.slice(0, 80))}`);
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return headers;
}

/** Origin form, or the absolute form that proxies are sent. */
function readTarget(
  target: string,
  hostHeader: string | null,
): { host: string | null; path: string; query: string } {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [];
  const origin = authority === undefined ? target : rest || '/';
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 ? '' : origin.slice(mark + 1);
  return { host: authority ?? hostHeader, path, query };
}

function readBody(rest: Buffer, headers: ReadonlyMap<string, string>): Buffer {
  if (/\bchunked\s*$/i.test(headers.get('transfer-encoding') ?? '')) return unchunk(rest);
  const length = headers.get('content-length');
  return length !== undefined && /^\d+$/.test(length) ? rest.subarray(0, Number(length)) : rest;
}

function unchunk(rest: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\n', at);
    const size =
      lineEnd < 0 ? null : /^([0-9a-f]{1,8})\s*(;.*)?$/i.exec(rest.toString('latin1', at, lineEnd).trim());
    if (size === null)
      throw new Error(`the chunked body breaks at its byte ${at}: no chunk size stands there`);
    const bytes = Number.parseInt(size[1] ?? '0', 16);
    if (bytes === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(lineEnd + 1, lineEnd + 1 + bytes));
    at = lineEnd + 1 + bytes;
    if (rest[at] === 0x0d) at++;
    if (rest[at] === 0x0a) at++;
  }
}
