// How a command asks a running Weir: address, token, one request, and a sentence for everything that can go wrong.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { scrub } from './terminal.js';

export interface AdminOptions {
  readonly admin: string;
  readonly token?: string;
}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

const DEFAULT_ADMIN = 'http://127.0.0.1:8788';
const ANSWER_MS_MAX = 15_000;

/** An answer that is no answer. `status` is null where none came. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

/** Adds --admin and --token, the same on every command that asks a running Weir. */
export function withAdminOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--admin <url>', 'address of the admin API').default(DEFAULT_ADMIN).argParser(adminUrl),
    )
    .addOption(new Option('--token <token>', 'admin.token of that Weir').env('WEIR_ADMIN_TOKEN'));
}

function adminUrl(text: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url))
    throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:8788.');
  return url.replace(/\/+$/, '');
}

/**
 * The JSON at a path of the admin API.
 * @throws AdminError with a sentence for the user
 */
export async function askAdmin(options: AdminOptions, path: string, signal?: AbortSignal): Promise<unknown> {
  const { text } = await ask(options, path, 'application/json', signal);
  return jsonOf(text, options);
}

/**
 * Changes something, and gives the JSON of the answer. `body`: sent as JSON; null: none.
 * @throws AdminError with a sentence for the user
 */
export async function tellAdmin(
  options: AdminOptions,
  method: 'POST' | 'DELETE',
  path: string,
  body: unknown,
): Promise<unknown> {
  const sent = body === null ? { method } : { method, body: JSON.stringify(body) };
  const { text } = await ask(options, path, 'application/json', undefined, sent);
  return jsonOf(text, options);
}

export interface Told {
  readonly text: string;
  readonly headers: Headers;
}

/**
 * What stands at a path of the admin API, in another form than JSON.
 * @throws AdminError with a sentence for the user
 */
export async function askAdminText(options: AdminOptions, path: string, accept: string): Promise<Told> {
  const told = await ask(options, path, accept);
  const type = told.headers.get('content-type')?.split(';', 1)[0];
  if (type !== accept) throw new AdminError(notWeir(options.admin), null);
  return told;
}

async function ask(
  options: AdminOptions,
  path: string,
  accept: string,
  signal?: AbortSignal,
  sent: { readonly method: string; readonly body?: string } = { method: 'GET' },
): Promise<Told> {
  const limits = [AbortSignal.timeout(ANSWER_MS_MAX), ...(signal === undefined ? [] : [signal])];
  const authorization = options.token ? { authorization: `Bearer ${options.token}` } : {};
  let response: Response;
  let text: string;
  try {
    response = await fetch(options.admin + path, {
      ...sent,
      headers: {
        accept,
        ...authorization,
        ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      redirect: 'error',
      signal: AbortSignal.any(limits),
    });
    text = await response.text();
  } catch (cause) {
    throw new AdminError(noAnswer(options.admin, cause), null, cause);
  }
  const { headers, status } = response;
  if (response.ok) return { text, headers };
  const message = messageOf(jsonOf(text, options));
  throw new AdminError(message ?? `${options.admin} answered ${status}`, status);
}

function jsonOf(text: string, { admin }: AdminOptions): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AdminError(notWeir(admin), null, cause);
  }
}

function notWeir(admin: string): string {
  return `${admin} does not answer as Weir's admin API; give its address with --admin`;
}

function noAnswer(admin: string, cause: unknown): string {
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return `${admin} did not answer within ${ANSWER_MS_MAX / 1000} s`;
  }
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code =
    typeof reason === 'object' && reason !== null && 'code' in reason ? ` (${String(reason.code)})` : '';
  return `no answer from ${admin}${code}; is Weir running there? --admin gives another address`;
}

function messageOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  return typeof error.message === 'string' ? error.message : null;
}

/** Prints the sentence and sets the exit code: 2 where the question was wrong, else 1. Bugs go on up. */
export function failWith(command: Command, error: unknown): void {
  if (!(error instanceof AdminError)) throw error;
  command.configureOutput().writeErr?.(`weir: ${scrub(error.message)}\n`);
  process.exitCode = error.status === 400 ? EXIT_USAGE : EXIT_FAILED;
}
