// The recorded traffic beside the repository (never in it): what each exchange was, as those who recorded it say.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

export const corpusPresent = existsSync(`${folder}INDEX.jsonl`);

export interface Recording {
  readonly id: string;
  readonly provider: string;
  /** The contract's `api`; null where the recording leaves it open. */
  readonly weir_api: string | null;
  readonly method: string;
  readonly url: string | null;
  readonly request_headers: Readonly<Record<string, string>> | null;
  readonly request_body_file: string | null;
  readonly request_model: string | null;
  readonly request_stream: boolean | null;
}

export function recordings(): Recording[] {
  if (!corpusPresent) return [];
  const lines = readFileSync(`${folder}INDEX.jsonl`, 'utf8').trim().split('\n');
  return lines.map(line => JSON.parse(line) as Recording);
}

export function requestBody(recording: Recording): Buffer | null {
  return recording.request_body_file === null
    ? null
    : readFileSync(`${folder}${recording.request_body_file}`);
}
