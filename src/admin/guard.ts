// Who may ask the admin side: the token, and on loopback the Host (a page elsewhere may point its own name at 127.0.0.1:
// DNS rebinding), and everywhere the Origin (a page elsewhere may ask from the operator's browser).
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type Answer, problem } from './answer.js';
import { PAGE_PREFIX, pageFile } from './page-files.js';

export interface GuardOptions {
  /** As configured; decides whether it is loopback. */
  readonly host: string;
  /** The port that is really listened on. */
  readonly port: number;
  readonly token: string | null;
}

/** 127.0.0.0/8, ::1 and localhost: what only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** @returns the refusal, or null where the request may be answered */
export function makeGuard(options: GuardOptions): (request: IncomingMessage, path: string) => Answer | null {
  const hosts = isLoopback(options.host) ? ownHosts(options.host, options.port) : null;
  const tokenHash = options.token === null ? null : sha256(options.token);
  return (request, path) =>
    foreignHost(request, hosts) ??
    foreignOrigin(request) ??
    (tokenHash === null || isOpen(path) ? null : wrongToken(request, path, tokenHash));
}

/** Probes have no token and learn nothing but whether Weir runs. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** The page's program and style are the same for every Weir and tell nothing of this one. */
function isOpen(path: string): boolean {
  return OPEN_PATHS.has(path) || path.startsWith(PAGE_PREFIX);
}

function ownHosts(host: string, port: number): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '[::1]', isIP(host) === 6 ? `[${host}]` : host.toLowerCase()];
  return new Set(names.flatMap(name => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

function foreignHost(request: IncomingMessage, hosts: ReadonlySet<string> | null): Answer | null {
  const host = request.headers.host?.toLowerCase() ?? '';
  if (hosts === null || hosts.has(host)) return null;
  return problem(403, 'weir_foreign_host', `this address answers only to the Host ${[...hosts].join(', ')}`);
}

/** Scheme left aside: behind a proxy that ends TLS the page is https and this server is not. */
function foreignOrigin(request: IncomingMessage): Answer | null {
  const { origin, host } = request.headers;
  if (origin === undefined || origin.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase())
    return null;
  return problem(403, 'weir_foreign_origin', 'pages of other origins may not ask the admin API');
}

function wrongToken(request: IncomingMessage, path: string, expected: Buffer): Answer | null {
  const given = tokenOf(request.headers.authorization ?? '');
  if (given !== null && isToken(given, expected)) return null;
  const message =
    given === null
      ? 'admin.token is needed: send "Authorization: Bearer <token>", use --token or WEIR_ADMIN_TOKEN; a browser gives it as password, with any user name'
      : 'this is not admin.token';
  const { accept = '' } = request.headers;
  // A browser gets the page's skeleton, which asks for the token itself.
  const page = path === '/' && accept.includes('text/html') ? pageFile('/') : null;
  if (page !== null) return { ...page, status: 401, headers: { 'www-authenticate': BEARER } };
  // Basic makes browsers open a dialog: never for a program that asks for JSON, as the page does.
  const challenge = accept === 'application/json' ? BEARER : `${BASIC}, ${BEARER}`;
  return problem(401, 'weir_admin_token', message, { 'www-authenticate': challenge });
}

const BEARER = 'Bearer realm="Weir admin"';
const BASIC = 'Basic realm="Weir admin: any user, the token as password"';

/** Bearer for programs; Basic (RFC 7617) with the token as password, because that is what a browser can ask for. */
function tokenOf(authorization: string): string | null {
  const [scheme = '', value = ''] = authorization.split(/ +/, 2);
  if (value === '') return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? null : pair.slice(colon + 1);
}

/** What is beyond ASCII comes as Latin-1 from some clients, as UTF-8 from others; Node shows both as Latin-1. */
function isToken(given: string, expected: Buffer): boolean {
  const asUtf8 = Buffer.from(given, 'latin1').toString('utf8');
  return timingSafeEqual(sha256(given), expected) || timingSafeEqual(sha256(asUtf8), expected);
}

/** Hashes are compared, so that neither the time nor a thrown length tells anything of the token. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
