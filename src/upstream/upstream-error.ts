// undici's and the system's errors → Weir's codes, with a message that an operator can act on and a caller may see.
import { WeirError } from '../core/error.js';

/** undici's own codes for answers that no HTTP/1.1 reader takes: an endless head, lengths that contradict each other. */
const GARBAGE: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** `phase`: how far the exchange had come, which tells a refused connection from a broken one. */
export function upstreamError(
  thrown: unknown,
  target: string,
  phase: 'connect' | 'head' | 'body',
): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const code = errorCode(thrown);
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return told('weir_connect_timeout', `${target} did not accept a connection in time`, thrown);
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return told('weir_connect_failed', `${target} could not be reached (${code})`, thrown);
    default:
      break;
  }
  if (code.startsWith('HPE_') || GARBAGE.has(code) || name(thrown) === 'HTTPParserError') {
    return told(
      'weir_upstream_garbage',
      `${target} answered something that is not HTTP/1.1 (${code})`,
      thrown,
    );
  }
  if (phase === 'connect')
    return told('weir_connect_failed', `${target} could not be reached (${code})`, thrown);
  return told(
    'weir_upstream_broke',
    `${target} broke the connection ${phase === 'head' ? 'before it answered' : 'in the middle of its answer'} (${code})`,
    thrown,
  );
}

function told(code: ConstructorParameters<typeof WeirError>[0], message: string, cause: unknown): WeirError {
  return new WeirError(code, message, { cause });
}

/** The system's or undici's own; else the error's name. */
export function errorCode(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return name(thrown);
}

function name(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown error';
}
