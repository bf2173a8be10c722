// The answers of the recorded traffic: bodies and what their recorders say of usage.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { corpusPresent, type Recording, recordings } from './recordings.js';

export interface ExpectedUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

export interface RecordedAnswer extends Recording {
  readonly status: number | null;
  readonly model: string | null;
  readonly response_content_type: string | null;
  readonly response_headers: Readonly<Record<string, string>> | null;
  readonly response_body_file: string;
  readonly streaming: boolean;
  readonly expected: ExpectedUsage;
  /** Other defensible readings, by name. */
  readonly expected_alt: Readonly<Record<string, ExpectedUsage>> | null;
  readonly error: boolean;
}

export { corpusPresent };

const folder = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

export function answers(): RecordedAnswer[] {
  return (recordings() as RecordedAnswer[]).filter(answer => answer.response_body_file);
}

export function responseBody(answer: RecordedAnswer): Buffer {
  return readFileSync(`${folder}${answer.response_body_file}`);
}
