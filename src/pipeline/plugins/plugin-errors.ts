// What a caller hears where a plugin refuses, fails or cannot see what it has to judge (CONTRACT.md §5.8, 5.9).
import type { ErrorKind } from '../../core/codes.js';
import { WeirError } from '../../core/error.js';
import type { Denial, HookFailure } from '../../plugin/hook.js';

export function pluginDenied(policy: string, denial: Denial | null): WeirError {
  const { status = 403, code = null, message = null, retryAfterMs = null } = denial ?? {};
  return new WeirError('weir_plugin_denied', message ?? `policy ${policy} denies this request`, {
    detail: { policy, ...(code === null ? {} : { reason: code }) },
    status,
    kind: kindOf(status),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

export function pluginFailed(policy: string, failure: HookFailure | null, detail: string | null): WeirError {
  const what = detail ?? (failure === null ? 'no reason is known' : failure.replaceAll('_', ' '));
  return new WeirError(
    'weir_plugin_failed',
    `the plugin of policy ${policy} failed, and nothing passes without it: ${what}`,
    { detail: { policy, ...(failure === null ? {} : { failure }) } },
  );
}

/** `what`: the conversation, the body, the answer. */
export function pluginOpaque(policy: string, what: string): WeirError {
  return new WeirError(
    'weir_opaque_request',
    `the plugin of policy ${policy} has to read ${what}, and Weir cannot see all of it`,
    { detail: { policy } },
  );
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'authentication',
  404: 'not_found',
  413: 'too_large',
  422: 'invalid',
  429: 'rate_limit',
  503: 'overloaded',
  504: 'timeout',
};

function kindOf(status: number): ErrorKind {
  return KINDS[status] ?? (status >= 500 ? 'server' : status === 403 ? 'permission' : 'invalid');
}
