// The one error type that may reach a client. Everything else is a bug and becomes weir_internal.
import { CODES, type CodeFacts, type WeirCode } from './codes.js';

export class WeirError extends Error {
  override readonly name = 'WeirError';
  readonly code: WeirCode;
  /** Names and numbers that belong to the error, shown beside its message where the dialect has room. No secrets. */
  readonly detail: Readonly<Record<string, string | number | readonly string[]>>;

  constructor(
    code: WeirCode,
    message: string,
    options: { cause?: unknown; detail?: Readonly<Record<string, string | number | readonly string[]>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail ?? {};
  }

  get facts(): CodeFacts {
    return CODES[this.code];
  }
}
