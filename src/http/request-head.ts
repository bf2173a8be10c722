// Hot path: per request. One pass over a request's head: what Weir looks at goes into fields, what may travel on
// goes into `forward` (flat name, value, name, value … as undici takes it), the rest is dropped here.
// Dropped: hop-by-hop fields (RFC 9110 §7.6.1), framing, `host`, `expect`, credentials (a stage puts one back), Weir's own.
import type { HttpRequest } from 'uWebSockets.js';

const UPPER: ReadonlyMap<string, string> = new Map(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map(method => [method.toLowerCase(), method]),
);

/** In three groups, told apart by order: framing, kept, own. */
const enum Field {
  Forward = 0,
  Drop,
  Host,
  ContentLength,
  TransferEncoding,
  Connection,
  Upgrade,
  ContentType,
  ContentEncoding,
  UserAgent,
  TraceParent,
  Origin,
  AcceptEncoding,
  Authorization,
  XApiKey,
  ApiKey,
  XGoogApiKey,
  XWeirKey,
  ForwardedFor,
  Simulator,
}

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['host', Field.Host],
  ['content-length', Field.ContentLength],
  ['transfer-encoding', Field.TransferEncoding],
  ['connection', Field.Connection],
  ['upgrade', Field.Upgrade],
  ['content-type', Field.ContentType],
  ['content-encoding', Field.ContentEncoding],
  ['accept-encoding', Field.AcceptEncoding],
  ['authorization', Field.Authorization],
  ['x-api-key', Field.XApiKey],
  ['api-key', Field.ApiKey],
  ['x-goog-api-key', Field.XGoogApiKey],
  ['x-weir-key', Field.XWeirKey],
  ['user-agent', Field.UserAgent],
  ['x-forwarded-for', Field.ForwardedFor],
  ['traceparent', Field.TraceParent],
  ['origin', Field.Origin],
  ['x-weir-sim', Field.Simulator],
  ['keep-alive', Field.Drop],
  ['proxy-connection', Field.Drop],
  ['proxy-authorization', Field.Drop],
  ['te', Field.Drop],
  ['trailer', Field.Drop],
  ['expect', Field.Drop],
]);

/** A caller's own words for a request (CONTRACT.md §3, `tags`): a few short ones. */
const TAG = 'x-weir-tag-';
const TAGS_MAX = 32;
const TAG_CHARS_MAX = 256;

export class RequestHead {
  readonly method: string;
  /** As it came, without the query; one character an octet (latin1), so that it travels on octet for octet. */
  readonly path: string;
  /** Without the `?`; null where there was none. */
  readonly query: string | null;
  /** Flat list of the fields that travel on; names in lower case. */
  readonly forward: string[] = [];
  host = '';
  /** `-1` where there is none. */
  contentLength = -1;
  chunked = false;
  /** Names that `Connection` lists, lower case; null for the usual none. */
  connectionNames: string | null = null;
  upgrade = false;
  contentType = '';
  contentEncoding = '';
  acceptEncoding = '';
  authorization = '';
  xApiKey = '';
  apiKey = '';
  xGoogApiKey = '';
  xWeirKey = '';
  userAgent = '';
  forwardedFor = '';
  origin = '';
  /** W3C Trace Context. */
  traceParent = '';
  simulator = '';
  /** `x-weir-tag-<name>`: name, value, name, value …; null for the usual none. */
  tags: string[] | null = null;
  /** A sentence on what is wrong with the framing, or null. */
  framingProblem: string | null = null;

  constructor(request: HttpRequest) {
    const method = request.getMethod();
    this.method = UPPER.get(method) ?? method.toUpperCase();
    const url = request.getUrl();
    if (url.includes('\ufffd')) this.framingProblem = 'the path holds octets that are not UTF-8';
    this.path = octets(url);
    const query = request.getQuery() as string | undefined;
    this.query = query === undefined ? null : octets(query);
    current = this;
    request.forEach(collect);
    if (this.connectionNames !== null) this.#dropConnectionNames(this.connectionNames);
  }

  /** A forwarded field's value (the first of duplicates), or null. */
  header(name: string): string | null {
    const list = this.forward;
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1] ?? null;
    return null;
  }

  #dropConnectionNames(names: string): void {
    const listed = new Set(
      names
        .toLowerCase()
        .split(',')
        .map(name => name.trim()),
    );
    for (let i = this.forward.length - 2; i >= 0; i -= 2) {
      if (listed.has(this.forward[i] ?? '')) this.forward.splice(i, 2);
    }
  }

  take(name: string, value: string): void {
    const field = FIELDS.get(name) ?? Field.Forward;
    if (field === Field.Forward) {
      if (name.startsWith('x-weir-')) {
        if (name.startsWith(TAG)) this.#takeTag(name.slice(TAG.length), value);
        return;
      }
      this.forward.push(name, NOT_ASCII.test(value) ? octets(value) : value);
      return;
    }
    this.#special(field, name, value);
  }

  #special(field: Field, name: string, value: string): void {
    if (field <= Field.Upgrade) this.#takeFraming(field, value);
    else if (field <= Field.Origin) {
      this.#takeKept(field, value);
      this.forward.push(name, NOT_ASCII.test(value) ? octets(value) : value);
    } else this.#takeOwn(field, value);
  }

  #takeTag(name: string, value: string): void {
    this.tags ??= [];
    if (this.tags.length < TAGS_MAX * 2 && value.length <= TAG_CHARS_MAX) this.tags.push(name, value);
  }

  /** What says where the request is for and where its body ends. */
  #takeFraming(field: Field, value: string): void {
    switch (field) {
      case Field.Host:
        this.host = value;
        break;
      case Field.ContentLength:
        this.#takeContentLength(value);
        break;
      case Field.TransferEncoding:
        if (value.toLowerCase() !== 'chunked' || this.chunked) {
          this.framingProblem = `transfer-encoding is ${quote(value)}; only a single "chunked" is accepted`;
        }
        this.chunked = true;
        break;
      case Field.Connection:
        if (!isPlainConnection(value)) {
          this.connectionNames = this.connectionNames === null ? value : `${this.connectionNames},${value}`;
        }
        break;
      case Field.Upgrade:
        this.upgrade = true;
        break;
      default:
        break;
    }
  }

  /** What Weir looks at and the provider gets too. */
  #takeKept(field: Field, value: string): void {
    switch (field) {
      case Field.ContentType:
        this.contentType = value;
        break;
      case Field.ContentEncoding:
        this.contentEncoding = value;
        break;
      case Field.UserAgent:
        this.userAgent = value;
        break;
      case Field.TraceParent:
        this.traceParent = value;
        break;
      case Field.Origin:
        this.origin = value;
        break;
      default:
        break;
    }
  }

  /** What ends here, or is put back by a stage. */
  #takeOwn(field: Field, value: string): void {
    switch (field) {
      case Field.AcceptEncoding:
        this.acceptEncoding = value;
        break;
      case Field.Authorization:
        this.authorization = value;
        break;
      case Field.XApiKey:
        this.xApiKey = value;
        break;
      case Field.ApiKey:
        this.apiKey = value;
        break;
      case Field.XGoogApiKey:
        this.xGoogApiKey = value;
        break;
      case Field.XWeirKey:
        this.xWeirKey = value;
        break;
      case Field.ForwardedFor:
        this.forwardedFor = this.forwardedFor === '' ? value : `${this.forwardedFor}, ${value}`;
        break;
      case Field.Simulator:
        this.simulator = value;
        break;
      default:
        break;
    }
  }

  #takeContentLength(value: string): void {
    const length = DIGITS.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(length)) {
      this.framingProblem = `content-length is ${quote(value)}; must be a whole number of bytes`;
    } else if (this.contentLength >= 0 && this.contentLength !== length) {
      this.framingProblem = `two content-length fields differ: ${this.contentLength} and ${length}`;
    }
    this.contentLength = length;
  }
}

const DIGITS = /^[0-9]{1,16}$/;
const NOT_ASCII = /[\u0080-\uffff]/;

// uWebSockets.js calls back synchronously; one function for all requests saves a closure per request.
let current: RequestHead;
function collect(name: string, value: string): void {
  current.take(name, value);
}

/** uWebSockets.js decodes what it hands over as UTF-8; undici writes latin1: turn one into the other where they differ. */
function octets(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

function isPlainConnection(value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive';
}

/** Shown to the caller: at most 64 characters of what he sent. */
function quote(value: string): string {
  return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
}
