// All tokens as one double-array trie: the child of slot s by byte c is slot base(s) + c where check of that slot is s.
// First a plain tree is grown from the sorted tokens, then its nodes get their bases: the widest first, because they
// fit the fewest places, then the single children in the tree's order, which lays each chain side by side in a line.
import { assert } from './assert.js';
import { NONE } from './splits.js';

const TERMINAL = 0x80000000;
const TRIES_MAX = 64;

/** `{ slots, entries, terminals, nodes }`: entries are pairs of words (base with the terminal bit, check). */
export function buildTrie(tokens) {
  const tree = growTree(tokens);
  const bases = placeNodes(tree);
  const slotOf = new Uint32Array(tree.count);
  for (let node = 1; node < tree.count; node += 1) slotOf[node] = bases[tree.parent[node]] + tree.byte[node];

  // Any byte may be asked of any node, so base + 255 stays inside.
  const slots = bases.reduce((most, base) => Math.max(most, base), 0) + 256;
  const entries = new Uint32Array(slots * 2);
  for (let slot = 0; slot < slots; slot += 1) entries[slot * 2 + 1] = NONE;
  const terminals = new Uint32Array(slots).fill(NONE);
  for (let node = 0; node < tree.count; node += 1) {
    const slot = slotOf[node];
    assert(node === 0 || entries[slot * 2 + 1] === NONE, `two nodes of the trie share slot ${slot}`);
    entries[slot * 2] = (bases[node] | (tree.token[node] === NONE ? 0 : TERMINAL)) >>> 0;
    if (node > 0) entries[slot * 2 + 1] = slotOf[tree.parent[node]];
    terminals[slot] = tree.token[node];
  }
  return { slots, entries, terminals, nodes: tree.count };
}

// Node 0 is the root; nodes stand in preorder, children in order of their byte (firstChild, then nextSibling; 0 = none).
function growTree(tokens) {
  const room = tokens.reduce((sum, token) => sum + token.length, 1);
  const tree = {
    count: 1,
    byte: new Uint8Array(room),
    parent: new Uint32Array(room),
    firstChild: new Uint32Array(room),
    nextSibling: new Uint32Array(room),
    children: new Uint16Array(room),
    token: new Uint32Array(room).fill(NONE),
  };
  const lastChild = new Uint32Array(room);
  const path = [0];
  let before = '';
  for (const id of sortedIds(tokens)) {
    const token = tokens[id];
    let depth = 0;
    while (depth < before.length && before.charCodeAt(depth) === token.charCodeAt(depth)) depth += 1;
    for (; depth < token.length; depth += 1) {
      const parent = path[depth];
      const node = tree.count++;
      tree.byte[node] = token.charCodeAt(depth);
      tree.parent[node] = parent;
      tree.children[parent] += 1;
      if (lastChild[parent] === 0) tree.firstChild[parent] = node;
      else tree.nextSibling[lastChild[parent]] = node;
      lastChild[parent] = node;
      path[depth + 1] = node;
    }
    tree.token[path[depth]] = id;
    before = token;
  }
  return tree;
}

// Strings of one character a byte: their order is that of the bytes.
function sortedIds(tokens) {
  return tokens.map((_, id) => id).sort((a, b) => (tokens[a] < tokens[b] ? -1 : 1));
}

// The base of each node, 0 for leaves. A base is at least 1, so that slot 0 is the root's alone.
function placeNodes(tree) {
  const bases = new Uint32Array(tree.count);
  const free = new FreeSlots(tree.count * 2 + 1024);
  for (const node of widestFirst(tree)) {
    const bytes = [];
    for (let child = tree.firstChild[node]; child !== 0; child = tree.nextSibling[child]) {
      bytes.push(tree.byte[child]);
    }
    bases[node] = free.takeFor(bytes);
  }
  return bases;
}

function widestFirst(tree) {
  const ofWidth = Array.from({ length: 257 }, () => []);
  for (let node = 0; node < tree.count; node += 1) ofWidth[tree.children[node]].push(node);
  return ofWidth.slice(1).reverse().flat();
}

/** The slots not yet taken, as a ring through slot 0. */
class FreeSlots {
  constructor(capacity) {
    this.next = Uint32Array.from({ length: capacity }, (_, slot) => (slot + 1) % capacity);
    this.before = Uint32Array.from({ length: capacity }, (_, slot) => (slot + capacity - 1) % capacity);
    this.isTaken = new Uint8Array(capacity + 256);
    this.isTaken[0] = 1;
    this.width = 0;
    this.from = 0;
  }

  /** Takes a place where all `bytes` (ascending) find a free slot; returns its base. Widths never grow. */
  takeFor(bytes) {
    if (bytes.length !== this.width) this.from = 0;
    this.width = bytes.length;
    let tries = 0;
    // A taken slot's `next` still leads forward, so the search may set out from one.
    for (let slot = this.next[this.from]; slot !== 0; slot = this.next[slot]) {
      tries += 1;
      const base = slot - bytes[0];
      if (base < 1 || !this.fits(base, bytes)) continue;
      for (const byte of bytes) this.take(base + byte);
      // Holes that are refused this often are left for narrower nodes: both tries in 1.5 s instead of 7 s, and the array stays full.
      if (tries > TRIES_MAX) this.from = slot;
      return base;
    }
    return assert(false, 'the trie outgrew its array');
  }

  fits(base, bytes) {
    for (const byte of bytes) if (this.isTaken[base + byte] === 1) return false;
    return true;
  }

  take(slot) {
    assert(slot < this.next.length, 'the trie outgrew its array');
    this.isTaken[slot] = 1;
    this.next[this.before[slot]] = this.next[slot];
    this.before[this.next[slot]] = this.before[slot];
  }
}
