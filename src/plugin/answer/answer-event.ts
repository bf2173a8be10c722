// A unit of the answer with what was found in it, on its way through the stages.
import type { AnswerPiece, AnswerTexts, Copy } from './answer-texts.js';
import type { EventTemplate } from './event-template.js';
import { ARRAY, OBJECT, SCALAR } from './json-tape.js';
import type { FoundText } from './text-kinds.js';
import type { TextReader } from './text-read.js';
import { ROOT } from './text-rules.js';
import type { Unit } from './unit.js';

export class AnswerEvent {
  readonly unit: Unit;
  pieces: readonly AnswerPiece[] = NO_PIECES;
  copies: readonly Copy[] = NO_COPIES;
  /** The stages are told of the end before it goes out. */
  final = false;
  /** The end of the body: nothing goes out. */
  readonly isEnd: boolean;
  /** Pieces that the present stage was asked about; one more than there are: the end, too. */
  asked = 0;

  constructor(unit: Unit, isEnd = false) {
    this.unit = unit;
    this.isEnd = isEnd;
    this.final = isEnd || unit.whole || unit.closes;
  }

  /** Finds the texts of the unit's document. Returns why it cannot be read, else null. Throws TextTooLong. */
  read(reader: TextReader, texts: AnswerTexts, template: EventTemplate): string | null {
    const { doc, from, to, name } = this.unit;
    if (doc === null) return null;
    const again = template.match(doc, from, to, name);
    if (again !== null) return this.#sort(texts, doc, [again]);
    const { tape } = reader;
    if (!tape.read(doc, from, to)) return 'an event of the answer is not JSON';
    const kind = tape.kind(0);
    if (kind !== OBJECT && kind !== ARRAY)
      return kind === SCALAR ? null : 'an event of the answer is a bare text';
    reader.final = false;
    reader.found = [];
    reader.volatile = [];
    if (kind === OBJECT) reader.document(0, name, ROOT);
    else
      for (let child = 1; child < tape.after(0); child = tape.after(child))
        if (tape.kind(child) === OBJECT) reader.document(child, name, ROOT);
    if (reader.final) this.final = true;
    if (reader.type.begins) texts.forget();
    const { found } = reader;
    const only = found[0];
    if (only === undefined) return null;
    if (found.length === 1 && !this.final && kind === OBJECT)
      template.learn(tape, from, to, name, only, reader.volatile);
    return this.#sort(texts, doc, found);
  }

  #sort(texts: AnswerTexts, doc: Buffer, found: readonly FoundText[]): null {
    const pieces: AnswerPiece[] = [];
    const copies: Copy[] = [];
    texts.sort(doc, found, pieces, copies);
    this.pieces = pieces;
    this.copies = copies;
    return null;
  }
}

const NO_PIECES: readonly AnswerPiece[] = [];
const NO_COPIES: readonly Copy[] = [];
