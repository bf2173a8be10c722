// What a consumer asks about its own requests, and what it is told: the question goes from the data-plane thread that took it to the control plane.
import type { WeirCode } from './codes.js';

export interface OwnDataQuestion {
  /** Whose data it may be. Decided by the key that asks, never by what is asked. */
  readonly consumer: string;
  /** As records show it: `ci …x7Qp`. */
  readonly key: string;
  /** Behind `/weir/v1/`, still percent-encoded: `usage`, `limits`, `requests/req_…`. */
  readonly path: string;
  /** Without the `?`, and without any Weir key. */
  readonly query: string;
  readonly accept: string;
}

export type OwnDataReply =
  | {
      readonly ok: true;
      readonly type: string;
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly code: WeirCode; readonly message: string };
