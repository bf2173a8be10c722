// What a data-plane thread asks the control plane for a consumer: about the consumer's own requests, or for the models of providers.
import type { WeirCode } from './codes.js';
import type { ListDialect, ProviderModels } from './model-list.js';

export interface OwnDataQuestion {
  readonly kind: 'own';
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

export interface ModelsQuestion {
  readonly kind: 'models';
  readonly consumer: string;
  readonly dialect: ListDialect;
}

/** Of the providers that speak the dialect, in the order of the configuration. */
export interface ModelsReply {
  readonly ok: true;
  readonly providers: readonly ProviderModels[];
}

export type ThreadQuestion = OwnDataQuestion | ModelsQuestion;
export type ThreadReply = OwnDataReply | ModelsReply;
