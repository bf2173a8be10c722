// The places that the scanner follows and the actions that strings have: the words of rules.ts.
import { ELEMENTS, SPECIAL } from './layout';

// Places: what kind of object or array we are inside. 0 is skipped.
export const ROOT: i32 = 1;
export const TOP_ARRAY: i32 = 2;
export const USAGE: i32 = 3;
export const IN_DETAILS: i32 = 4;
export const OUT_DETAILS: i32 = 5;
export const CACHE_CREATION: i32 = 6;
export const ITERATIONS: i32 = 7;
export const ITERATION: i32 = 8;
export const ITERATION_CACHE: i32 = 9;
export const COUNTED: i32 = 10;
export const BILLED: i32 = 11;
export const INVOCATION: i32 = 12;
export const IN_MODALITIES: i32 = 13;
export const IN_MODALITY: i32 = 14;
export const OUT_MODALITIES: i32 = 15;
export const OUT_MODALITY: i32 = 16;
export const CHOICES: i32 = 17;
export const CHOICE: i32 = 18;
export const DELTA: i32 = 19;
export const CHOICE_MESSAGE: i32 = 20;
export const PARTS: i32 = 21;
export const PART: i32 = 22;
export const CALLS: i32 = 23;
export const CALL: i32 = 24;
export const FUNCTION: i32 = 25;
export const CANDIDATES: i32 = 26;
export const CANDIDATE: i32 = 27;
export const CONTENT: i32 = 28;
export const RESPONSE: i32 = 29;
export const ERROR: i32 = 30;
export const X_GROQ: i32 = 31;
export const ROOT_MESSAGE: i32 = 32;
export const REASONING_PARTS: i32 = 33;
export const REASONING_PART: i32 = 34;
export const TOOL_USE: i32 = 35;
export const VALUE: i32 = 36;
export const OUTPUT: i32 = 37;
export const OUTPUT_ITEM: i32 = 38;
export const RESULTS: i32 = 39;
export const RESULT: i32 = 40;
export const PREDICTIONS: i32 = 41;
export const PREDICTION: i32 = 42;
export const EMBEDDINGS: i32 = 43;
export const STATISTICS: i32 = 44;
export const INTERACTION: i32 = 45;
export const BLOCK: i32 = 46;
export const GENERATIONS: i32 = 47;
export const GENERATION: i32 = 48;
export const COMPLETION: i32 = 49;
export const OUTPUT_OBJECT: i32 = 50;
export const INCOMPLETE: i32 = 51;
export const METADATA: i32 = 52;
export const STOP: i32 = 53;
export const DELTA_MESSAGE: i32 = 54;
export const ELEMENT_DETAILS: i32 = 55;
export const ROOT_PARTS: i32 = 56;
export const GEMINI_PARTS: i32 = 57;
export const GEMINI_PART: i32 = 58;
export const GEMINI_CALL: i32 = 59;
export const PARTIALS: i32 = 60;
export const PARTIAL: i32 = 61;
export const THOUGHT: i32 = 62;
export const ITEM: i32 = 63;

// Actions of a string. 1..5 are KIND_*.
export const TEXT: i32 = 1;
export const REASONING: i32 = 2;
export const REFUSAL: i32 = 3;
export const TOOL: i32 = 4;
export const NAME: i32 = 5;
export const BY_TYPE: i32 = 6; // the kind that the document's `type` says
export const ROOT_TEXT: i32 = 7; // text, but only in a document without a `type`
export const VOLATILE: i32 = 8; // of no meaning, and different in each event: see template.ts
export const CHOICE_TEXT: i32 = 9; // text; Together says the same again in the choice's delta
export const MESSAGE_TEXT: i32 = 10; // text, unless the choice's `text` said it
export const PART_TEXT: i32 = 11; // text, or reasoning in a part that is a thought
export const ITEM_NAME: i32 = 12; // a tool's name, unless this output item gave it
export const ITEM_ARGUMENTS: i32 = 13; // its arguments, unless they came as deltas
export const FIRST_CAPTURE: i32 = 16;
export const MODEL: i32 = 16; // the first that is not empty
export const MODEL_LAST: i32 = 17;
export const FINISH: i32 = 18;
export const ERROR_TEXT: i32 = 19;
export const MESSAGE: i32 = 20; // an error's text if the status or the event says that it is one
export const TIER: i32 = 21;
export const TYPE: i32 = 22;
export const MODALITY: i32 = 23;

// Where a raw usage object is kept.
export const MAIN: i32 = 1;
export const START: i32 = 2;
export const EXTRA: i32 = 3;
/** Or not: a tool's arguments, a span. */
export const ARGUMENTS: i32 = 4;

// What happens when an object or array begins or ends.
export const BEGINS: i32 = 1; // a document, a modality, an error
export const NOT_IN_SSE: i32 = 2; // it repeats what deltas said
export const OUTER: i32 = 3; // a choice, a candidate, an output item
export const INNER_PART: i32 = 4;
export const INNER_CALL: i32 = 5;
export const GEMINIS: i32 = 6;

/** `place` is an array whose objects are of place `element`. */
function elements(place: i32, element: i32): void {
  store<u8>(ELEMENTS + place, <u8>element);
}

/** The place of an array's objects; 0 where `place` is not an array that is followed. */
export function elementOf(place: i32): i32 {
  return <i32>load<u8>(ELEMENTS + place);
}

/** What happens when such an object begins or ends, 0 = nothing. */
export function specialOf(place: i32): i32 {
  return <i32>load<u8>(SPECIAL + place);
}

function special(place: i32, what: i32): void {
  store<u8>(SPECIAL + place, <u8>what);
}

export function setPlaces(): void {
  elements(TOP_ARRAY, ROOT);
  elements(ITERATIONS, ITERATION);
  elements(IN_MODALITIES, IN_MODALITY);
  elements(OUT_MODALITIES, OUT_MODALITY);
  elements(CHOICES, CHOICE);
  elements(PARTS, PART);
  elements(CALLS, CALL);
  elements(CANDIDATES, CANDIDATE);
  elements(REASONING_PARTS, REASONING_PART);
  elements(OUTPUT, OUTPUT_ITEM);
  elements(RESULTS, RESULT);
  elements(PREDICTIONS, PREDICTION);
  elements(GENERATIONS, GENERATION);
  elements(ROOT_PARTS, PART);
  elements(GEMINI_PARTS, GEMINI_PART);
  elements(PARTIALS, PARTIAL);
  special(ROOT, BEGINS);
  special(IN_MODALITY, BEGINS);
  special(OUT_MODALITY, BEGINS);
  special(ERROR, BEGINS);
  special(CHOICE_MESSAGE, NOT_IN_SSE);
  special(ROOT_PARTS, NOT_IN_SSE);
  special(CHOICE, OUTER);
  special(CANDIDATE, OUTER);
  special(OUTPUT_ITEM, OUTER);
  special(GENERATION, OUTER);
  special(RESULT, OUTER);
  special(PART, INNER_PART);
  special(REASONING_PART, INNER_PART);
  special(CALL, INNER_CALL);
  special(GEMINI_PART, GEMINIS);
}
