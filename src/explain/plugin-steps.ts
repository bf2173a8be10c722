// What a plugin did with a request, as a sentence: which module it was, on what, with what result, what the guest said of it, and with how much fuel. A
// failure also tells what can be done.
import type { RequestRecord } from '../core/record.js';
import { count, counted, quoted } from './words.js';

type StepRecord = RequestRecord['steps'][number];
type Facts = StepRecord['evidence'];

/** Weir's own part of the evidence; all other names are the guest's. */
const OWN: ReadonlySet<string> = new Set([
  ...['plugin', 'version', 'sha256', 'hook', 'fuel', 'failure', 'detail', 'isolated', 'reset', 'said'],
  ...['events', 'changed', 'held', 'on_failure', 'cannot_see'],
  ...[
    'changed_messages',
    'changed_body',
    'changed_model',
    'changed_target',
    'changed_headers',
    'changed_tags',
  ],
]);

/** Null where it is no step of a plugin that ran or should have. */
export function pluginStep(step: StepRecord): string | null {
  const { policy, kind, code, mode, evidence } = step;
  if (policy === null || kind !== 'plugin') return null;
  // Codes of one that ran are its author's choice.
  if (!(ran(evidence) || code === 'plugin_skipped' || code === 'plugin_opaque')) return null;
  const shadow = mode === 'shadow';
  const did = didText(step, shadow);
  const what = [did, guestText(evidence), fuelText(evidence)].filter(part => part !== '').join('; ');
  const mend = step.verdict === 'failed' ? mendText(evidence) : '';
  return `Policy ${quoted(policy)}${moduleText(evidence)}${shadow ? ' in shadow mode' : ''} ${what} (${code}).${mend}`;
}

const ran = (evidence: Facts): boolean => 'plugin' in evidence;

/** ` (plugin pii-redact 1.2, sha 12ab34cd…)` */
function moduleText({ plugin, version, sha256 }: Facts): string {
  if (typeof plugin !== 'string') return '';
  const which = typeof version === 'string' ? ` ${quoted(version, 40)}` : '';
  const sha = typeof sha256 === 'string' ? `, sha ${sha256.slice(0, 8)}…` : '';
  return ` (plugin ${quoted(plugin, 80)}${which}${sha})`;
}

function didText(step: StepRecord, shadow: boolean): string {
  const { code, verdict, evidence } = step;
  const would = (done: string, word: string): string => (shadow ? `would have ${done}` : word);
  if (!ran(evidence) && code === 'plugin_skipped')
    return 'was not asked: five requests of this consumer have failed in it within a minute, and it lets such pass';
  if (!ran(evidence)) {
    const unseen = typeof evidence.cannot_see === 'string' ? evidence.cannot_see : 'what it judges';
    const reason = `it has to read ${unseen}, and Weir cannot see all of it`;
    return verdict === 'deny' ? `${would('refused', 'refused')} it: ${reason}` : `let it pass: ${reason}`;
  }
  switch (verdict) {
    case 'failed':
      return `failed on ${subject(evidence)}${reasonText(evidence)}`;
    case 'deny':
      return `${would('refused', 'refused')} ${subject(evidence)}`;
    case 'change':
      return `${would('changed', 'changed')} ${changeText(evidence)}`;
    default:
      return `${would('let', 'let')} ${subject(evidence)} pass`;
  }
}

function subject({ hook, events }: Facts): string {
  if (hook === 'on_request') return 'the request';
  if (hook === 'on_response') return "the answer's head";
  if (hook === 'on_end') return 'the end of it';
  return typeof events === 'number' ? `the answer in ${counted(events, 'event')}` : 'the answer';
}

function changeText(evidence: Facts): string {
  if (evidence.hook === 'on_event') {
    const held = Number(evidence.held) > 0 ? `, ${count(Number(evidence.held))} held back` : '';
    return `${count(Number(evidence.changed))} of ${counted(Number(evidence.events), 'event')} of the answer${held}`;
  }
  const parts: string[] = [];
  const { changed_messages: messages, changed_headers: headers } = evidence;
  if (typeof messages === 'number') parts.push(counted(messages, 'message'));
  if (evidence.changed_body === true) parts.push('the whole body');
  if (typeof evidence.changed_model === 'string')
    parts.push(`the model to ${quoted(evidence.changed_model)}`);
  if (typeof evidence.changed_target === 'string')
    parts.push(`the target to ${quoted(evidence.changed_target)}`);
  if (typeof headers === 'number') parts.push(counted(headers, 'header'));
  if (typeof evidence.changed_tags === 'string') parts.push(`the tags ${quoted(evidence.changed_tags)}`);
  return parts.length === 0 ? 'it' : parts.join(', ');
}

function reasonText({ failure, detail }: Facts): string {
  if (typeof detail === 'string') return `: ${quoted(detail, 300)}`;
  return typeof failure === 'string' ? `: ${failure.replaceAll('_', ' ')}` : '';
}

/** `email=2, phone=1`: in the guest's own words. */
function guestText(evidence: Facts): string {
  return Object.entries(evidence)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? quoted(value, 80) : count(Number(value))}`)
    .join(', ');
}

function fuelText({ fuel, isolated, reset }: Facts): string {
  if (typeof fuel !== 'number') return '';
  const where = isolated === true ? ', in the compute pool' : '';
  return `fuel ${count(fuel)}${where}${reset === 'never' ? ', not reset before' : ''}`;
}

const MENDS: Readonly<Record<string, string>> = {
  fuel: 'Raise "fuel" or "fuel_per_byte" at that policy if the work is as it should be',
  memory: 'Raise "memory" at that policy if the work is as it should be',
  deadline: 'Raise "deadline" at that policy if the work is as it should be',
  instantiate: 'The module has to be mended or replaced; "weir plugin inspect" tells more',
  version_gone:
    'The plugin had been replaced for longer than timeouts.drain; a new request meets the new version',
  worker_lost: 'The worker it ran in was lost; trying again may work',
  held_too_much: 'It held back more text than is allowed; it has to let go of text sooner',
  held_too_long: 'It held text back for longer than is allowed; it has to let go of text sooner',
};

function mendText({ failure }: Facts): string {
  const mend = typeof failure === 'string' && Object.hasOwn(MENDS, failure) ? MENDS[failure] : undefined;
  return ` ${mend ?? 'Its author can find out why with "weir plugin test"'}.`;
}
