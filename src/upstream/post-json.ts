// One report to a receiver that is no provider: posts JSON, and says what became of it.
import { request } from 'undici';

export interface Posted {
  readonly status: number;
  /** Seconds of Retry-After; null: none, or a date. */
  readonly retryAfter: number | null;
}

/** Redirects are not followed: headers are for this address alone. Errors: no connection, or no answer within `msMax`. */
export async function postJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  msMax: number,
): Promise<Posted> {
  const answer = await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(msMax),
  });
  await answer.body.dump();
  const { 'retry-after': after } = answer.headers;
  const seconds = typeof after === 'string' && /^\d{1,9}$/.test(after) ? Number(after) : null;
  return { status: answer.statusCode, retryAfter: seconds };
}
