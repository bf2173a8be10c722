// The outcome of a hook call as a plain object with every field set, so that all outcomes have one hidden class. Hot path: per hook call.
import type { Effects } from './effects.js';
import type { Denial, HeaderEdit, HeldText, HookFailure, HookOutcome, LogLine } from './hook.js';

const NO_PAIRS: readonly never[] = Object.freeze([]);
/** `1` without `deny()`. */
const PLAIN_DENIAL: Denial = Object.freeze({ status: 403, code: null, message: null, retryAfterMs: null });

export class Outcome implements HookOutcome {
  readonly denial: Denial | null;
  readonly evidence: readonly (readonly [string, string | number])[];
  readonly tags: readonly (readonly [string, string])[];
  readonly logs: readonly LogLine[];
  readonly logsDropped: number;
  readonly state: Uint8Array | null;
  readonly messages: ReadonlyMap<number, string> | null;
  readonly headers: readonly HeaderEdit[] | null;
  readonly body: Uint8Array | null;
  readonly model: string | null;
  readonly target: string | null;
  readonly eventText: string | null;
  readonly heldAppend: readonly HeldText[] | null;
  readonly isolated = false;

  constructor(
    readonly result: HookOutcome['result'],
    readonly failure: HookFailure | null,
    readonly detail: string | null,
    readonly fuel: number,
    effects: Effects | null,
  ) {
    // Of a hook that failed only its log lines are left.
    const done = failure === null ? effects : null;
    this.denial = done?.denial ?? (result === 'deny' ? PLAIN_DENIAL : null);
    this.evidence = done?.evidence ?? NO_PAIRS;
    this.tags = done?.tags ?? NO_PAIRS;
    this.logs = effects?.logs ?? NO_PAIRS;
    this.logsDropped = effects?.logsDropped ?? 0;
    this.state = done?.state ?? null;
    this.messages = done?.messages ?? null;
    this.headers = done === null || done.headers.length === 0 ? null : done.headers;
    this.body = done?.body ?? null;
    this.model = done?.model ?? null;
    this.target = done?.target ?? null;
    this.eventText = done?.eventText ?? null;
    this.heldAppend = done?.heldAppend ?? null;
  }
}

export function failedOutcome(
  failure: HookFailure,
  detail: string,
  fuel: number,
  effects: Effects | null = null,
): HookOutcome {
  return new Outcome('failed', failure, detail, fuel, effects);
}
