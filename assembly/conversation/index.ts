// Kernel conversation: lists, in wire order, what a model will read of a request body and what else of it costs tokens,
// each with its place in the body, its role and its message. Reads the body once; keeps nothing between two bodies.
import { BODY_MAX, INPUT, KEYS, OUTCOME, PADDING } from './layout';
import { plainEnd, plainEndScalar, spaceEnd } from './lexeme';
import { beginParts, partCount, partsAt, settleRest, turnCount, unknownAt } from './parts';
import { setAnthropicRules } from './rules-anthropic';
import { setBedrockRules } from './rules-bedrock';
import { setCohereRules } from './rules-cohere';
import { setGeminiRules } from './rules-gemini';
import { setInvokeRules } from './rules-invoke';
import { setOllamaRules } from './rules-ollama';
import { setOpenaiRules } from './rules-openai';
import { setResponsesRules } from './rules-responses';
import { setVertexRules } from './rules-vertex';
import { readRoot } from './walk';

export * from './roots';

/** Writes the rules, once. */
export function init(): void {
  if (__heap_base > KEYS || reserve(0) == 0) abort();
  setOpenaiRules();
  setResponsesRules();
  setAnthropicRules();
  setGeminiRules();
  setVertexRules();
  setBedrockRules();
  setInvokeRules();
  setCohereRules();
  setOllamaRules();
}

/** Makes room for a body of `length` bytes and returns where to write it; 0 where there is none to be had. */
export function reserve(length: usize): usize {
  if (length > BODY_MAX) return 0;
  const need = tableAt(length) + 65536;
  const have = (<usize>memory.size()) << 16;
  if (need > have && memory.grow(<i32>((need - have + 65535) >> 16)) < 0) return 0;
  return INPUT;
}

function tableAt(length: usize): usize {
  return (INPUT + length + PADDING + 15) & ~(<usize>15);
}

/** Reads the `length` bytes at INPUT as a request of dialect `root`. Returns the number of parts, -1 where they are not one JSON object. */
export function read(root: i32, length: usize): i32 {
  const end = INPUT + length;
  for (let i: usize = 0; i < PADDING; i += 16) v128.store(end + i, i8x16.splat(0));
  beginParts(tableAt(length));
  let p = INPUT;
  if ((load<u32>(p) & 0xffffff) == 0xbfbbef) p += 3; // a byte-order mark
  p = spaceEnd(p);
  if (load<u8>(p) != 0x7b) return -1;
  p = readRoot(p, root);
  if (p == 0 || spaceEnd(p) != end) return -1;
  settleRest();
  const unknown = unknownAt();
  store<i32>(OUTCOME, turnCount());
  store<i32>(OUTCOME, unknown == 0 ? -1 : <i32>(unknown - INPUT), 4);
  store<u32>(OUTCOME, <u32>partsAt(), 8);
  return partCount();
}

/** Where `read` leaves what it found beside the parts (layout.ts). */
export function outcome(): usize {
  return OUTCOME;
}

/** The two ways to find a string's plain end, side by side for their equality test: offsets into the `length` bytes at INPUT. */
export function plainEndIn(offset: usize, length: usize, scalar: bool): usize {
  for (let i: usize = 0; i < PADDING; i += 16) v128.store(INPUT + length + i, i8x16.splat(0));
  const from = INPUT + offset;
  return (scalar ? plainEndScalar(from) : plainEnd(from)) - INPUT;
}
