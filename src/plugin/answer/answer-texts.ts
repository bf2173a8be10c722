// The texts of one answer: what has come of each, what was let pass of each, and which values of an event repeat which of them.
import type { EventKind } from '../abi.js';
import type { Piece } from './event-stage.js';
import { textOf } from './json-tape.js';
import { DELTA, ECHO, FLAVOURS, type FoundText, kindOf, REPEAT, TWIN } from './text-kinds.js';

/** Texts that are told apart in one answer. What is beyond is shown all the same, but no repeat of it is known. */
const TEXTS_MAX = 16_384;
const INDEX_MAX = 65_535;

/** One text: of a choice, a block, a call. */
export class TextAccount {
  readonly kind: EventKind;
  /** What has come. */
  seen = '';
  /** What went out. */
  passed = '';
  changed = false;
  /** Too long to be kept: its repeats cannot be told. */
  lost = false;

  constructor(kind: EventKind) {
    this.kind = kind;
  }
}

/** A piece on its way through the stages. */
export class AnswerPiece implements Piece {
  readonly kind: EventKind;
  index = 0;
  readonly choice: number;
  readonly found: FoundText;
  readonly account: TextAccount;
  readonly original: string;
  current: string;
  text: Uint8Array;

  constructor(found: FoundText, account: TextAccount, original: string, text: Uint8Array) {
    this.kind = account.kind;
    this.choice = found.outer;
    this.found = found;
    this.account = account;
    this.original = original;
    this.current = original;
    this.text = text;
  }

  set(text: string): void {
    this.current = text;
    this.text = Buffer.from(text);
  }

  get changed(): boolean {
    return this.current !== this.original;
  }

  /** Its event goes out. */
  pass(): void {
    if (this.account.lost) this.account.passed = '';
    else this.account.passed += this.current;
    if (this.changed) this.account.changed = true;
  }
}

/** A value that says again what was said. */
export interface Copy {
  readonly found: FoundText;
  /** As it came. */
  readonly source: string;
  /** The piece of the same event, or the text, that it repeats; null: a quotation of whatever text has it. */
  readonly of: AnswerPiece | TextAccount | null;
}

/** Thrown where a text that was too long to keep is repeated. */
export class TextTooLong extends Error {
  override readonly name = 'TextTooLong';
}

export class AnswerTexts {
  readonly #accounts = new Map<number, TextAccount>();
  readonly #charactersMax: number;
  #characters = 0;
  /** Pieces so far. */
  count = 0;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  /** Sorts what was found in a document of `bytes`: pieces, in the order of the wire, and copies. Throws TextTooLong. */
  sort(bytes: Buffer, found: readonly FoundText[], pieces: AnswerPiece[], copies: Copy[]): void {
    let others = false;
    for (const one of found) {
      if (one.role === DELTA) pieces.push(this.#piece(bytes, one, false));
      else others = true;
    }
    if (others) this.#others(bytes, found, pieces, copies);
    for (const piece of pieces) piece.index = this.count++;
  }

  /** After the deltas, which they may repeat. */
  #others(bytes: Buffer, found: readonly FoundText[], pieces: AnswerPiece[], copies: Copy[]): void {
    const before = pieces.length;
    for (const one of found) if (one.role !== DELTA) this.#other(bytes, one, pieces, copies);
    if (before > 0 && pieces.length > before) pieces.sort((a, b) => a.found.start - b.found.start);
  }

  #other(bytes: Buffer, found: FoundText, pieces: AnswerPiece[], copies: Copy[]): void {
    const source = sourceOf(bytes, found);
    let of: AnswerPiece | TextAccount | null = null;
    if (found.role !== ECHO) {
      of = twinOf(found, source, pieces) ?? this.#repeated(found, source);
      if (of === null) {
        pieces.push(this.#piece(bytes, found, found.role !== TWIN));
        return;
      }
    }
    copies.push({ found, source, of });
  }

  /** The text that `found` says again; null where it says something new. */
  #repeated(found: FoundText, source: string): TextAccount | null {
    if (found.role === TWIN) return null;
    const own = this.#accounts.get(keyOf(found));
    if (own?.lost === true)
      throw new TextTooLong('the answer repeats a text that was too long to be remembered');
    if (own !== undefined && isSame(own.seen, source, found.raw)) return own;
    if (found.role !== REPEAT) return null;
    const kind = kindOf(found.flavour);
    for (const account of this.#accounts.values())
      if (account.kind === kind && isSame(account.seen, source, found.raw)) return account;
    return null;
  }

  #piece(bytes: Buffer, found: FoundText, anew: boolean): AnswerPiece {
    const source = sourceOf(bytes, found);
    const account = this.#account(found, anew);
    this.#characters += source.length;
    if (this.#characters > this.#charactersMax) account.lost = true;
    account.seen = account.lost ? '' : account.seen + source;
    const text = found.escaped ? Buffer.from(source) : bytes.subarray(found.start, found.end);
    return new AnswerPiece(found, account, source, text);
  }

  #account(found: FoundText, anew: boolean): TextAccount {
    const key = keyOf(found);
    const known = anew ? undefined : this.#accounts.get(key);
    if (known !== undefined) return known;
    const account = new TextAccount(kindOf(found.flavour));
    if (this.#accounts.size < TEXTS_MAX) this.#accounts.set(key, account);
    return account;
  }

  /** Another answer begins in the same body: its indices are used again. */
  forget(): void {
    this.#accounts.clear();
  }

  /** What a quotation of texts that were changed may still say. */
  quotation(source: string): string {
    for (const account of this.#accounts.values()) {
      if (!account.changed) continue;
      if (account.seen === source) return account.passed;
      if (account.seen.includes(source) && !account.passed.includes(source)) return '';
    }
    return source;
  }
}

function keyOf(found: FoundText): number {
  const outer = Math.min(found.outer, INDEX_MAX);
  const inner = Math.min(found.inner, INDEX_MAX);
  return (outer * (INDEX_MAX + 1) + inner) * FLAVOURS + found.flavour;
}

function sourceOf(bytes: Buffer, found: FoundText): string {
  return textOf(bytes, found.start, found.end, found.escaped);
}

/** The piece of the same event that says the same in the same place of another holder. */
function twinOf(found: FoundText, source: string, pieces: readonly AnswerPiece[]): AnswerPiece | null {
  if (found.role === REPEAT) return null;
  for (const piece of pieces) {
    if (piece.original !== source || piece.choice !== found.outer || piece.kind !== kindOf(found.flavour))
      continue;
    if (found.role === TWIN || piece.found.inner === found.inner) return piece;
  }
  return null;
}

/** Some providers trim what they repeat. */
function isSame(seen: string, source: string, raw: boolean): boolean {
  if (seen === '' || seen === source) return seen !== '';
  if (!raw) return seen.length - source.length < 8 && seen.trim() === source.trim();
  try {
    return JSON.stringify(JSON.parse(seen)) === JSON.stringify(JSON.parse(source));
  } catch {
    return false;
  }
}
