// Makes an event's bytes anew where its text was changed: those strings, and the log probabilities that told of them. Rare path.
import { AnswerPiece, type AnswerTexts, type Copy, TextAccount } from './answer-texts.js';
import { ARRAY, type JsonTape, OBJECT, SCALAR } from './json-tape.js';
import { type KeyName, keyNumber } from './keys.js';
import type { FoundText } from './text-kinds.js';
import type { Edit, Unit } from './unit.js';

/** They name the tokens of the text that was there, or say it as an object. */
const TELLTALES: readonly KeyName[] = [
  'logprobs',
  'logprobsResult',
  'avgLogprobs',
  'token_ids',
  'token_likelihoods',
  'parsed',
];
const telltales = new Set(TELLTALES.map(keyNumber));

/** The unit's bytes as they go out; `unit.bytes` itself where nothing was changed. Its pieces count as passed. */
export function outgoing(
  unit: Unit,
  pieces: readonly AnswerPiece[],
  copies: readonly Copy[],
  texts: AnswerTexts,
  tape: JsonTape,
): Buffer {
  let changes = UNCHANGED;
  for (const piece of pieces) {
    piece.pass();
    if (piece.changed) changes = withChange(changes, piece.found, piece.current);
  }
  for (const copy of copies) {
    const text = saidAgain(copy, texts);
    if (text !== copy.source) changes = withChange(changes, copy.found, text);
  }
  if (changes === UNCHANGED || unit.doc === null) return unit.bytes;
  return unit.rebuilt(editsOf(unit, unit.doc, changes, tape));
}

interface Change {
  readonly found: FoundText;
  readonly text: string;
}

const UNCHANGED: Change[] = [];

function withChange(changes: Change[], found: FoundText, text: string): Change[] {
  const all = changes === UNCHANGED ? [] : changes;
  all.push({ found, text });
  return all;
}

function saidAgain(copy: Copy, texts: AnswerTexts): string {
  const { of } = copy;
  if (of instanceof AnswerPiece) return of.current;
  if (of instanceof TextAccount) return of.changed ? again(of, copy) : copy.source;
  return texts.quotation(copy.source);
}

/** A provider that trimmed what it repeats finds it trimmed. */
function again(of: TextAccount, copy: Copy): string {
  const isTrimmed = !copy.found.raw && copy.source !== of.seen;
  return isTrimmed ? of.passed.trim() : of.passed;
}

function editsOf(unit: Unit, doc: Buffer, changes: readonly Change[], tape: JsonTape): Edit[] {
  const edits: Edit[] = changes.map(({ found, text }) => ({
    start: found.start,
    end: found.end,
    bytes: Buffer.from(found.raw ? rawOf(text) : insideOf(text)),
  }));
  if (tape.read(doc, unit.from, unit.to)) {
    const dropped = new Set<number>();
    for (const { found } of changes) dropTelltales(tape, tape.nodeAt(found.start), edits, dropped);
  }
  return edits.sort((a, b) => a.start - b.start);
}

/** In all objects around the value: of its choice, its part, not of others'. */
function dropTelltales(tape: JsonTape, node: number, edits: Edit[], dropped: Set<number>): void {
  for (let holder = node < 0 ? -1 : tape.parent(node); holder >= 0; holder = tape.parent(holder)) {
    if (tape.kind(holder) !== OBJECT) continue;
    const stop = tape.after(holder);
    for (let child = holder + 1; child < stop; child = tape.after(child)) {
      if (!telltales.has(tape.key(child)) || dropped.has(child)) continue;
      dropped.add(child);
      const kind = tape.kind(child);
      // Official clients take null for an object or a number, and an empty array for an array.
      if (kind === ARRAY) edits.push({ start: tape.start(child), end: tape.end(child), bytes: EMPTY_ARRAY });
      else if (kind === OBJECT || (kind === SCALAR && !isWord(tape, child)))
        edits.push({ start: tape.start(child), end: tape.end(child), bytes: NULL });
    }
  }
}

const EMPTY_ARRAY = Buffer.from('[]');
const NULL = Buffer.from('null');

/** null, true or false. */
function isWord(tape: JsonTape, node: number): boolean {
  return (tape.bytes[tape.start(node)] ?? 0) >= 0x61;
}

/** The inside of a JSON string. */
function insideOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A raw object's text on one line: framings end a line at the first break. Nothing is the empty object. */
function rawOf(text: string): string {
  return isObjectText(text) ? text.replace(/[\r\n]/g, ' ').trim() : '{}';
}

/** Whether `text` may stand for a raw object. */
export function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
