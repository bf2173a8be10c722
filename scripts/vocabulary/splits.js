// For every token the two tokens of its last merge, found without running BPE: the one split into two earlier tokens
// whose border no merge would have crossed. The method is that of the Rust crate `bpe` (github.com/github/rust-gems).
import { assert } from './assert.js';

/** "No such token." */
export const NONE = 0xffffffff;

/** The pair's key: 36 bits, exact in a double. */
const keyOf = (left, right) => left * 2 ** 18 + right;

/**
 * `{ prefix, left, right }`, a Uint32Array of token ids each, indexed by token id. `prefix`: the longest proper
 * prefix that is a token (NONE without one). Single bytes are their own left and right.
 */
export function buildSplits(tokens) {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const splits = {
    prefix: Uint32Array.from(tokens, token => longestProperPrefix(ids, token)),
    left: new Uint32Array(tokens.length),
    right: new Uint32Array(tokens.length),
    merged: new Map(),
  };
  tokens.forEach((token, id) => {
    const left = token.length === 1 ? id : leftOfSplit(splits, tokens, ids, id);
    assert(left !== NONE, `token ${id} (${JSON.stringify(token)}) is no merge of two earlier tokens`);
    splits.left[id] = left;
    splits.right[id] = token.length === 1 ? id : ids.get(token.slice(tokens[left].length));
    if (token.length > 1) splits.merged.set(keyOf(left, splits.right[id]), id);
  });
  return { prefix: splits.prefix, left: splits.left, right: splits.right };
}

function longestProperPrefix(ids, token) {
  for (let length = token.length - 1; length > 0; length -= 1) {
    const id = ids.get(token.slice(0, length));
    if (id !== undefined) return id;
  }
  return NONE;
}

function leftOfSplit(splits, tokens, ids, id) {
  for (let left = splits.prefix[id]; left !== NONE; left = splits.prefix[left]) {
    if (left >= id) continue;
    const right = ids.get(tokens[id].slice(tokens[left].length)) ?? NONE;
    if (right < id && staysApart(splits, left, right)) return left;
  }
  return NONE;
}

/**
 * Whether BPE of the two tokens' bytes passes through exactly these two tokens. Undoes merges on both sides of the
 * border, the latest first; at each step the two tokens at the border must not have a merge earlier than the one
 * undone last (`limit`; a tie goes to the left side, because BPE takes the leftmost of equal ranks).
 */
function staysApart({ left, right, merged }, leftToken, rightToken) {
  let a = leftToken;
  let b = rightToken;
  let limit = Number.POSITIVE_INFINITY;
  for (;;) {
    if ((merged.get(keyOf(a, b)) ?? limit) < limit) return false;
    const undoLeft = right[a] !== a && (a > b || left[b] === b);
    if (!undoLeft && left[b] === b) return true;
    if (undoLeft) {
      limit = a;
      a = right[a];
    } else {
      limit = b + 1;
      b = left[b];
    }
  }
}
