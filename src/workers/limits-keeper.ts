// The control plane's part in limits: collects the names of buckets, frees buckets that are worth nothing any more, answers for `/api/limits`,
// and keeps what budgets and long limits have used over restarts. Nothing of this is done on a data-plane thread, but telling names and holds.
import type { Config } from '../config/config.js';
import { sharedClock, systemClock } from '../core/clock.js';
import { LimitsKernel } from '../kernel/limits.js';
import { createLimitsTable, type LimitsTable } from '../kernel/limits-table.js';
import { loadLimits, saveLimits } from '../ledger/limits-file.js';
import type { BucketRule } from '../policy/bucket-rule.js';
import {
  type Clocks,
  cursorOf,
  HOLDS_SHOWN,
  itemOf,
  type LimitsPage,
  type LimitsQuery,
  selectBuckets,
} from '../policy/limits-view.js';
import { PolicySet } from '../policy/policy-set.js';
import { NAMES_MAX, NameBook, type NotedNames } from './bucket-names.js';
import { addOwed, addUsed, outlives, restore, takeSnapshot } from './limits-snapshot.js';
import type { HeldPlace, HoldsFound } from './protocol.js';

/** What a kill -9 loses at most, but for the snapshot's own time (some 40 ms for 10,000 buckets): counts of the last two seconds. */
const SNAPSHOT_MS = 2000;
/** A large table is written less often: at most this part of the time goes into it. */
const SNAPSHOT_SHARE = 0.1;
/** 8,192 slots each: all of the default table in 26 s, 0.1 to 0.3 ms each (measured with 10,000 and 1,000,000 buckets), on the control plane's thread. */
const SWEEP_MS = 100;

/** What is asked of the data-plane threads. */
export interface LimitsThreads {
  takeNames(): Promise<readonly NotedNames[]>;
  /** Of all threads, one after another. */
  holdsIn(places: readonly HeldPlace[]): Promise<readonly HoldsFound[]>;
}

export interface LimitsKeeperOptions {
  readonly config: Pick<Config, 'policies' | 'timezone' | 'dataDir'>;
  readonly onProblem: (problem: string) => void;
  readonly clocks?: Clocks;
  readonly table?: LimitsTable;
}

export class LimitsKeeper {
  readonly table: LimitsTable;
  readonly #limits: LimitsKernel;
  readonly #names: NameBook;
  readonly #dataDir: string;
  readonly #clocks: Clocks;
  readonly #onProblem: (problem: string) => void;
  /** By number, in the order of the configuration; and by identity. */
  #rules: ReadonlyMap<number, BucketRule> = new Map();
  #byIdentity: ReadonlyMap<string, BucketRule> = new Map();
  /** How many of them outlive a restart. */
  #kept = 0;
  /** What stands in the file. */
  #lines: readonly string[] = [];
  /** Told already: once each. */
  readonly #told = new Set<string>();
  #sweep: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Begins with what the folder keeps; nobody else may use the table yet. */
  constructor({ config, onProblem, clocks, table }: LimitsKeeperOptions) {
    this.table = table ?? createLimitsTable();
    this.#limits = LimitsKernel.load(this.table);
    this.#names = new NameBook(this.#limits, identity => this.#outlives(identity));
    this.#dataDir = config.dataDir;
    this.#clocks = clocks ?? { wallMs: () => systemClock.wallMs(), sharedMs: sharedClock() };
    this.#onProblem = onProblem;
    this.replace(config);
    const { kept, problem } = loadLimits(config.dataDir);
    if (problem !== null) onProblem(problem);
    if (kept === null) return;
    const refused = restore(this.#limits, this.#byIdentity, this.#names, kept, this.#clocks);
    if (refused > 0)
      onProblem(`${refused} budgets and limits found no room in the table: they begin at zero`);
  }

  start(threads: LimitsThreads): void {
    this.#sweep = setInterval(() => {
      if (this.#limits.live > 0) this.#limits.sweep(this.#clocks.sharedMs());
    }, SWEEP_MS);
    this.#sweep.unref();
    this.#next(threads, SNAPSHOT_MS);
  }

  /** Another configuration is in force. Buckets of policies that stay keep what they have counted: the table knows nothing of amounts. */
  replace(config: Pick<Config, 'policies' | 'timezone'>): void {
    const places = new Map(config.policies.map(({ name }, i) => [name, i]));
    const placeOf = ({ name }: BucketRule): number => places.get(name) ?? 0;
    const buckets = [...new PolicySet(config).buckets].sort((a, b) => placeOf(a) - placeOf(b));
    this.#rules = new Map(buckets.map(rule => [rule.number, rule]));
    this.#byIdentity = new Map(buckets.map(rule => [rule.identity, rule]));
    this.#kept = buckets.filter(outlives).length;
  }

  addNames(names: NotedNames): void {
    this.#names.add([names]);
  }

  /**
   * For whoever replays records that are newer than the snapshot: counts `amount` more (quotas: in the policy's unit, usd nano-dollars; rates:
   * tokens) in the bucket of that name (BucketRule.bucketName()), beyond its limit too. Before the data plane listens, so that nothing passes
   * that should not. False: the policy is gone or does not outlive a restart, or the table is full.
   */
  restoreUsed(name: string, amount: number): boolean {
    const rule = this.#byIdentity.get(name.slice(0, name.indexOf('\n')));
    if (rule === undefined || !outlives(rule)) return false;
    const add = rule.rate === null ? addUsed : addOwed;
    return add(this.#limits, rule, name, amount, this.#clocks) && this.#names.name(name);
  }

  /** The state of the buckets, and who holds something in them. */
  async list(query: LimitsQuery, threads: LimitsThreads): Promise<LimitsPage> {
    // First, so that buckets of a moment ago have names.
    this.#names.add(await threads.takeNames());
    const { buckets, more } = await selectBuckets(this.#limits, this.#rules, query, this.#clocks);
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

  /** To be called when no thread counts any more: writes what is left to write. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#saving;
    await this.#save();
  }

  #next(threads: LimitsThreads, afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#saving = this.#collect(threads);
    }, afterMs);
    this.#timer.unref();
  }

  async #collect(threads: LimitsThreads): Promise<void> {
    const startMs = performance.now();
    try {
      this.#names.add(await threads.takeNames());
      await this.#save();
    } catch (cause) {
      this.#tell(String(cause));
    }
    const tookMs = performance.now() - startMs;
    if (!this.#stopped) this.#next(threads, Math.max(SNAPSHOT_MS, tookMs / SNAPSHOT_SHARE));
  }

  /** Writes nothing where nothing has changed. A disk that takes nothing is told, and stops nobody. */
  async #save(): Promise<void> {
    // An empty table takes 3 ms to walk through.
    if (this.#lines.length === 0 && (this.#limits.live === 0 || this.#kept === 0)) return;
    const { lines, savedMs, same, unnamed } = await takeSnapshot(
      this.#limits,
      this.#rules,
      this.#names,
      this.#clocks,
      this.#lines,
    );
    if (unnamed > 0 && this.#names.size >= NAMES_MAX) {
      const most = `only ${NAMES_MAX} buckets of budgets and long limits are kept`;
      this.#tell(`${most} over a restart, and there are more: the rest would begin at zero`);
    }
    if (same) return;
    try {
      await saveLimits(this.#dataDir, savedMs, lines);
      this.#lines = lines;
    } catch (cause) {
      this.#tell(`what limits have used could not be kept: ${(cause as Error).message}`);
    }
  }

  #outlives(identity: string): boolean {
    const rule = this.#byIdentity.get(identity);
    return rule !== undefined && outlives(rule);
  }

  #tell(problem: string): void {
    if (this.#told.has(problem)) return;
    this.#told.add(problem);
    this.#onProblem(problem);
  }
}
