// `weir identify [FILE]`: what Weir would say of a raw request, with its evidence. Nothing is sent anywhere.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Evidence, Identification } from '../core/api.js';
import type { BodyFacts } from '../core/body-facts.js';
import { ClassifyKernel } from '../kernel/classify.js';
import { aiRecord } from '../ledger/to-record.js';
import { decodeBody } from '../pipeline/decode-body.js';
import { identify } from '../pipeline/identification.js';
import { hostParts, isOwnNetwork } from '../provider/hosts.js';
import { type HeadFacts, identifyHead, type RequestHead } from '../provider/identify-head.js';
import { BUILT_IN_NAMES } from '../provider/table.js';
import { parseRawRequest, type RawRequest } from './raw-request.js';
import { jsonText, scrub } from './terminal.js';

/** A file on a developer's machine may be larger than what the gateway takes; a compressed one may grow to this. */
const DECODED_BYTES_MAX = 256 * 1024 * 1024;

export function registerIdentify(program: Command): void {
  program
    .command('identify')
    .description('say what a raw HTTP/1.1 request is, and how that is known')
    .argument('[file]', 'the request, head and body; standard input where it is missing or "-"', '-')
    .option('--json', "print the record's ai object")
    .action((file: string, options: { readonly json?: boolean }, command: Command) => {
      try {
        const request = parseRawRequest(readFileSync(file === '-' ? 0 : file));
        const { ai, remark } = identifyRaw(request);
        const text = options.json === true ? `${jsonText(aiRecord(ai), 2)}\n` : report(request, ai, remark);
        command.configureOutput().writeOut?.(text);
      } catch (error) {
        const from = file === '-' ? 'standard input' : file;
        const reason = error instanceof Error ? error.message : String(error);
        command.configureOutput().writeErr?.(`weir identify: ${scrub(`${from}: ${reason}`)}\n`);
        process.exitCode = 1;
      }
    });
}

interface Answer {
  /** What the head alone says. */
  readonly head: HeadFacts;
  readonly ai: Identification;
  /** Why the body told nothing, or null. */
  readonly remark: string | null;
  /** The body with its content coding undone; null where there is none, or it could not be undone. */
  readonly body: Buffer | null;
  readonly facts: BodyFacts | null;
}

export function identifyRaw(request: RawRequest): Answer {
  const head = headOf(request);
  if (request.body.length === 0)
    return { head, ai: identify(head, null), remark: null, body: null, facts: null };
  const encoding = request.headers.get('content-encoding') ?? '';
  const body = decodeBody(request.body, encoding, DECODED_BYTES_MAX);
  if (body === null) {
    return {
      head,
      ai: identify(head, null),
      remark: `the body's content-encoding ${encoding} could not be undone`,
      body: null,
      facts: null,
    };
  }
  const facts = bodyFacts(body, request.headers.get('content-type') ?? '');
  const remark = facts.form === 'invalid' ? 'the body is neither a whole JSON object nor a whole form' : null;
  return { head, ai: identify(head, facts), remark, body, facts };
}

let kernel: ClassifyKernel | null = null;

function bodyFacts(body: Buffer, contentType: string): BodyFacts {
  kernel ??= ClassifyKernel.load();
  const [, quoted, plain] = /^multipart\/.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return kernel.scanWhole(body);
  const scan = kernel.open('multipart', boundary);
  scan.push(body);
  return scan.finish();
}

/** A request to a Weir of one's own may carry a provider's name before the native path. */
export function headOf(request: RawRequest): HeadFacts {
  const { method, host, query, headers } = request;
  const header = (name: string): string | null => headers.get(name) ?? null;
  const native: RequestHead = { method, host, provider: null, kind: null, path: request.path, query, header };
  const [, first, rest] = /^\/+([^/]+)(\/.+)$/.exec(request.path) ?? [];
  if (first === undefined || rest === undefined || !BUILT_IN_NAMES.includes(first))
    return identifyHead(native);
  if (host !== null && !isOwnNetwork(hostParts(host).name)) return identifyHead(native);
  if (first === 'openai' && rest.startsWith('/deployments/')) return identifyHead(native);
  const facts = identifyHead({ ...native, provider: first, kind: first, path: rest });
  const named: Evidence = { field: 'provider', from: 'path', value: request.path };
  return { ...facts, evidence: [named, ...facts.evidence.filter(({ field }) => field !== 'provider')] };
}

function report(request: RawRequest, ai: Identification, remark: string | null): string {
  const what = `${request.method} ${request.path}`;
  const lines = [
    ai.isAi ? `${what} is AI traffic.` : `${what} is not AI traffic: neither host nor path is known for it.`,
  ];
  if (ai.isAi) {
    const record: Record<string, unknown> = { ...aiRecord(ai) };
    for (const field of FIELDS) lines.push(fieldLine(field, record[field], ai.evidence));
  }
  if (remark !== null) lines.push(`Note: ${remark}, so nothing is known of its fields.`);
  return lines.map(line => `${scrub(line)}\n`).join('');
}

const FIELDS = [
  'provider',
  'api',
  'model',
  'stream',
  'max_output_tokens',
  'messages',
  'tools',
  'modalities',
] as const;

function fieldLine(field: string, value: unknown, evidence: readonly Evidence[]): string {
  const shown =
    value === null || (Array.isArray(value) && value.length === 0)
      ? 'unknown'
      : Array.isArray(value)
        ? value.join(', ')
        : String(value);
  const sources = evidence
    .filter(one => one.field === field)
    .map(({ from, value: seen }) => (seen === shown ? from : `${from}: ${seen}`));
  const said = sources.length === 0 ? '' : `(${sources.join('; ')})`;
  return `  ${field.replaceAll('_', ' ').padEnd(18)} ${shown.padEnd(24)} ${said}`.trimEnd();
}
