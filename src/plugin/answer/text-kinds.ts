// Which text of an answer a piece belongs to, and how an event says it: the words of text-rules.ts.
import type { EventKind } from '../abi.js';

/** Flavours of text: a kind of event, and what is told apart within it so that repeats find their text. */
export const TEXT = 0;
export const REASONING = 1;
export const REFUSAL = 2;
export const ARGUMENTS = 3;
/** A summary of reasoning, which has indices of its own beside the reasoning. */
export const SUMMARY = 4;
/** What an audio answer says. */
export const TRANSCRIPT = 5;
/** A text completion's text beside a chat's. */
export const PLAIN = 6;
/** What one says under a second name: reasoning in providers that send it twice. */
export const SECOND = 7;
export const FLAVOURS = 8;

const KINDS: readonly EventKind[] = [
  'text',
  'reasoning',
  'refusal',
  'tool_arguments',
  'reasoning',
  'text',
  'text',
  'reasoning',
];

export function kindOf(flavour: number): EventKind {
  return KINDS[flavour] ?? 'text';
}

/** A part of a text: the next, whatever came before. */
export const DELTA = 0;
/** The text as far as it has come; a piece where nothing has, or something else. */
export const WHOLE = 1;
/** The same, in an event that only repeats: its indices may be others, so that the text itself may tell. */
export const REPEAT = 2;
/** What another value of the same event says, if it says the same; else a part of a text. */
export const TWIN = 3;
/** A quotation (a citation, an old turn of the chat): never a piece. */
export const ECHO = 4;

/** A value of an event's document that is text. */
export interface FoundText {
  readonly flavour: number;
  readonly role: number;
  /** Choice, block or output item. */
  readonly outer: number;
  /** Part or call in it. */
  readonly inner: number;
  /** In the document: the inside of the string, or the raw object. */
  readonly start: number;
  readonly end: number;
  readonly raw: boolean;
  readonly escaped: boolean;
}
