// Questions to the admin API. The token, where one is set, stands in this tab's session storage and in no address.

/** What the API answered with a problem; `status` 0: it did not answer. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const TOKEN = 'weir-admin-token';
/** Some proxies keep a dead connection open for minutes. */
const ANSWER_MS_MAX = 30_000;

export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
}

/** @throws ApiProblem; a DOMException named AbortError where `signal` ended it */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const late = AbortSignal.timeout(ANSWER_MS_MAX);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      headers: headers(),
      cache: 'no-store',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    body = await response.json();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiProblem(0, late.aborted ? 'it took over 30 s' : messageOf(error));
  }
  if (!response.ok) throw new ApiProblem(response.status, problemIn(body) ?? `status ${response.status}`);
  return body as T;
}

/** Null where this Weir has no such path. */
export async function askIfThere<T>(path: string): Promise<T | null> {
  try {
    return await ask<T>(path);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  }
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  const accept = { accept: 'application/json' };
  // As bytes of UTF-8: a header takes no other characters.
  return token === null ? accept : { ...accept, authorization: `Bearer ${utf8(token)}` };
}

function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function problemIn(body: unknown): string | null {
  const { error } = (body ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : null;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
