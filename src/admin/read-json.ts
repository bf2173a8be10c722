// The body of a request to the admin API: small JSON, said to be JSON. A page elsewhere cannot send that without the browser asking first, which
// is never answered: the second fence beside the Origin.
import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from './answer.js';

/** 64 names of models at their longest are a quarter of it. */
const BODY_BYTES_MAX = 64 * 1024;

/** @returns the parsed value, or the refusal */
export async function readJson(
  request: IncomingMessage,
): Promise<{ readonly value: unknown } | { readonly refusal: Answer }> {
  const { 'content-type': type = '', 'content-encoding': coding } = request.headers;
  if (!/^application\/json\s*(?:;|$)/i.test(type) || coding !== undefined) {
    const message = `the body is ${coding === undefined ? JSON.stringify(type) : `encoded as ${coding}`}; send plain JSON with content-type: application/json`;
    return { refusal: problem(415, 'weir_bad_request', message) };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      const message = `the body is larger than ${BODY_BYTES_MAX} bytes`;
      return { refusal: problem(413, 'weir_bad_request', message) };
    }
    chunks.push(chunk);
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch (cause) {
    return { refusal: problem(400, 'weir_bad_request', `the body is not JSON: ${(cause as Error).message}`) };
  }
}
