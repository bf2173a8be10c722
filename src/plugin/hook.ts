// What one call of a hook sees (HookScene) and what it did (HookOutcome). The pipeline makes the scene from an exchange, the compute pool from a message,
// `weir plugin test` from a file; the host knows nothing else of a request. Hot path: per hook call, so everything is read when the guest asks.
import type { EventKind, HookName, IntegerField, StringField } from './abi.js';

/** The texts that the model will read (CONTRACT.md §5.5). */
export interface MessageView {
  /** Text parts; -1 where Weir cannot see all of it, 0 where the api carries none. */
  readonly count: number;
  /** system, developer, user, assistant or tool. */
  role(i: number): string;
  /** UTF-8, escapes undone. Not to be written to. */
  text(i: number): Uint8Array;
  /** Whether `message_set_text` may put `text` there: a raw JSON value takes only JSON of its kind, signed reasoning takes nothing. */
  accepts(i: number, text: string): boolean;
  /** Bytes of all texts together. */
  readonly bytes: number;
  /** Images, audio, files. */
  readonly opaqueParts: number;
}

/** Kind and choice (or block) of a piece of the answer. */
export interface HeldPlace {
  readonly kind: EventKind;
  readonly choice: number;
}

export interface HeldText extends HeldPlace {
  readonly text: string;
}

export interface HookScene {
  readonly hook: HookName;
  /** null where absent or unknown. Whole numbers. */
  integer(field: IntegerField): number | null;
  text(field: StringField): string | null;
  /** Of the request as it stands; asked for in every hook. */
  readonly messages: MessageView;
  /** The request's in on_request, the response's in on_response, by lower-case name, credentials left out; null elsewhere: -2. */
  header(name: string): string | null;
  readonly hasHeaders: boolean;
  /** All that `header` can give, for a hook that runs on another thread. */
  headers(): readonly (readonly [string, string])[];
  /** A tag of the request or of its consumer; null: none of that name. */
  tag(name: string): string | null;
  /** All that `tag` can give, for a hook that runs on another thread. */
  tags(): readonly (readonly [string, string])[];
  /** The request's body, decoded, as the plugins before left it; null where there is none or it is not held. */
  readonly body: Uint8Array | null;
  /** on_event only; UTF-8; empty for kind `end`. */
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  /** Where this plugin holds text back now, so that `held_append` has a place; each once. */
  readonly held: readonly HeldPlace[];
  /** What `state_set` left in this request's last hook of this policy. */
  readonly state: Uint8Array;
  /** How many pieces of evidence this request has left already under this policy. */
  readonly evidenceCount: number;
  /** Wall clock when the hook began, ms since the epoch. */
  readonly nowMs: number;
  /** Names of the configuration that `set_target` may take: `provider` or `provider/model`. */
  targetAllowed(name: string): boolean;
  /** All that `targetAllowed` is true of, for a hook that runs on another thread. */
  readonly targetNames: ReadonlySet<string>;
  /** The caller has this tag from his key or the configuration: plugins never overwrite it. */
  consumerHasTag(name: string): boolean;
}

export interface Denial {
  /** 400 to 599. */
  readonly status: number;
  /** `[a-z0-9_]{1,64}`; null where none was given. */
  readonly code: string | null;
  readonly message: string | null;
  readonly retryAfterMs: number | null;
}

export interface HeaderEdit {
  readonly name: string;
  /** null removes it. */
  readonly value: string | null;
}

export type HookFailure =
  | 'fuel'
  | 'trap'
  | 'memory'
  | 'bad_pointer'
  | 'bad_result'
  | 'deadline'
  | 'worker_lost'
  | 'instantiate'
  | 'held_too_much'
  | 'held_too_long'
  | 'version_gone';

export interface LogLine {
  /** 0 debug, 1 info, 2 warn, 3 error. */
  readonly level: number;
  readonly text: string;
}

/** Everything a hook did. Plain data: it comes from another thread as well. */
export interface HookOutcome {
  readonly result: 'go_on' | 'deny' | 'hold' | 'failed';
  readonly failure: HookFailure | null;
  /** One sentence about the failure, for step and log. */
  readonly detail: string | null;
  /** Used. */
  readonly fuel: number;
  readonly denial: Denial | null;
  readonly evidence: readonly (readonly [string, string | number])[];
  readonly tags: readonly (readonly [string, string])[];
  readonly logs: readonly LogLine[];
  /** Lines over the bound of a hook. */
  readonly logsDropped: number;
  /** null: as it was. */
  readonly state: Uint8Array | null;
  readonly messages: ReadonlyMap<number, string> | null;
  readonly headers: readonly HeaderEdit[] | null;
  readonly body: Uint8Array | null;
  readonly model: string | null;
  readonly target: string | null;
  /** null: as it was. */
  readonly eventText: string | null;
  /** Each to be written behind the last piece of its kind and choice that is held back; each place once; null: nothing. */
  readonly heldAppend: readonly HeldText[] | null;
  /** It ran in the compute pool. */
  readonly isolated: boolean;
}
