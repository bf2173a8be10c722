// What the pipe asks of a plugin's `on_event` (CONTRACT.md §5.6), whoever runs it.
import type { EventKind } from '../abi.js';
import type { HeldPlace, HeldText } from '../hook.js';

/** A piece of model text, or the end. */
export interface Piece {
  readonly kind: EventKind;
  /** Of all pieces of the answer, from 0; of the end: how many there were. */
  readonly index: number;
  /** Choice, block or output item; 0 of the end. */
  readonly choice: number;
  /** UTF-8, escapes undone, as the stage before left it; a tool's arguments that are an object: their JSON. Not to be written to, valid during the call. */
  readonly text: Uint8Array;
}

export interface PieceVerdict {
  /** `end`: nothing more goes out; the stage's owner ends the answer. */
  readonly result: 'pass' | 'hold' | 'end';
  /** null leaves the text as it is; '' empties it (a raw object becomes `{}`). Of no meaning at the end. */
  readonly text: string | null;
  /** Each stands behind the last piece of its kind and choice that this stage held back before this one; of no meaning where none was. */
  readonly append: readonly HeldText[] | null;
}

export interface EventStage {
  /** `held`: where this stage holds pieces back, each place once. A promise holds up all of the answer. */
  onPiece(piece: Piece, held: readonly HeldPlace[]): PieceVerdict | Promise<PieceVerdict>;
}
