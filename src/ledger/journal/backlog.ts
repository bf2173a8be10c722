// What could not be written, in memory and bounded. Whole entries that refer to the journal's dictionary, in order.
interface Piece {
  readonly bytes: Buffer;
  readonly settled: number;
}

export class Backlog {
  readonly #max: number;
  #pieces: Piece[] = [];
  #bytes = 0;
  /** Settlements that found no room here either, ever; and how many of them an entry of the journal says. */
  lost = 0;
  told = 0;

  /** @param max bytes, all together */
  constructor(max: number) {
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `settled`: settlements among the entries. Where there is no room they are lost, and counted. */
  add(piece: Buffer, settled: number): void {
    if (this.#bytes + piece.length > this.#max) this.lost += settled;
    else {
      this.#pieces.push({ bytes: piece, settled });
      this.#bytes += piece.length;
    }
  }

  /** Older than what is here, and in a file already, for what that is worth: never dropped. */
  addFirst(pieces: readonly Buffer[]): void {
    this.#pieces = [...pieces.map(bytes => ({ bytes, settled: 0 })), ...this.#pieces];
    for (const piece of pieces) this.#bytes += piece.length;
  }

  /** The oldest; it stays until it is written. */
  first(): Buffer | null {
    return this.#pieces[0]?.bytes ?? null;
  }

  firstIsWritten(): void {
    const piece = this.#pieces.shift();
    if (piece !== undefined) this.#bytes -= piece.bytes.length;
  }

  /** Nothing will be written any more. */
  giveUp(): void {
    for (const { settled } of this.#pieces) this.lost += settled;
    this.#pieces = [];
    this.#bytes = 0;
  }
}
