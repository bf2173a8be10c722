// Follows the body through the places that have rules. Functions call one another as deep as places nest, which the rules
// bound (places form no circle); whatever has no place is passed over by skip.ts. An address of 0 means: not JSON.
import * as K from './keys';
import { clearEscape, hadEscape, scalarEnd, spaceEnd, stringEnd } from './lexeme';
import { SCRATCH } from './layout';
import * as M from './meanings';
import * as P from './parts';
import { GEM_BLOB, GEM_CONFIG, GEM_RESOLUTION, RESP_ITEM } from './places';
import { skipValue } from './skip';
import { detailOfWord, roleOfWord, sourceTypeOfWord, typeOfMedia, typeOfWord, unescape } from './words';

// What the value just read says about the object it stands in: TOLD_* | what; 0 = nothing.
let told: i32 = 0;
const TOLD_TYPE: i32 = 256;
const TOLD_DETAIL: i32 = 512;

/** Reads the object at `p` in place `root`; returns the address after it, 0 where it is not JSON. */
export function readRoot(p: usize, root: i32): usize {
  told = 0;
  return object(p, root);
}

/** The object at `p`, whose keys mean what `place` says. */
function object(p: usize, place: i32): usize {
  const open = p;
  const first = P.partCount();
  let seen: u64 = 0;
  let type = M.T_NONE;
  let detail = M.DETAIL_NONE;
  p = spaceEnd(p + 1);
  let c = load<u8>(p);
  while (c != 0x7d) {
    if (c != 0x22) return 0;
    const key = p + 1;
    clearEscape();
    const close = stringEnd(key);
    if (close == 0) return 0;
    const meaning = hadEscape ? escapedMeaning(place, key, close) : K.meaningOf(place, key, close);
    p = close + 1;
    if (load<u8>(p) != 0x3a) {
      p = spaceEnd(p);
      if (load<u8>(p) != 0x3a) return 0;
    }
    const bit = K.slotBit(meaning);
    if ((seen & bit) != 0) P.notUnderstood(key);
    seen |= bit;
    p = value(spaceEnd(p + 1), meaning);
    if (p == 0) return 0;
    if (told != 0) {
      if ((told & TOLD_TYPE) != 0) type = told & 255;
      else detail = told & 255;
      told = 0;
    }
    p = spaceEnd(p);
    c = load<u8>(p);
    if (c == 0x7d) break;
    if (c != 0x2c) return 0;
    p = spaceEnd(p + 1);
    c = load<u8>(p);
    if (c == 0x7d) return 0; // a comma before it
  }
  p++;
  if (place == RESP_ITEM) endItem(open, p, type);
  else if (place == GEM_BLOB && type == M.T_NONE) type = M.T_FILE;
  P.settle(first, type, detail);
  if (detail != M.DETAIL_NONE && (place == GEM_CONFIG || place == GEM_RESOLUTION))
    told = TOLD_DETAIL | detail;
  return p;
}

/** An item of Responses: one that has no role is what its type says; a reference stands for what the provider keeps. */
function endItem(open: usize, end: usize, type: i32): void {
  if (type == M.T_REFERENCE) P.addPart(M.OPAQUE, open, end, false);
  else if (P.currentRole() == M.NO_ROLE && type != M.T_NONE && type != M.T_MESSAGE)
    P.setRole(type == M.T_OUTPUT ? M.TOOL_ROLE : M.ASSISTANT);
}

function escapedMeaning(place: i32, key: usize, close: usize): u64 {
  const length = unescape(key, close);
  return K.meaningOf(place, SCRATCH, SCRATCH + length);
}

/** The array at `p`, each of whose elements means what `place` says. */
function list(p: usize, place: i32): usize {
  const meaning = K.meaningOfEach(place);
  const ids = K.ofScalar(meaning) == M.TOKEN_IDS;
  const open = p;
  let part = -2;
  p = spaceEnd(p + 1);
  if (load<u8>(p) != 0x5d) {
    while (true) {
      const c = load<u8>(p);
      if (ids && part == -2 && (c == 0x2d || <u8>(c - 0x30) < 10)) part = tokenIds(open, meaning);
      p = value(p, meaning);
      if (p == 0) return 0;
      p = spaceEnd(p);
      const d = load<u8>(p);
      if (d == 0x5d) break;
      if (d != 0x2c) return 0;
      p = spaceEnd(p + 1);
    }
  }
  p++;
  if (part >= 0) P.endPart(part, p);
  return p;
}

/** A list that turned out to be token ids is one part, wherever in it the first number stands. */
function tokenIds(open: usize, meaning: u64): i32 {
  const role = P.currentRole();
  const message = P.currentMessage();
  if (K.isTurn(meaning)) P.nextTurn(K.roleOf(meaning));
  const part = P.addPart(M.OPAQUE, open, open, false);
  P.setRole(role);
  P.setMessage(message);
  return part;
}

/** The value at `p`. */
function value(p: usize, meaning: u64): usize {
  const c = <i32>load<u8>(p);
  if (c != 0x22 && c != 0x7b && c != 0x5b) return scalar(p, meaning);
  const wanted = c == 0x22 ? K.ofString(meaning) : c == 0x7b ? K.ofObject(meaning) : K.ofArray(meaning);
  if (wanted == M.IGNORED) return c == 0x22 ? after(stringEnd(p + 1)) : skipValue(p);
  const turn = K.isTurn(meaning) && (c != 0x5b || wanted < M.KINDS) && wanted != M.UNKNOWN;
  const given = K.roleOf(meaning);
  if (!turn && given == 0) return content(p, c, wanted);
  const role = P.currentRole();
  const message = P.currentMessage();
  const first = P.partCount();
  if (turn) P.nextTurn(given);
  else P.setRole(given);
  p = content(p, c, wanted);
  if (turn && p != 0) P.settleTurn(first, given);
  P.setRole(role);
  P.setMessage(message);
  return p;
}

function content(p: usize, c: i32, wanted: i32): usize {
  if (wanted >= M.FIRST_PLACE) return c == 0x7b ? object(p, wanted) : list(p, wanted);
  const from = c == 0x22 ? p + 1 : p;
  if (c == 0x22) clearEscape();
  const to = c == 0x22 ? stringEnd(from) : skipValue(p);
  if (to == 0) return 0;
  const end = c == 0x22 ? to + 1 : to;
  if (wanted == M.UNKNOWN) {
    P.notUnderstood(p);
    return end;
  }
  if (wanted < M.KINDS) P.addPart(wanted, from, to, c == 0x22);
  else if (wanted == M.HIDDEN) {
    P.addPart(M.OPAQUE, from, to, c == 0x22);
    P.notUnderstood(p);
  } else word(wanted, from, to);
  return end;
}

/** A string that says something about what stands around it. */
function word(wanted: i32, from: usize, to: usize): void {
  let length = <i32>(to - from);
  if (hadEscape) {
    length = unescape(from, to);
    from = SCRATCH;
  }
  if (wanted == M.ROLE) P.setRole(roleOfWord(from, length));
  else if (wanted == M.TYPE) told = TOLD_TYPE | typeOfWord(from, length);
  else if (wanted == M.SOURCE_TYPE) told = TOLD_TYPE | sourceTypeOfWord(from, length);
  else if (wanted == M.MEDIA_TYPE) told = TOLD_TYPE | typeOfMedia(from, length);
  else if (wanted == M.DETAIL) told = TOLD_DETAIL | detailOfWord(from, length);
}

function scalar(p: usize, meaning: u64): usize {
  const end = scalarEnd(p);
  if (end != 0 && K.ofScalar(meaning) == M.THOUGHT && load<u8>(p) == 0x74) told = TOLD_TYPE | M.T_REASONING;
  return end;
}

function after(close: usize): usize {
  return close == 0 ? 0 : close + 1;
}
