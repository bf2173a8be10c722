// A case of `weir plugin test`: a request, the answer to it, and what is expected of the policy. From a JSON file of cases, from a raw
// HTTP/1.1 request, or from a corpus of recorded traffic.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { parseRawRequest, type RawRequest } from './raw-request.js';

const texts = z.record(z.string(), z.string());

const expectation = z.strictObject({
  /** Of the last hook that decided anything. */
  verdict: z.enum(['go_on', 'deny', 'failed']).optional(),
  /** Which hook that was. */
  hook: z.enum(['on_request', 'on_response', 'on_event', 'on_end']).optional(),
  status: z.number().optional(),
  code: z.string().optional(),
  /** A part of the denial's message, or of the failure's sentence. */
  message: z.string().optional(),
  failure: z.string().optional(),
  /** These at least. */
  evidence: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  tags: texts.optional(),
  /** Of the request as it goes on; null: removed. */
  headers: z.record(z.string(), z.string().nullable()).optional(),
  model: z.string().optional(),
  target: z.string().optional(),
  /** Texts by index, of the request as it goes on. */
  messages: z.record(z.string(), z.string()).optional(),
  /** What the client is sent, bytes as they are. */
  answer_has: z.array(z.string()).optional(),
  answer_lacks: z.array(z.string()).optional(),
  /** Lines of the log hold these. */
  log: z.array(z.string()).optional(),
  /** Over all hooks. */
  fuel_max: z.number().optional(),
});

const written = z.strictObject({
  name: z.string().optional(),
  /** Words of `plugin:` in weir.yaml, without `file`. */
  plugin: z.record(z.string(), z.unknown()).optional(),
  consumer: z
    .strictObject({ name: z.string(), key: z.string().optional(), tags: texts.optional() })
    .optional(),
  /** Tags of this request. */
  tags: texts.optional(),
  /** What `set_target` may take. */
  targets: z.array(z.string()).optional(),
  client_ip: z.string().optional(),
  request: z.strictObject({
    method: z.string().optional(),
    path: z.string(),
    headers: texts.optional(),
    /** JSON, or text as it is sent. */
    body: z.unknown().optional(),
  }),
  answer: z
    .strictObject({
      status: z.number().optional(),
      headers: texts.optional(),
      /** JSON, or text as it is sent. */
      body: z.unknown().optional(),
      /** The same from a file, relative to this one. */
      file: z.string().optional(),
    })
    .optional(),
  /** Sent so often; what is expected is expected of the last. */
  repeat: z.number().int().min(1).max(100_000).optional(),
  expect: expectation.optional(),
});

export type Expectation = z.output<typeof expectation>;

export interface CaseAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface PluginCase {
  readonly name: string;
  /** Folder that its files are relative to. */
  readonly folder: string;
  readonly plugin: Readonly<Record<string, unknown>>;
  readonly request: RawRequest;
  readonly answer: CaseAnswer | null;
  readonly consumer: {
    readonly name: string;
    readonly key: string | null;
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly tags: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
  readonly clientIp: string;
  readonly repeat: number;
  readonly expect: Expectation | null;
}

/** Files and folders of cases, in order of their names. Throws an Error that names file and place. */
export function readCases(paths: readonly string[]): PluginCase[] {
  return paths.flatMap(path => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new Error(`${path} does not exist`);
    if (!stat.isDirectory()) return readCaseFile(path);
    const names = readdirSync(path).sort();
    return names.filter(isCaseFile).flatMap(name => readCaseFile(join(path, name)));
  });
}

const isCaseFile = (name: string): boolean => ['.json', '.http', '.txt'].includes(extname(name));

function readCaseFile(file: string): PluginCase[] {
  const bytes = readFileSync(file);
  if (extname(file) !== '.json') return [rawCase(file, bytes)];
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const list = Array.isArray(value) ? value : [value];
  return list.map((one, i) => caseOf(one, file, Array.isArray(value) ? `[${i}]` : ''));
}

function rawCase(file: string, bytes: Buffer): PluginCase {
  try {
    return { ...plainCase(file, file), request: parseRawRequest(bytes) };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A case that says nothing of its own. */
export function plainCase(name: string, file: string): Omit<PluginCase, 'request'> {
  return {
    name,
    folder: dirname(file),
    plugin: {},
    answer: null,
    consumer: { name: 'anonymous', key: null, tags: {} },
    tags: {},
    targets: [],
    clientIp: '127.0.0.1',
    repeat: 1,
    expect: null,
  };
}

function caseOf(value: unknown, file: string, place: string): PluginCase {
  const parsed = written.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path
      .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    throw new Error(`${file}${place}: ${path?.replace(/^\./, '') || 'the case'}: ${issue?.message ?? ''}`);
  }
  const { name, plugin, consumer, tags, targets, client_ip, request, answer, repeat, expect } = parsed.data;
  return {
    ...plainCase(name ?? `${file}${place}`, file),
    plugin: plugin ?? {},
    request: requestOf(request),
    answer: answer === undefined ? null : answerOf(answer, dirname(file)),
    consumer: { name: consumer?.name ?? 'anonymous', key: consumer?.key ?? null, tags: consumer?.tags ?? {} },
    tags: tags ?? {},
    targets: targets ?? [],
    clientIp: client_ip ?? '127.0.0.1',
    repeat: repeat ?? 1,
    expect: expect ?? null,
  };
}

function requestOf({ method, path, headers, body }: z.output<typeof written>['request']): RawRequest {
  const bytes = bytesOf(body);
  const mark = path.indexOf('?');
  const all = lowerCase(headers ?? {});
  if (bytes.length > 0 && !all.has('content-type')) all.set('content-type', 'application/json');
  return {
    method: method ?? (bytes.length > 0 ? 'POST' : 'GET'),
    path: mark < 0 ? path : path.slice(0, mark),
    query: mark < 0 ? '' : path.slice(mark + 1),
    host: all.get('host') ?? null,
    headers: all,
    body: bytes,
  };
}

function answerOf(
  { status, headers, body, file }: NonNullable<z.output<typeof written>['answer']>,
  folder: string,
): CaseAnswer {
  const bytes = file === undefined ? bytesOf(body) : readFileSync(join(folder, file));
  const all = lowerCase(headers ?? {});
  if (!all.has('content-type')) all.set('content-type', contentTypeOf(bytes));
  return { status: status ?? 200, headers: all, body: bytes };
}

/** SSE begins with a field; anything else is taken for JSON. */
function contentTypeOf(bytes: Buffer): string {
  return /^\s*(?:data|event|id|:)/.test(bytes.toString('latin1', 0, 64))
    ? 'text/event-stream'
    : 'application/json';
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function lowerCase(headers: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
