// One stage with what waits before it and what it holds back. Whoever it asks, order is kept: events behind a held one wait with it.
import { HELD_BYTES_MAX } from '../../core/plugin-bounds.js';
import type { EventKind } from '../abi.js';
import type { HeldPlace, HeldText, HookFailure } from '../hook.js';
import type { AnswerEvent } from './answer-event.js';
import type { AnswerPiece } from './answer-texts.js';
import type { EventStage, PieceVerdict } from './event-stage.js';
import { isObjectText } from './rewrite.js';

/** Bytes of held events with all that is around their text: a delta of four letters comes in some 250 bytes. */
const HELD_EVENT_BYTES_MAX = 16 * HELD_BYTES_MAX;

/** What a stage's verdict cannot do. */
export interface StageFailure {
  readonly failure: HookFailure;
  readonly detail: string;
}

/** A place and the last piece that is held back there. */
export interface HeldPiece extends HeldPlace {
  last: AnswerPiece;
}

export class StageLine {
  readonly stage: EventStage;
  /** Its place among the stages. */
  readonly place: number;
  /** Events that the stages before let pass. */
  readonly ready: AnswerEvent[] = [];
  held: AnswerEvent[] = [];
  /** Where pieces are held back. */
  places: readonly HeldPiece[] = NOWHERE;
  /** Not asked any more. */
  bypassed = false;
  /** Was told of the end, and nothing has come since. */
  ended = false;
  #textBytes = 0;
  #eventBytes = 0;
  #sinceMs = 0;

  constructor(stage: EventStage, place: number) {
    this.stage = stage;
    this.place = place;
  }

  get holding(): boolean {
    return this.places.length > 0;
  }

  heldForMs(nowMs: number): number {
    return this.places.length === 0 ? 0 : nowMs - this.#sinceMs;
  }

  /** Why no more can be held, or null. */
  get tooMuch(): StageFailure | null {
    if (this.#textBytes > HELD_BYTES_MAX)
      return tooMuch(`${this.#textBytes} bytes of text are held back; at most ${HELD_BYTES_MAX} may be`);
    if (this.#eventBytes > HELD_EVENT_BYTES_MAX)
      return tooMuch(
        `events of ${this.#eventBytes} bytes are held back; at most ${HELD_EVENT_BYTES_MAX} may be`,
      );
    return null;
  }

  /** Does what the verdict says of texts, and holds the piece back where it says so. `piece` is null at the end. Returns why that failed. */
  take(piece: AnswerPiece | null, verdict: PieceVerdict, nowMs: () => number): StageFailure | null {
    for (const one of verdict.append ?? NO_APPENDS) {
      const last = this.placeOf(one.kind, one.choice)?.last;
      if (last === undefined || one.text === '') continue;
      if (last.found.raw) return badResult('text was appended to arguments that are an object');
      this.#append(last, one.text);
    }
    if (verdict.text !== null && piece !== null) {
      if (piece.found.raw && verdict.text !== '' && !isObjectText(verdict.text))
        return badResult('arguments that are an object were replaced by what is no JSON object');
      piece.set(verdict.text);
    }
    if (verdict.result !== 'hold') return null;
    if (piece === null) return badResult('the end cannot be held back');
    this.#hold(piece, nowMs);
    return this.tooMuch;
  }

  #hold(piece: AnswerPiece, nowMs: () => number): void {
    if (this.places.length === 0) this.#sinceMs = nowMs();
    this.#textBytes += piece.text.length;
    const place = this.placeOf(piece.kind, piece.choice);
    if (place === null)
      this.places = [...this.places, { kind: piece.kind, choice: piece.choice, last: piece }];
    else place.last = piece;
  }

  placeOf(kind: EventKind, choice: number): HeldPiece | null {
    for (const place of this.places) if (place.kind === kind && place.choice === choice) return place;
    return null;
  }

  #append(piece: AnswerPiece, text: string): void {
    const before = piece.text.length;
    piece.set(piece.current + text);
    this.#textBytes += piece.text.length - before;
  }

  /** The event stays until a later piece lets it go. */
  keep(event: AnswerEvent): void {
    this.held.push(event);
    // A whole answer is in memory anyway.
    if (!event.unit.whole) this.#eventBytes += event.unit.bytes.length;
  }

  /** Nothing is held any more: what was goes on. */
  release(): AnswerEvent[] {
    this.places = NOWHERE;
    this.#textBytes = this.#eventBytes = 0;
    if (this.held.length === 0) return NONE;
    const { held } = this;
    this.held = [];
    return held;
  }
}

const NO_APPENDS: readonly HeldText[] = [];
const NONE: AnswerEvent[] = [];
const NOWHERE: readonly HeldPiece[] = [];

function tooMuch(detail: string): StageFailure {
  return { failure: 'held_too_much', detail };
}

function badResult(detail: string): StageFailure {
  return { failure: 'bad_result', detail };
}
