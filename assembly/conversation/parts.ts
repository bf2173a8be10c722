// The table of parts behind the body, and what is known only later: a role that comes after the content, a type after the data.
import * as L from './layout';
import * as M from './meanings';

let table: usize = 0;
let count: i32 = 0;
/** Address of the first thing that was not understood, or 0. */
let unknown: usize = 0;
/** Parts of kind BY_TYPE that nothing has settled yet. */
let pending: i32 = 0;
/** Messages begun. */
let turns: i32 = 0;
// What holds for the next part.
let role: i32 = M.NO_ROLE;
let message: i32 = -1;

export function beginParts(at: usize): void {
  table = at;
  count = 0;
  unknown = 0;
  pending = 0;
  turns = 0;
  role = M.NO_ROLE;
  message = -1;
}

export function partsAt(): usize {
  return table;
}
export function partCount(): i32 {
  return count;
}
export function turnCount(): i32 {
  return turns;
}
export function unknownAt(): usize {
  return unknown;
}
export function currentRole(): i32 {
  return role;
}
export function currentMessage(): i32 {
  return message;
}
export function setRole(to: i32): void {
  role = to;
}
export function setMessage(to: i32): void {
  message = to;
}
export function nextTurn(as: i32): void {
  role = as;
  message = turns++;
}

/** Something at `at` might hold text and is not understood. */
export function notUnderstood(at: usize): void {
  if (unknown == 0) unknown = at;
}

function partAt(index: i32): usize {
  return table + ((<usize>index) << 4);
}

/** Adds a part of the bytes [from, to); returns its index, or -1 where the table is full. */
export function addPart(kind: i32, from: usize, to: usize, isString: bool): i32 {
  if (count >= L.PARTS_MAX) {
    notUnderstood(from);
    return -1;
  }
  const at = partAt(count);
  const room = (<usize>memory.size()) << 16;
  if (at + L.PART_BYTES > room) {
    // Doubling, so that growing costs a constant a part.
    const pages = <i32>max<usize>(1, (at - table) >> 16);
    if (memory.grow(pages) < 0) {
      notUnderstood(from);
      return -1;
    }
  }
  store<u32>(at, <u32>(from - L.INPUT));
  store<u32>(at, <u32>(to - L.INPUT), L.P_END);
  store<i32>(at, message, L.P_MESSAGE);
  store<u32>(at, <u32>kind | ((<u32>role) << 8) | ((isString ? 1 : 0) << 16), L.P_KIND);
  if (kind == M.BY_TYPE) pending++;
  return count++;
}

/** The end of a part whose end was not known. */
export function endPart(index: i32, to: usize): void {
  if (index >= 0) store<u32>(partAt(index), <u32>(to - L.INPUT), L.P_END);
}

/** An object is over: its `type` and `detail` say what its parts from `first` on are. Objects nest a bounded number of times. */
export function settle(first: i32, type: i32, detail: i32): void {
  if (first == count) return;
  const media = pending > 0 ? mediaOf(type) : 0;
  if (media == 0 && detail == M.DETAIL_NONE && type != M.T_REASONING && type != M.T_COMPACTION) return;
  for (let i = first; i < count; i++) {
    const at = partAt(i);
    let kind = <i32>load<u8>(at, L.P_KIND);
    if (kind == M.BY_TYPE && media != 0) {
      pending--;
      kind = media;
    } else if (kind == M.TEXT && type == M.T_REASONING) kind = M.REASONING;
    else if (kind == M.RESULT && type == M.T_COMPACTION) kind = M.TEXT;
    store<u8>(at, <u8>kind, L.P_KIND);
    const seen = kind == M.IMAGE || kind == M.VIDEO || kind == M.FILE || kind == M.BY_TYPE;
    if (seen && detail != M.DETAIL_NONE && load<u8>(at, L.P_DETAIL) == 0)
      store<u8>(at, <u8>detail, L.P_DETAIL);
  }
}

/** What data is that stands in, or under, an object of this type; 0 = the type does not say. */
function mediaOf(type: i32): i32 {
  switch (type) {
    case M.T_IMAGE:
      return M.IMAGE;
    case M.T_AUDIO:
      return M.AUDIO;
    case M.T_VIDEO:
      return M.VIDEO;
    case M.T_FILE:
      return M.FILE;
    case M.T_TEXT:
      return M.TEXT;
    default:
      return 0;
  }
}

/** A message is over: its parts get the role it turned out to have; what a tool's message says is a result. */
export function settleTurn(first: i32, began: i32): void {
  if (role == began && role != M.TOOL_ROLE) return;
  for (let i = first; i < count; i++) {
    const at = partAt(i);
    store<u8>(at, <u8>role, L.P_ROLE);
    if (role == M.TOOL_ROLE && load<u8>(at, L.P_KIND) == M.TEXT) store<u8>(at, M.RESULT, L.P_KIND);
  }
}

/** The body is over: data of a kind that nothing told. */
export function settleRest(): void {
  for (let i = 0; i < count && pending > 0; i++) {
    const at = partAt(i);
    if (load<u8>(at, L.P_KIND) != M.BY_TYPE) continue;
    store<u8>(at, M.OPAQUE, L.P_KIND);
    store<u8>(at, M.DETAIL_NONE, L.P_DETAIL);
    notUnderstood(L.INPUT + <usize>load<u32>(at));
    pending--;
  }
}
