// The one error type that may reach a client. Everything else is a bug and becomes weir_internal.
import { CODES, type CodeFacts, type ErrorKind, type WeirCode } from './codes.js';

export interface WeirErrorOptions {
  readonly cause?: unknown;
  readonly detail?: WeirError['detail'];
  /** Where it is not what the code's facts say. */
  readonly kind?: ErrorKind;
  /** 400 to 599, likewise. */
  readonly status?: number;
  /** After so long, in ms, the same request would pass. */
  readonly retryAfterMs?: number;
}

/** A client is told to try again by itself where this is long enough to wait. */
const WAIT_MS_MAX = 60_000;

export class WeirError extends Error {
  override readonly name = 'WeirError';
  readonly code: WeirCode;
  /** Names and numbers that belong to the error, shown beside its message where the dialect has room. No secrets. */
  readonly detail: Readonly<Record<string, string | number | readonly string[]>>;

  readonly facts: CodeFacts;
  /** Null where nothing is known. */
  readonly retryAfterMs: number | null;

  constructor(code: WeirCode, message: string, options: WeirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail ?? {};
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.facts = factsOf(CODES[code], options);
  }
}

function factsOf(facts: CodeFacts, { kind, status, retryAfterMs }: WeirErrorOptions): CodeFacts {
  if (kind === undefined && status === undefined && retryAfterMs === undefined) return facts;
  return {
    ...facts,
    kind: kind ?? facts.kind,
    status: status ?? facts.status,
    retryable: retryAfterMs === undefined ? facts.retryable : retryAfterMs <= WAIT_MS_MAX,
  };
}
