// Drives an answer pipe in tests: an answer in, what the client gets and what the stages saw out.
import type { ApiName } from '../../../src/core/api.js';
import type { EventKind } from '../../../src/plugin/abi.js';
import { AnswerPipe } from '../../../src/plugin/answer/answer-pipe.js';
import type { EventStage, Piece, PieceVerdict } from '../../../src/plugin/answer/event-stage.js';

import type { HeldPlace } from '../../../src/plugin/hook.js';

export interface Shown {
  readonly kind: EventKind;
  readonly index: number;
  readonly choice: number;
  readonly text: string;
  /** Where the stage holds text back: `kind choice`. */
  readonly held: readonly string[];
}

export const PASS: PieceVerdict = { result: 'pass', text: null, append: null };
export const HOLD: PieceVerdict = { result: 'hold', text: null, append: null };
export const END: PieceVerdict = { result: 'end', text: null, append: null };
export const passed = (text: string): PieceVerdict => ({ result: 'pass', text, append: null });
export const appended = (kind: EventKind, choice: number, text: string): PieceVerdict => ({
  result: 'pass',
  text: null,
  append: [{ kind, choice, text }],
});
export const held = (text: string): PieceVerdict => ({ result: 'hold', text, append: null });

/** A stage that remembers what it saw. */
export class TestStage implements EventStage {
  readonly shown: Shown[] = [];
  readonly #verdict: (shown: Shown) => PieceVerdict | Promise<PieceVerdict>;

  constructor(verdict: (shown: Shown) => PieceVerdict | Promise<PieceVerdict> = () => PASS) {
    this.#verdict = verdict;
  }

  onPiece(piece: Piece, places: readonly HeldPlace[]): PieceVerdict | Promise<PieceVerdict> {
    const { kind, index, choice } = piece;
    const held = places.map(place => `${place.kind} ${place.choice}`);
    const shown = { kind, index, choice, text: Buffer.from(piece.text).toString(), held };
    this.shown.push(shown);
    return this.#verdict(shown);
  }

  /** Texts by kind, in order. */
  get texts(): string[] {
    return this.shown.filter(one => one.kind !== 'end').map(one => one.text);
  }

  get kinds(): string[] {
    return this.shown.map(one => one.kind);
  }
}

export interface RunOptions {
  readonly api?: ApiName;
  readonly contentType?: string;
  readonly inspectBytes?: number;
  /** What the owner does about a failure. */
  readonly onFail?: (pipe: AnswerPipe, stage: EventStage | null) => void;
}

export class PipeRun {
  readonly pipe: AnswerPipe;
  readonly out: Buffer[] = [];
  readonly failures: string[] = [];
  readonly bugs: unknown[] = [];
  /** Before each piece of what goes out. */
  onOut: () => void = () => undefined;
  done = 0;
  ended = 0;
  resumed = 0;
  now = 0;

  constructor(stages: readonly EventStage[], options: RunOptions = {}) {
    this.pipe = new AnswerPipe({
      api: options.api ?? 'openai.chat',
      contentType: options.contentType ?? '',
      stages,
      inspectBytes: options.inspectBytes ?? 8 << 20,
      nowMs: () => this.now,
      out: bytes => {
        this.onOut();
        this.out.push(Buffer.from(bytes));
      },
      fail: (stage, failure, detail) => {
        this.failures.push(`${failure}: ${detail}`);
        options.onFail?.(this.pipe, stage);
      },
      bug: thrown => this.bugs.push(thrown),
      ended: () => {
        this.ended++;
      },
      resume: () => {
        this.resumed++;
      },
      done: () => {
        this.done++;
      },
    });
  }

  feed(chunks: Iterable<Uint8Array | string>): this {
    for (const chunk of chunks) this.pipe.push(Buffer.from(chunk));
    return this;
  }

  all(chunks: Iterable<Uint8Array | string>): string {
    this.feed(chunks).pipe.end();
    return this.text;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.out);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

export const sse = (...events: unknown[]): string =>
  events.map(one => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
