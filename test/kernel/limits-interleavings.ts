// The protocol of assembly/limits/table.ts for one key with one permit, a step an atomic access, and a search through every order in which
// threads can take their steps. The text of table.ts in another form: who changes one changes the other.

export const SAFEGUARDS = ['look after claiming', 'look before freeing', 'pin before looking'] as const;
export type Safeguard = (typeof SAFEGUARDS)[number];

type Kind = 'taker' | 'sweeper' | 'stranger';
interface Thread {
  kind: Kind;
  at: string;
  slot: number;
  mine: number;
  seen: number;
  busy: boolean;
  rounds: number;
}
interface State {
  readonly tags: number[];
  readonly pins: number[];
  readonly levels: number[];
  readonly threads: Thread[];
}

const [FREE, PENDING, LIVE, DYING, ANOTHER] = [0, 1, 2, 3, 4];

/** The steps by name; each makes one access and says where the thread goes on. */
type Step = (state: State, me: Thread, without: Safeguard | null) => string;
const read = (list: readonly number[], at: number): number => list[at] ?? -1;
const add = (list: number[], at: number, by: number): void => {
  list[at] = read(list, at) + by;
};
const search = (me: Thread): string => {
  me.slot = 0;
  me.busy = false;
  return 'find';
};
const nextSlot = (me: Thread, at: string): string => {
  me.slot += 1;
  return at;
};

const STEPS: Readonly<Record<string, Step>> = {
  find({ tags }, me, without) {
    if (me.slot === tags.length) {
      const again = me.busy;
      search(me);
      return again ? 'find' : 'claim';
    }
    me.seen = read(tags, me.slot);
    if (me.seen === FREE || me.seen === ANOTHER) return nextSlot(me, 'find');
    return without === 'pin before looking' ? 'look first' : 'pin';
  },
  // Not in table.ts: what goes wrong if a user looks before he pins.
  'look first'({ tags }, me) {
    if (read(tags, me.slot) === LIVE) return 'pin late';
    me.busy = true;
    return nextSlot(me, 'find');
  },
  'pin late'({ pins }, me) {
    add(pins, me.slot, 1);
    return 'take';
  },
  pin({ pins }, me) {
    add(pins, me.slot, 1);
    return 'check';
  },
  check: ({ tags }, me) => (read(tags, me.slot) === LIVE ? 'take' : 'unpin, on'),
  'unpin, on'({ pins }, me) {
    add(pins, me.slot, -1);
    if (me.seen !== LIVE) me.busy = true;
    return nextSlot(me, 'find');
  },
  claim({ tags }, me) {
    if (me.slot === tags.length) return search(me);
    if (read(tags, me.slot) !== FREE) return nextSlot(me, 'claim');
    tags[me.slot] = PENDING;
    me.mine = me.slot;
    return 'pin mine';
  },
  'pin mine'({ pins }, me, without) {
    add(pins, me.mine, 1);
    me.slot = 0;
    return without === 'look after claiming' ? 'reset' : 'look';
  },
  look({ tags }, me) {
    if (me.slot === tags.length) return 'reset';
    const tag = read(tags, me.slot);
    if (me.slot === me.mine || tag === FREE || tag === ANOTHER) return nextSlot(me, 'look');
    if (tag === LIVE || (tag === PENDING && me.slot < me.mine)) return 'yield';
    return 'look';
  },
  yield({ pins }, me) {
    add(pins, me.mine, -1);
    return 'free mine';
  },
  'free mine'({ tags }, me) {
    tags[me.mine] = FREE;
    return search(me);
  },
  reset({ levels }, me) {
    levels[me.mine] = 0;
    return 'live';
  },
  live({ tags }, me) {
    tags[me.mine] = LIVE;
    me.slot = me.mine;
    return 'take';
  },
  take({ levels }, me) {
    if (read(levels, me.slot) >= 1) return 'unpin';
    add(levels, me.slot, 1);
    return 'give';
  },
  give({ levels }, me) {
    add(levels, me.slot, -1);
    return 'unpin';
  },
  unpin({ pins }, me) {
    add(pins, me.slot, -1);
    me.rounds -= 1;
    return me.rounds === 0 ? 'end' : search(me);
  },

  sweep({ tags }, me) {
    if (me.slot === tags.length) {
      me.rounds -= 1;
      me.slot = 0;
      return me.rounds === 0 ? 'end' : 'sweep';
    }
    return read(tags, me.slot) === LIVE ? 'pinned?' : nextSlot(me, 'sweep');
  },
  'pinned?': ({ pins }, me) => (read(pins, me.slot) === 0 ? 'empty?' : nextSlot(me, 'sweep')),
  'empty?': ({ levels }, me) => (read(levels, me.slot) === 0 ? 'mark' : nextSlot(me, 'sweep')),
  mark({ tags }, me, without) {
    if (read(tags, me.slot) !== LIVE) return nextSlot(me, 'sweep');
    tags[me.slot] = DYING;
    return without === 'look before freeing' ? 'free' : 'still unpinned?';
  },
  'still unpinned?': ({ pins }, me) => (read(pins, me.slot) === 0 ? 'still empty?' : 'unmark'),
  'still empty?': ({ levels }, me) => (read(levels, me.slot) === 0 ? 'free' : 'unmark'),
  unmark({ tags }, me) {
    tags[me.slot] = LIVE;
    return nextSlot(me, 'sweep');
  },
  free({ tags }, me) {
    tags[me.slot] = FREE;
    return nextSlot(me, 'sweep');
  },

  // Another key comes and goes, so that the free slots change.
  come({ tags }, me) {
    if (me.slot === tags.length) return 'end';
    if (read(tags, me.slot) !== FREE) return nextSlot(me, 'come');
    tags[me.slot] = ANOTHER;
    return 'go';
  },
  go({ tags }, me) {
    tags[me.slot] = FREE;
    return 'end';
  },
};

const START: Readonly<Record<Kind, string>> = { taker: 'find', sweeper: 'sweep', stranger: 'come' };

function complaint({ tags, pins, levels, threads }: State): string | null {
  if (tags.filter(tag => tag === LIVE || tag === DYING).length > 1) return 'two buckets of one key';
  if (threads.filter(({ at }) => at === 'give').length > 1) return 'two have the one permit';
  if (pins.some(count => count < 0) || levels.some(level => level < 0)) return 'a number below zero';
  return null;
}

export interface Search {
  readonly states: number;
  /** What was found to be wrong; null: nothing, in no order. */
  readonly wrong: string | null;
}

/** Every order of the steps of these threads, each for `rounds` operations, over a key with `slots` slots. */
export function searchInterleavings(
  kinds: readonly Kind[],
  slots: number,
  rounds: number,
  without: Safeguard | null = null,
): Search {
  const zeros = Array<number>(slots).fill(0);
  const threads = kinds.map(kind => ({
    kind,
    at: START[kind],
    slot: 0,
    mine: 0,
    seen: 0,
    busy: false,
    rounds,
  }));
  const first: State = { tags: zeros, pins: [...zeros], levels: [...zeros], threads };
  const known = new Set([JSON.stringify(first)]);
  const open = [...known];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    let moved = false;
    for (let i = 0; i < kinds.length; i++) {
      const state = JSON.parse(text) as State;
      const me = state.threads[i];
      const step = STEPS[me?.at ?? 'end'];
      if (me === undefined || step === undefined) continue;
      me.at = step(state, me, without);
      const wrong = complaint(state);
      if (wrong !== null) return { states: known.size, wrong };
      const next = JSON.stringify(state);
      moved ||= next !== text;
      if (known.has(next)) continue;
      known.add(next);
      open.push(next);
    }
    if (!moved && (JSON.parse(text) as State).threads.some(({ at }) => at !== 'end')) {
      return { states: known.size, wrong: 'all wait for one another' };
    }
  }
  return { states: known.size, wrong: null };
}
