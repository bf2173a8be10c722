// Weir's stable codes: what each means, its HTTP status, and whose fault it is. Public: clients and operators match on them.

export type ErrorSource = 'client' | 'provider' | 'plugin' | 'policy' | 'gateway';

export interface CodeFacts {
  readonly status: number;
  readonly source: ErrorSource;
  /** What kind of error the caller's dialect calls it. */
  readonly kind: ErrorKind;
  /** True where waiting less than 60 s may lift it. */
  readonly retryable: boolean;
}

export type ErrorKind =
  | 'invalid'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'too_large'
  | 'rate_limit'
  | 'token_limit'
  | 'quota'
  | 'overloaded'
  | 'server'
  | 'timeout';

const code = (status: number, source: ErrorSource, kind: ErrorKind, retryable = false): CodeFacts =>
  Object.freeze({ status, source, kind, retryable });

export const CODES = {
  weir_bad_path: code(400, 'client', 'invalid'),
  weir_bad_framing: code(400, 'client', 'invalid'),
  weir_bad_request: code(400, 'client', 'invalid'),
  weir_no_key: code(401, 'client', 'authentication'),
  weir_invalid_key: code(401, 'client', 'authentication'),
  weir_expired_key: code(401, 'client', 'authentication'),
  weir_revoked_key: code(401, 'client', 'authentication'),
  weir_no_credential: code(401, 'client', 'authentication'),
  weir_key_model: code(403, 'policy', 'permission'),
  weir_denied: code(403, 'policy', 'permission'),
  weir_no_route: code(404, 'client', 'not_found'),
  weir_not_found: code(404, 'client', 'not_found'),
  weir_body_too_large: code(413, 'client', 'too_large'),
  weir_cap_exceeded: code(413, 'policy', 'too_large'),
  weir_limit_too_small: code(413, 'policy', 'too_large'),
  weir_plugin_denied: code(403, 'plugin', 'permission'),
  weir_plugin_failed: code(503, 'plugin', 'server'),
  weir_unmetered: code(403, 'policy', 'permission'),
  weir_unpriced: code(403, 'policy', 'permission'),
  weir_limit_reached: code(429, 'policy', 'rate_limit', true),
  weir_budget_reached: code(429, 'policy', 'quota'),
  weir_opaque_request: code(422, 'client', 'invalid'),
  weir_internal: code(500, 'gateway', 'server', true),
  weir_upgrade_refused: code(501, 'client', 'invalid'),
  weir_connect_failed: code(502, 'provider', 'server', true),
  weir_upstream_broke: code(502, 'provider', 'server', true),
  weir_upstream_garbage: code(502, 'provider', 'server', true),
  weir_no_provider_key: code(502, 'gateway', 'server'),
  weir_overloaded: code(503, 'gateway', 'overloaded', true),
  /** A request that is to be charged to a budget, and the ledger cannot keep it (`ledger.on_full: refuse`). */
  weir_ledger_full: code(503, 'gateway', 'overloaded', true),
  /** Weir died before the request ended: only its record has this, settled at the next start. */
  weir_interrupted: code(503, 'gateway', 'server', true),
  /** All targets have failed too often lately (`breaker.all_open: refuse`). */
  weir_circuit_open: code(503, 'provider', 'overloaded', true),
  weir_draining: code(503, 'gateway', 'overloaded', true),
  weir_connect_timeout: code(504, 'provider', 'timeout', true),
  weir_first_byte_timeout: code(504, 'provider', 'timeout', true),
  weir_idle_timeout: code(504, 'provider', 'timeout', true),
  weir_total_timeout: code(504, 'provider', 'timeout'),
  /** The client left before its answer was complete; nobody sees the status. */
  weir_client_closed: code(499, 'client', 'invalid'),
  weir_body_timeout: code(400, 'client', 'invalid', true),
} as const satisfies Record<string, CodeFacts>;

export type WeirCode = keyof typeof CODES;
