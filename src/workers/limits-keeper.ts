// The control plane's part in limits: collects the names of buckets, frees buckets that are worth nothing any more, answers for `/api/limits`,
// and begins with what the ledger says that budgets and long limits have used. Nothing of this is done on a data-plane thread, but telling names and holds.
import { setImmediate as turn } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { sharedClock, systemClock } from '../core/clock.js';
import { LimitsKernel } from '../kernel/limits.js';
import { createLimitsTable, type LimitsTable } from '../kernel/limits-table.js';
import type { Charged } from '../ledger/index/charges.js';
import type { BucketRule } from '../policy/bucket-rule.js';
import {
  type Clocks,
  cursorOf,
  HOLDS_SHOWN,
  isOwn,
  itemOf,
  type LimitsOwner,
  type LimitsPage,
  type LimitsQuery,
  selectBuckets,
} from '../policy/limits-view.js';
import { PolicySet } from '../policy/policy-set.js';
import { NameBook, type NotedNames } from './bucket-names.js';
import { addOwed, addUsed, overflowName, usedNow } from './limits-restore.js';
import type { HeldPlace, HoldsFound } from './protocol.js';

/** Threads note 65,536 names between two visits (bucket-names.ts). */
const COLLECT_MS = 2000;
/** 8,192 slots each: all of the default table in 26 s, 0.1 to 0.3 ms each (measured with 10,000 and 1,000,000 buckets), on the control plane's thread. */
const SWEEP_MS = 100;
/** Buckets between two turns of the event loop: about a millisecond. */
const WALK_STEP = 2000;

/** What is asked of the data-plane threads. */
export interface LimitsThreads {
  takeNames(): Promise<readonly NotedNames[]>;
  /** Of all threads, one after another. */
  holdsIn(places: readonly HeldPlace[]): Promise<readonly HoldsFound[]>;
}

export interface LimitsKeeperOptions {
  readonly config: Pick<Config, 'policies' | 'timezone'>;
  /** What the ledger knows of them; those of one bucket together, by minute. */
  readonly charges: Iterable<Charged>;
  readonly onProblem: (problem: string) => void;
  readonly clocks?: Clocks;
  readonly table?: LimitsTable;
}

export class LimitsKeeper {
  readonly table: LimitsTable;
  readonly #limits: LimitsKernel;
  readonly #names: NameBook;
  readonly #clocks: Clocks;
  readonly #onProblem: (problem: string) => void;
  /** By number, in the order of the configuration; and by identity. */
  #rules: ReadonlyMap<number, BucketRule> = new Map();
  #byIdentity: ReadonlyMap<string, BucketRule> = new Map();
  #sweep: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** Begins with what the ledger says; nobody else may use the table yet. */
  constructor({ config, charges, onProblem, clocks, table }: LimitsKeeperOptions) {
    this.table = table ?? createLimitsTable();
    this.#limits = LimitsKernel.load(this.table);
    this.#names = new NameBook(this.#limits, identity => this.#byIdentity.get(identity)?.lasting === true);
    this.#clocks = clocks ?? { wallMs: () => systemClock.wallMs(), sharedMs: sharedClock() };
    this.#onProblem = onProblem;
    this.replace(config);
    let refused = 0;
    for (const { name, used } of usedNow(charges, name => this.#ruleOf(name), this.#clocks.wallMs())) {
      if (!this.#restore(name, used)) refused++;
    }
    if (refused > 0)
      onProblem(`${refused} budgets and limits found no room in the table: they begin at zero`);
  }

  start(threads: LimitsThreads): void {
    this.#sweep = setInterval(() => {
      if (this.#limits.live > 0) this.#limits.sweep(this.#clocks.sharedMs());
    }, SWEEP_MS);
    this.#sweep.unref();
    this.#next(threads);
  }

  /** Another configuration is in force. Buckets of policies that stay keep what they have counted: the table knows nothing of amounts. */
  replace(config: Pick<Config, 'policies' | 'timezone'>): void {
    const places = new Map(config.policies.map(({ name }, i) => [name, i]));
    const placeOf = ({ name }: BucketRule): number => places.get(name) ?? 0;
    const buckets = [...new PolicySet(config).buckets].sort((a, b) => placeOf(a) - placeOf(b));
    this.#rules = new Map(buckets.map(rule => [rule.number, rule]));
    this.#byIdentity = new Map(buckets.map(rule => [rule.identity, rule]));
  }

  addNames(names: NotedNames): void {
    this.#names.add([names]);
  }

  /** The state of the buckets, and who holds something in them; with an owner, of its own alone. */
  async list(
    query: LimitsQuery,
    threads: LimitsThreads,
    owner: LimitsOwner | null = null,
  ): Promise<LimitsPage> {
    // First, so that buckets of a moment ago have names.
    this.#names.add(await threads.takeNames());
    const { buckets, more } = await selectBuckets(
      this.#limits,
      this.#rules,
      query,
      this.#clocks,
      (rule, key) => owner === null || isOwn(rule, this.#names.find(key)?.values ?? null, owner),
    );
    const places = buckets.flatMap(({ held, key }, at) =>
      held === 0 ? [] : [{ at, slot: key.slot, a: key.a, b: key.b }],
    );
    const holds = new Map<number, string[]>();
    for (const { at, ids } of places.length === 0 ? [] : await threads.holdsIn(places)) {
      holds.set(at, [...(holds.get(at) ?? []), ...ids].slice(0, HOLDS_SHOWN));
    }
    const items = buckets.map((seen, at) =>
      itemOf(seen, this.#names.find(seen.key)?.values ?? null, holds.get(at) ?? []),
    );
    const last = buckets.at(-1);
    return { items, next: more && last !== undefined ? cursorOf(last) : null };
  }

  stop(): void {
    this.#stopped = true;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #next(threads: LimitsThreads): void {
    this.#timer = setTimeout(() => void this.#collect(threads), COLLECT_MS);
    this.#timer.unref();
  }

  async #collect(threads: LimitsThreads): Promise<void> {
    try {
      this.#names.add(await threads.takeNames());
      await this.#forgetNames();
    } catch (cause) {
      this.#onProblem(String(cause));
    }
    if (!this.#stopped) this.#next(threads);
  }

  /** Where there are many names: those whose buckets have gone make room. */
  async #forgetNames(): Promise<void> {
    if (!this.#names.crowded) return;
    this.#names.beginWalk();
    let steps = 0;
    for (const { key } of this.#limits.list()) {
      if (++steps % WALK_STEP === 0) await turn();
      const bucket = this.#names.find(key);
      if (bucket !== null) this.#names.met(bucket);
    }
    this.#names.endWalk();
  }

  /** `used` more, beyond the limit too (usd: nano-dollars; rates: tokens). False: the table is full. */
  #restore(name: string, used: number): boolean {
    const rule = this.#ruleOf(name);
    if (rule === undefined) return true;
    const add = rule.rate === null ? addUsed : addOwed;
    if (add(this.#limits, rule, name, used, this.#clocks)) {
      this.#names.name(name);
      return true;
    }
    const shared = overflowName(rule, name);
    return shared !== null && this.#restore(shared, used);
  }

  #ruleOf(name: string): BucketRule | undefined {
    return this.#byIdentity.get(name.slice(0, name.indexOf('\n')));
  }
}
