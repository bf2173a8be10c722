// Steps that Weir itself takes on nearly every request, each as a sentence. Those of policies are told by policy-steps.ts; plugins, whose
// codes are their own, by steps.ts from phase, verdict and numbers.
import type { RequestRecord } from '../core/record.js';
import { countedStep } from './counted-steps.js';
import { counted, quoted, size, span } from './words.js';

type Facts = RequestRecord['steps'][number]['evidence'];

const KNOWN: Readonly<Record<string, (facts: Facts) => string>> = {
  key_ok: () => 'Its Weir key is known and in force (key_ok).',
  anonymous: () => 'It brought no Weir key, and callers without one are served (anonymous).',
  identified: ({ body_bytes: bytes }) =>
    typeof bytes === 'number' && bytes > 0
      ? `Its body of ${size(bytes)} was read whole and understood (identified).`
      : 'There was no body to read, its head says what it is (identified).',
  body_opaque: ({ body_bytes: bytes }) =>
    `Its body${typeof bytes === 'number' ? ` of ${size(bytes)}` : ''} could not be read as JSON of its api, so nothing is known of what is in it (body_opaque).`,
  route_prefix: facts =>
    `The first part of its path names the provider: ${targetText(facts)} (route_prefix).`,
  route_route: facts => `A route of the configuration matches it: ${targetText(facts)} (route_route).`,
  route_model: facts => `Its model names the provider: ${targetText(facts)} (route_model).`,
  route_dialect: facts =>
    `Its path belongs to the provider of that dialect: ${targetText(facts)} (route_dialect).`,
  route_plugin: facts => `A plugin chose where it goes: ${targetText(facts)} (route_plugin).`,
  route_only: facts => `Only one configured provider speaks its dialect: ${targetText(facts)} (route_only).`,
  models_listed: ({ models }) =>
    `No route is for lists of models, so Weir itself told ${typeof models === 'number' ? counted(models, 'model', 'models') : 'those'} that this caller may use (models_listed).`,
  usage_opt_in_added: ({ provider }) =>
    `Weir added stream_options.include_usage, so that ${name(provider)} tells the tokens, and keeps that extra event from the caller (usage_opt_in_added).`,
  usage_opt_in_refused: ({ provider }) =>
    `${name(provider)} does not take stream_options; it was asked again without (usage_opt_in_refused).`,
  next_target: ({ why, target }) =>
    `Because of ${name(why)} the next target was tried: ${name(target)} (next_target).`,
  trace_joined: ({ parent }) =>
    `It belongs to the caller's trace, below the span ${name(parent)} (trace_joined).`,
  next_key: ({ why, target }) =>
    `Because of ${name(why)} it was sent to ${name(target)} again, with the provider's next key (next_key).`,
  same_target: ({ why, target, wait_ms: wait }) =>
    `Because of ${name(why)}, and as no other target was left, ${name(target)} was asked again${typeof wait === 'number' ? ` after ${span(wait)}` : ''} (same_target).`,
  provider_key: ({ key }) => `It went out with the provider's key ${name(key)} (provider_key).`,
  not_retried: ({ why, bound, value }) =>
    `After ${name(why)} it was not tried again: ${notRetried(bound, value)} (not_retried).`,
  fault_of_request: ({ targets }) =>
    `${typeof targets === 'number' ? counted(targets, 'target or key', 'targets or keys') : 'All'} failed alike on it, so none of them is blamed for that (fault_of_request).`,
  ledger_full: ({ on_full: onFull, budget }) =>
    onFull === 'serve'
      ? `The ledger had no room when it came; it was served all the same, because ledger.on_full says so (ledger_full).`
      : `The ledger had no room, and what budget ${name(budget)} is charged must not be lost, so it was not sent (ledger_full).`,
  prompt_uncounted: ({ why }) =>
    `Weir could not count its prompt (${name(why)}); it was sent on all the same (prompt_uncounted).`,
};

/** Null where the code is not one of Weir's own. */
export function knownStep(code: string, evidence: Facts): string | null {
  if (Object.hasOwn(KNOWN, code)) return KNOWN[code]?.(evidence) ?? null;
  const count = countedStep(code, evidence);
  if (count !== null) return count;
  return code.startsWith('usage_') && 'events' in evidence ? readingText(code, evidence) : null;
}

function targetText({ target, targets, strategy, left_alone: aside }: Facts): string {
  const by = typeof strategy === 'string' && strategy !== 'order' ? ` by ${strategy}` : '';
  const more = typeof targets === 'number' && targets > 1 ? `, first of ${targets} targets${by}` : '';
  const open = typeof aside === 'string' ? `, as ${aside} failed or limited lately` : '';
  return `${name(target)}${more}${open}`;
}

function notRetried(bound: Facts[string] | undefined, value: Facts[string] | undefined): string {
  if (bound === 'attempts') return `retry.attempts allows ${value} tries of one request`;
  if (bound === 'retry_after') return `it would have had to wait ${value} s, longer than retry.backoff_max`;
  return `what fails there is retried for at most ${typeof value === 'number' ? Math.round(value * 100) : value} % of its requests (retry.budget)`;
}

/** What the meter saw of the answer. */
function readingText(code: string, { finish_reason: reason, events, whole }: Facts): string {
  if (typeof events !== 'number' || events === 0) return `The meter read nothing of the answer (${code}).`;
  const seen = counted(events, 'event');
  const flaw = whole === true ? '' : ', which is broken off or not well-formed';
  const end = typeof reason === 'string' ? `, finish reason ${quoted(reason)}` : '';
  return `The meter read ${seen} of the answer${flaw}${end} (${code}).`;
}

function name(value: Facts[string] | undefined): string {
  return typeof value === 'string' ? quoted(value) : 'nothing';
}
