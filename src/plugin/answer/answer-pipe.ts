// Takes a provider's answer apart into events, shows each piece of its text to the stages, and hands on what they let pass (CONTRACT.md
// §5.6). Exists only for answers that a plugin with `on_event` sees. Hot path: per chunk and per event.
//   chunks → framer → units → (texts found) → stage 0 ⇄ held → stage 1 ⇄ held → … → (rewritten where changed) → out
// One piece is asked about at a time, the last stages first, so that order holds whatever is awaited.
import type { ApiName } from '../../core/api.js';
import { HELD_MS_MAX } from '../../core/plugin-bounds.js';
import type { HookFailure } from '../hook.js';
import { AnswerEvent } from './answer-event.js';
import { type AnswerPiece, AnswerTexts, TextTooLong } from './answer-texts.js';
import type { EventStage, Piece, PieceVerdict } from './event-stage.js';
import { EventTemplate } from './event-template.js';
import { framerFor } from './framing.js';
import { JsonTape } from './json-tape.js';
import { Outbox } from './outbox.js';
import type { AnswerPipeOptions } from './pipe-options.js';
import { outgoing } from './rewrite.js';
import { StageLine } from './stage-line.js';
import { TextReader } from './text-read.js';
import { type Framer, NOTHING, Unit } from './unit.js';

/** One a thread: a document is read within one turn. */
const reader = new TextReader(new JsonTape());

const WITHOUT_TEXT =
  /^(none$|openai\.(embeddings|images|moderations|models|batches|files|realtime)|vertex\.)|embed|count_tokens|rerank|batches/;

export class AnswerPipe {
  readonly #options: AnswerPipeOptions;
  readonly #lines: readonly StageLine[];
  readonly #texts: AnswerTexts;
  readonly #outbox: Outbox;
  readonly #template = new EventTemplate();
  #framer: Framer | null = null;
  /** What came before the framing was known. */
  #first: Buffer = NOTHING;
  readonly #units: Unit[] = [];
  #ending = false;
  #working = false;
  #stopped = false;
  /** Nothing is read any more. */
  #raw = false;
  /** Counts up with every question; a late answer to an older one is dropped. */
  #question = 0;
  #asking: StageLine | null = null;
  #changed = false;

  /** Whether answers of this api have text: others, and errors, pass as they are, without a pipe. */
  static applies(api: ApiName, status: number): boolean {
    return status < 400 && !WITHOUT_TEXT.test(api);
  }

  constructor(options: AnswerPipeOptions) {
    this.#options = options;
    this.#lines = options.stages.map((stage, place) => new StageLine(stage, place));
    this.#texts = new AnswerTexts(options.inspectBytes);
    this.#outbox = new Outbox(options.out);
  }

  /** A verdict is awaited: the source should pause. */
  get waiting(): boolean {
    return this.#asking !== null;
  }

  /** Bytes went out otherwise than they came. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Whole events go out; false: bytes as they come. */
  get byEvents(): boolean {
    return !this.#raw;
  }

  /** Keeps references to the chunk. */
  push(chunk: Buffer): void {
    if (this.#stopped || chunk.length === 0) return;
    if (this.#raw) {
      this.#outbox.send(chunk);
      this.#outbox.flush();
      return;
    }
    if (this.#framer === null) this.#begin(chunk);
    else this.#framer.push(chunk);
    this.#work();
  }

  end(): void {
    if (this.#stopped) return;
    if (this.#framer === null && this.#first.length > 0) this.#units.push(new Unit({ bytes: this.#first }));
    if (!this.#raw) this.#framer?.end();
    this.#ending = true;
    this.#work();
  }

  /** Goes on without this stage, what it held back goes out; null: everything flows unread from now on. */
  bypass(stage: EventStage | null): void {
    if (this.#stopped) return;
    if (stage === null) this.#raw = true;
    const waited = this.#asking;
    for (const line of this.#lines) {
      if (stage !== null && line.stage !== stage) continue;
      line.bypassed = true;
      this.#next(line.place, line.release());
      if (this.#asking !== line) continue;
      this.#question++;
      this.#asking = null;
    }
    this.#work();
    if (waited !== null && this.#asking === null && !this.#stopped) this.#options.resume();
  }

  /** The owner has ended the answer: nothing more is asked, nothing more goes out. */
  abandon(): void {
    this.#stopped = true;
    this.#question++;
    this.#asking = null;
    this.#units.length = 0;
    for (const line of this.#lines) {
      line.release();
      line.ready.length = 0;
    }
  }

  /** To be called now and then: nothing is held back for longer than its bound. */
  checkHeld(nowMs: number): void {
    for (const line of this.#lines) {
      if (this.#stopped || line.heldForMs(nowMs) <= HELD_MS_MAX) continue;
      this.#fail(line, 'held_too_long', `text was held back for more than ${HELD_MS_MAX} ms`);
    }
  }

  #begin(chunk: Buffer): void {
    const bytes = this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk]);
    const { api, contentType, inspectBytes: bytesMax } = this.#options;
    this.#framer = framerFor(bytes, { api, contentType, bytesMax }, unit => this.#units.push(unit));
    this.#first = this.#framer === null ? bytes : NOTHING;
    this.#framer?.push(bytes);
  }

  /** Until nothing is left to do, or a verdict is awaited. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      while (!this.#stopped && this.#asking === null && this.#step());
    } finally {
      this.#working = false;
    }
    this.#outbox.flush();
  }

  /** The last stage that has something goes first. False: nothing is left. */
  #step(): boolean {
    for (let i = this.#lines.length - 1; i >= 0; i--) {
      const line = this.#lines[i];
      const event = line?.ready[0];
      if (line === undefined || event === undefined) continue;
      if (this.#ask(line, event) && !this.#stopped) this.#leave(line, event);
      return true;
    }
    const unit = this.#units.shift();
    if (unit !== undefined) return this.#take(unit);
    if (this.#raw && this.#framer !== null) this.#outbox.send(this.#framer.take());
    if (!this.#ending) return false;
    this.#ending = false;
    this.#next(-1, [new AnswerEvent(new Unit({ bytes: NOTHING }), true)]);
    return true;
  }

  #take(unit: Unit): boolean {
    const event = new AnswerEvent(unit);
    const fault = this.#raw ? null : this.#read(event);
    if (fault !== null && !this.#fail(null, 'unreadable', fault)) return false;
    this.#next(-1, [event]);
    return true;
  }

  #read(event: AnswerEvent): string | null {
    if (event.unit.fault !== null) return event.unit.fault;
    try {
      return event.read(reader, this.#texts, this.#template);
    } catch (cause) {
      if (cause instanceof TextTooLong) return cause.message;
      throw cause;
    }
  }

  /** Asks the stage about what it has not seen of the event. False: it waits for an answer, or all has ended. */
  #ask(line: StageLine, event: AnswerEvent): boolean {
    const { pieces } = event;
    while (event.asked < pieces.length && !line.bypassed) {
      const piece = pieces[event.asked];
      // Where nothing is left of it, there is nothing to see.
      if (piece !== undefined && piece.text.length > 0) {
        line.ended = false;
        if (!this.#show(line, event, piece, piece)) return false;
      }
      event.asked++;
    }
    if (!event.final || line.ended || line.bypassed) return true;
    line.ended = true;
    return this.#show(line, event, { kind: 'end', index: this.#texts.count, choice: 0, text: NOTHING }, null);
  }

  #show(line: StageLine, event: AnswerEvent, shown: Piece, piece: AnswerPiece | null): boolean {
    const verdict = line.stage.onPiece(shown, line.places);
    if (this.#stopped) return false;
    if (!(verdict instanceof Promise)) return this.#apply(line, piece, verdict);
    const question = ++this.#question;
    this.#asking = line;
    const answered = (come: PieceVerdict | null): void => {
      if (question !== this.#question || this.#stopped) return;
      this.#asking = null;
      if (piece !== null) event.asked++;
      try {
        this.#goOn(line, piece, come);
      } catch (thrown) {
        this.abandon();
        this.#options.bug?.(thrown);
      }
    };
    verdict.then(answered, () => answered(null));
    return false;
  }

  /** With the verdict that was awaited; null: there is none. */
  #goOn(line: StageLine, piece: AnswerPiece | null, come: PieceVerdict | null): void {
    this.#working = true; // a bypass within does not go on by itself
    if (come === null) this.#fail(line, 'worker_lost', 'the stage gave no verdict');
    else this.#apply(line, piece, come);
    this.#working = false;
    this.#work();
    if (this.#asking === null && !this.#stopped) this.#options.resume();
  }

  /** False: nothing goes on. `piece` is null at the end. */
  #apply(line: StageLine, piece: AnswerPiece | null, verdict: PieceVerdict): boolean {
    const failure = line.take(piece, verdict, this.#options.nowMs);
    if (failure !== null) return this.#fail(line, failure.failure, failure.detail);
    if (verdict.result === 'pass') this.#next(line.place, line.release());
    if (verdict.result !== 'end') return true;
    this.#outbox.flush();
    this.abandon();
    this.#options.ended?.(line.stage);
    return false;
  }

  /** The stage has seen all of the event. */
  #leave(line: StageLine, event: AnswerEvent): void {
    line.ready.shift();
    event.asked = 0;
    if (!line.holding) {
      this.#next(line.place, [event]);
      return;
    }
    line.keep(event);
    const failure = line.tooMuch;
    if (failure !== null) this.#fail(line, failure.failure, failure.detail);
  }

  /** Returns whether it goes on. What was let pass before has gone out when the owner hears of it. */
  #fail(line: StageLine | null, failure: HookFailure | 'unreadable', detail: string): boolean {
    this.#outbox.flush();
    this.#options.fail(line?.stage ?? null, failure, detail);
    const goesOn = line === null ? this.#raw : line.bypassed;
    if (!goesOn) this.abandon();
    return !this.#stopped;
  }

  /** To the stage behind the one at `place`, or to the client. */
  #next(place: number, events: readonly AnswerEvent[]): void {
    const line = this.#lines[place + 1];
    if (line !== undefined) {
      for (const event of events) line.ready.push(event);
      return;
    }
    for (const event of events) {
      if (event.isEnd) this.#finish();
      else this.#emit(event);
    }
  }

  #emit(event: AnswerEvent): void {
    const { unit, pieces, copies } = event;
    const bytes = outgoing(unit, pieces, copies, this.#texts, reader.tape);
    if (bytes !== unit.bytes) this.#changed = true;
    this.#outbox.send(bytes);
  }

  #finish(): void {
    this.#outbox.flush();
    this.#stopped = true;
    this.#options.done();
  }
}
