// Trace context (W3C Trace Context, level 1). Ids of spans come out of the request's id, so that nobody has to keep them: whoever tells of a request later finds the
// same ones. Hot path: per request, where tracing is on or the caller brought a trace.

export interface TraceParent {
  /** 32 hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** 16, likewise. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** Null: it is none, and a new trace begins (section 3.2.2: a later version may have more fields, 00 may not). */
export function parseTraceParent(text: string): TraceParent | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function traceParentText(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((digit, value) => [digit, value]));
const PREFIX = 'req_'.length;

/** The 128 bits of a request's id as hexadecimal digits: the trace of a request that brought none. */
export function traceIdOf(requestId: string): string {
  // Two characters are 10 bits, the first 2 of them 0; then four at a time are 20.
  let hex = hexOf(requestId, PREFIX, 2, 2);
  for (let at = PREFIX + 2; at < PREFIX + 26; at += 4) hex += hexOf(requestId, at, 4, 5);
  return hex;
}

function hexOf(text: string, from: number, count: number, digits: number): string {
  let value = 0;
  for (let i = from; i < from + count; i++) value = value * 32 + (VALUES.get(text.charAt(i)) ?? 0);
  return value.toString(16).padStart(digits, '0').slice(-digits);
}

/** Of the request as a whole. */
export function requestSpanId(requestId: string): string {
  return traceIdOf(requestId).slice(16);
}

/** Of its n-th try, from 0; different ones for the first 254. */
export function attemptSpanId(requestId: string, n: number): string {
  const span = requestSpanId(requestId);
  const first = (Number.parseInt(span.slice(0, 2), 16) + 1 + (n % 254)) % 256;
  return first.toString(16).padStart(2, '0') + span.slice(2);
}

/** The same answer for all of a trace. @param share 0 to 1 */
export function isSampled(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(-8), 16) < share * 2 ** 32;
}
