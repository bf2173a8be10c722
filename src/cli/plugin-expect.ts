// What a case expected against what its hooks did: every difference a sentence.
import type { HookOutcome } from '../plugin/hook.js';
import { EventTally, HookNotes } from '../plugin/hook-notes.js';
import type { Expectation } from './plugin-case.js';
import type { CaseRun, HookRun } from './plugin-run.js';

/** What the hooks of a case come to. */
export interface Summary {
  readonly verdict: 'go_on' | 'deny' | 'failed';
  /** The hook that decided; the last that ran where none did. */
  readonly hook: string | null;
  readonly status: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly failure: string | null;
  readonly evidence: Readonly<Record<string, string | number>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly model: string | null;
  readonly target: string | null;
  /** What was written over, in words. */
  readonly changed: readonly string[];
  readonly logs: readonly string[];
  readonly fuel: number;
  readonly nanoseconds: number;
}

export function summarise(hooks: readonly HookRun[]): Summary {
  const decided = hooks.find(({ outcome }) => outcome.result === 'deny' || outcome.result === 'failed');
  const outcome = decided?.outcome ?? null;
  const { denial } = outcome ?? { denial: null };
  return {
    verdict: outcome === null ? 'go_on' : outcome.result === 'failed' ? 'failed' : 'deny',
    hook: decided?.hook ?? hooks.at(-1)?.hook ?? null,
    status: denial?.status ?? null,
    code: denial?.code ?? null,
    message: denial?.message ?? outcome?.detail ?? null,
    failure: outcome?.failure ?? null,
    evidence: evidenceOf(hooks),
    tags: Object.fromEntries(hooks.flatMap(run => run.outcome.tags)),
    model: last(hooks, ({ model }) => model),
    target: last(hooks, ({ target }) => target),
    changed: changesOf(hooks.map(run => run.outcome)),
    logs: hooks.flatMap(run => run.outcome.logs.map(({ text }) => text)),
    fuel: hooks.reduce((sum, run) => sum + run.outcome.fuel, 0),
    nanoseconds: hooks.reduce((sum, run) => sum + run.nanoseconds, 0),
  };
}

/** As the record's steps have it: that of all events goes by its key, within the bound of a request. */
function evidenceOf(hooks: readonly HookRun[]): Record<string, string | number> {
  const notes = new HookNotes();
  const found = new Map<string, string | number>();
  const add = (pairs: Iterable<readonly [string, string | number]>): void => {
    for (const [key, value] of pairs) found.set(key, value);
  };
  for (const { hook, outcome } of hooks) {
    if (hook === 'on_event') {
      notes.events ??= new EventTally();
      notes.events.count(outcome, notes.evidenceCount);
      continue;
    }
    add(notes.closeEvents()?.evidence ?? []);
    notes.keep(outcome);
    add(outcome.evidence);
  }
  add(notes.closeEvents()?.evidence ?? []);
  return Object.fromEntries(found);
}

function last(hooks: readonly HookRun[], of: (outcome: HookOutcome) => string | null): string | null {
  return hooks.reduce<string | null>((found, { outcome }) => of(outcome) ?? found, null);
}

function changesOf(outcomes: readonly HookOutcome[]): string[] {
  const count = (of: (outcome: HookOutcome) => number): number =>
    outcomes.reduce((sum, one) => sum + of(one), 0);
  const messages = count(one => one.messages?.size ?? 0);
  const events = count(one => (one.eventText === null ? 0 : 1));
  const headers = outcomes.flatMap(one => one.headers?.map(({ name }) => name) ?? []);
  return [
    ...(messages === 0 ? [] : [`${messages} ${messages === 1 ? 'message' : 'messages'}`]),
    ...headers.map(name => `header ${name}`),
    ...(outcomes.some(one => one.body !== null) ? ['the body'] : []),
    ...(events === 0 ? [] : [`${events} ${events === 1 ? 'event' : 'events'}`]),
  ];
}

/** Of a module that did not start: every hook fails so. */
export function unusableSummary(reason: string): Summary {
  return {
    ...summarise([]),
    verdict: 'failed',
    failure: 'instantiate',
    message: reason,
  };
}

/** Nothing where all is as expected. `run` null: the module did not start. */
export function differences(expect: Expectation, summary: Summary, run: CaseRun | null): string[] {
  const wrong: string[] = [];
  const same = (what: string, wanted: unknown, found: unknown): void => {
    if (wanted !== undefined && wanted !== found)
      wrong.push(`${what} is ${JSON.stringify(found ?? null)}; expected ${JSON.stringify(wanted)}`);
  };
  const holds = (what: string, text: string, part: string, wanted = true): void => {
    if (text.includes(part) !== wanted)
      wrong.push(`${what} ${wanted ? 'has no' : 'has'} ${JSON.stringify(part)}`);
  };
  same('verdict', expect.verdict, summary.verdict);
  same('hook', expect.hook, summary.hook);
  same('status', expect.status, summary.status);
  same('code', expect.code, summary.code);
  same('failure', expect.failure, summary.failure);
  same('model', expect.model, summary.model);
  same('target', expect.target, summary.target);
  if (expect.message !== undefined) holds('the message', summary.message ?? '', expect.message);
  for (const [key, value] of Object.entries(expect.evidence ?? {}))
    same(`evidence.${key}`, value, summary.evidence[key]);
  for (const [key, value] of Object.entries(expect.tags ?? {})) same(`tags.${key}`, value, summary.tags[key]);
  for (const line of expect.log ?? []) holds('the log', summary.logs.join('\n'), line);
  if (expect.fuel_max !== undefined && summary.fuel > expect.fuel_max)
    wrong.push(`fuel is ${summary.fuel}; expected at most ${expect.fuel_max}`);
  if (run !== null) trafficDifferences(expect, run, same, holds);
  return wrong;
}

function trafficDifferences(
  expect: Expectation,
  { traffic, sent }: CaseRun,
  same: (what: string, wanted: unknown, found: unknown) => void,
  holds: (what: string, text: string, part: string, wanted?: boolean) => void,
): void {
  const headers = new Map(traffic.headers);
  for (const [name, value] of Object.entries(expect.headers ?? {}))
    same(`headers.${name}`, value, headers.get(name.toLowerCase()) ?? null);
  for (const [i, text] of Object.entries(expect.messages ?? {})) {
    const known = Number(i) < traffic.view.count;
    same(`messages.${i}`, text, known ? Buffer.from(traffic.view.text(Number(i))).toString() : null);
  }
  const answer = sent?.toString('utf8') ?? '';
  for (const part of expect.answer_has ?? []) holds('the answer', answer, part);
  for (const part of expect.answer_lacks ?? []) holds('the answer', answer, part, false);
}
