// What somebody can do about an error: one line for each of Weir's codes. A test asks for a line for every code.
import { CODES, type WeirCode } from '../core/codes.js';
import type { RequestRecord } from '../core/record.js';

/** Partial, so that a new code builds before its advice is written: then the test asks for it. */
const ADVICE: Readonly<Partial<Record<WeirCode, string>>> = {
  weir_bad_path:
    'The path must be free of dot segments, backslashes and %00; send the path that the provider documents.',
  weir_bad_framing:
    'The request did not say plainly where its body ends; send one content-length, or transfer-encoding: chunked.',
  weir_bad_request: 'The request is not what the api takes; the message above says what is wrong with it.',
  weir_no_key:
    'Send a Weir key, in x-weir-key or where the provider\'s key would stand (Authorization: Bearer weir_…); "weir key new <consumer>" makes one.',
  weir_invalid_key:
    'Compare the key with the one that was issued: keys that are mistyped, revoked or not configured are refused. "weir key new <consumer>" makes a new one.',
  weir_revoked_key:
    'Somebody who keeps this Weir has revoked the key; "weir key new <consumer> --save" makes a new one.',
  weir_expired_key: 'The key is past its "expires"; "weir key new <consumer>" makes a new one.',
  weir_no_credential:
    "Callers without a Weir key are served with their own credential only; send the provider's key, or a Weir key.",
  weir_key_model:
    'This key may not use that model; ask for one that its "models" allow, or widen "models" in weir.yaml.',
  weir_denied:
    'A policy denies this kind of request; "weir why" names it, and whoever keeps weir.yaml can change its "when".',
  weir_plugin_denied:
    'A plugin denies this request; its policy and reason are named above, and whoever keeps weir.yaml knows what it wants.',
  weir_plugin_failed:
    'The plugin of a policy could not judge the request, and that policy lets nothing pass unjudged; its step says what happened. "on_failure: open" at that policy would let it pass.',
  weir_cap_exceeded:
    'Ask for fewer tokens, or send a shorter prompt; the policy that sets the bound is named above.',
  weir_limit_too_small:
    'No waiting helps: the request alone is larger than the limit. Send less, ask for a smaller output bound, or raise the limit or its burst.',
  weir_unmetered:
    'The policy counts tokens or dollars and could tell neither before sending; send plain JSON that can be counted, set an output bound, or set "unmetered: pass" at that policy.',
  weir_unpriced:
    'The policy counts dollars and the model has no known price; add one under "prices", or set "unpriced" at that policy.',
  weir_limit_reached:
    'Wait as long as Retry-After says; "weir limits" shows who uses the limit, and the policy is named above.',
  weir_budget_reached:
    'The budget of this window is used up or held by running requests; it begins anew at the reset told above, or whoever keeps weir.yaml raises it.',
  weir_no_route:
    'Nothing says where this should go; put the provider first in the path (/openai/v1/…), ask for a model as <provider>/<model>, or add a route to weir.yaml.',
  weir_not_found: 'Nothing is served at this path; look at its spelling.',
  weir_body_too_large: 'Send less, or raise limits.body_bytes in weir.yaml.',
  weir_opaque_request:
    'A policy asks for what stands in the body and Weir could not read it; send plain JSON without an encoding, or set "unreadable: pass" (a plugin: "on_opaque: pass") at that policy.',
  weir_internal:
    'This is a fault in Weir: please report it with the id of the request. Trying again may work.',
  weir_upgrade_refused: 'WebSockets are not served yet; use the streaming HTTP api.',
  weir_connect_failed:
    "Trying again may work. If it stays, look at the provider's base_url and whether this machine reaches it.",
  weir_upstream_broke: "Trying again may work. If it stays, the provider's status page may know why.",
  weir_upstream_garbage:
    'The answer was not HTTP as it should be; look whether base_url names the right server.',
  weir_no_provider_key: 'Weir has no credential for this provider; set providers.<name>.keys in weir.yaml.',
  weir_overloaded:
    'Weir was full; try again in a moment. If it stays, raise limits.buffered_bytes or run more workers.',
  weir_ledger_full:
    'The ledger cannot be written, so Weir takes no requests that a budget counts; make room in data_dir, or see why it cannot be written (the log says). It goes on by itself. ledger.on_full: serve lets them pass.',
  weir_circuit_open:
    'All targets of it have failed too often lately; wait as Retry-After says. "/api/providers" shows why each is left alone, and "breaker.all_open: try" would try them all the same.',
  weir_draining: 'Weir was being stopped; try again, another instance or the restarted one will answer.',
  weir_interrupted:
    'Ask again. The log of the start after it tells how many requests were cut off; what was charged is what the last progress in the journal had come to.',
  weir_connect_timeout: 'Trying again may work. If it stays, look at the network, or raise timeouts.connect.',
  weir_first_byte_timeout:
    'Trying again may work. Models that think long need a larger timeouts.first_byte, or streaming.',
  weir_idle_timeout: 'Trying again may work. If the provider pauses that long by habit, raise timeouts.idle.',
  weir_total_timeout: 'Ask for less output, or raise timeouts.total.',
  weir_client_closed:
    'Nobody was left to answer. If the caller did not mean to leave, look at its own timeout.',
  weir_body_timeout:
    'The body came too slowly or stopped; look at the connection between the caller and Weir.',
};

/** An answer that had begun was ended by its policy: no waiting was promised. */
const ENDED =
  'The policy ends answers once nothing is left of it ("overrun: stop", or "hold: worst"); "weir limits" shows who uses it and when it begins anew.';

/** Null where the error is not one of Weir's codes, or there is none. */
export function adviceFor({ error, status }: RequestRecord): string | null {
  const code = error?.code;
  if (code === undefined || !Object.hasOwn(CODES, code)) return null;
  if (code === 'weir_limit_reached' && status !== null && status < 400) return ENDED;
  return ADVICE[code as WeirCode] ?? null;
}
