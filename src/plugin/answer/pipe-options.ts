// What an answer pipe is given, and what it tells its owner.
import type { ApiName } from '../../core/api.js';
import type { HookFailure } from '../hook.js';
import type { EventStage } from './event-stage.js';

export interface AnswerPipeOptions {
  readonly api: ApiName;
  readonly contentType: string;
  /** In the order in which they see pieces. */
  readonly stages: readonly EventStage[];
  /** Longest event and longest whole answer that is read; also of text that is remembered. */
  readonly inspectBytes: number;
  /** Coarse monotonic ms. */
  readonly nowMs: () => number;
  /** Bytes for the client. */
  readonly out: (bytes: Buffer) => void;
  /**
   * A stage has failed, or (null) the answer cannot be read. Before it returns, the owner calls `bypass(stage)` to go on without it, or
   * `bypass(null)`; else nothing more goes out.
   */
  readonly fail: (stage: EventStage | null, failure: HookFailure | 'unreadable', detail: string) => void;
  /** After an `end` verdict, when what was let pass before has gone out: the owner ends the answer. */
  readonly ended?: (stage: EventStage) => void;
  /** After a verdict that was awaited, something threw: nothing more goes out. What throws within push() and the other calls is their caller's. */
  readonly bug?: (thrown: unknown) => void;
  /** `waiting` has become false. */
  readonly resume: () => void;
  /** After `end()`: everything has gone out. */
  readonly done: () => void;
}
