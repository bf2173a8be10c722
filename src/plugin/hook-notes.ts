// What the hooks of one policy leave behind for one another within a request: state, how much evidence there is, and what on_event came to over an answer.
// The gateway and `weir plugin test` keep the same. Hot path: per hook.
import { EVIDENCE_MAX } from '../core/plugin-bounds.js';
import type { HookFailure, HookOutcome } from './hook.js';

const NO_STATE = new Uint8Array(0);

/** What on_event came to over one answer: one step tells it. */
export class EventTally {
  events = 0;
  changed = 0;
  held = 0;
  fuel = 0;
  isolated = 0;
  failure: HookFailure | null = null;
  detail: string | null = null;
  /** The plugin's code, where it ended the answer. */
  denied: string | null = null;
  readonly evidence = new Map<string, string | number>();

  /** Evidence goes by its key over all events. `evidenceBefore`: pieces that other hooks have left. */
  count(outcome: HookOutcome, evidenceBefore: number): void {
    this.events++;
    this.fuel += outcome.fuel;
    if (outcome.isolated) this.isolated++;
    if (outcome.result === 'hold') this.held++;
    if (outcome.eventText !== null || outcome.heldAppend !== null) this.changed++;
    for (const [key, value] of outcome.evidence) {
      const isFull = evidenceBefore + this.evidence.size >= EVIDENCE_MAX;
      if (!isFull || this.evidence.has(key)) this.evidence.set(key, value);
    }
  }
}

export class HookNotes {
  /** As its last hook left it. */
  state: Uint8Array = NO_STATE;
  evidenceCount = 0;
  /** It has failed on the answer, which goes on without it. */
  bypassed = false;
  /** While an answer's events run. */
  events: EventTally | null = null;

  /** Of a hook that did not fail. */
  keep(outcome: HookOutcome): void {
    if (outcome.state !== null) this.state = outcome.state;
    // All events of an answer are one step, where a later value takes the place of an earlier one: its tally counts them.
    if (this.events === null) this.evidenceCount += outcome.evidence.length;
  }

  /** The answer is over: what its events came to, once. */
  closeEvents(): EventTally | null {
    const { events } = this;
    if (events !== null) this.evidenceCount += events.evidence.size;
    this.events = null;
    return events;
  }
}
