// Recorded traffic as cases: a folder with INDEX.jsonl, one exchange a line, its bodies in files beside it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PluginCase, plainCase } from './plugin-case.js';

/** Of a line; what a recording does not say is null. */
interface Recording {
  readonly id: string;
  readonly method: string | null;
  readonly url: string | null;
  readonly request_headers: Readonly<Record<string, string>> | null;
  readonly request_body_file: string | null;
  readonly status: number | null;
  readonly response_content_type: string | null;
  readonly response_body_file: string | null;
}

/** Those that have a request. Throws an Error where the folder is no corpus. */
export function corpusCases(folder: string): PluginCase[] {
  const index = join(folder, 'INDEX.jsonl');
  if (!existsSync(index)) throw new Error(`${folder} is no corpus: it has no INDEX.jsonl`);
  const lines = readFileSync(index, 'utf8').split('\n');
  return lines.flatMap((line, i) =>
    line.trim() === '' ? [] : caseOf(read(line, `${index}:${i + 1}`), folder),
  );
}

function read(line: string, place: string): Recording {
  try {
    return JSON.parse(line) as Recording;
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function caseOf(recording: Recording, folder: string): PluginCase[] {
  const { id, method, url, request_headers, request_body_file } = recording;
  if (url === null || !URL.canParse(url)) return [];
  const { host, pathname, search } = new URL(url);
  const headers = new Map(
    Object.entries(request_headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  // Bodies are stored decoded.
  headers.delete('content-encoding');
  const body = request_body_file === null ? Buffer.alloc(0) : readFileSync(join(folder, request_body_file));
  const request = { method: method ?? 'POST', path: pathname, query: search.slice(1), host, headers, body };
  return [{ ...plainCase(id, join(folder, 'INDEX.jsonl')), request, answer: answerOf(recording, folder) }];
}

function answerOf(
  { status, response_content_type, response_body_file }: Recording,
  folder: string,
): PluginCase['answer'] {
  if (status === null || response_body_file === null) return null;
  const headers = new Map([['content-type', response_content_type ?? 'application/json']]);
  return { status, headers, body: readFileSync(join(folder, response_body_file)) };
}
