// A data-plane thread's policies and the control plane's keeper over one table, with clocks that the test moves and a ledger that outlives both.
import type { PolicyConfig } from '../../src/config/config.js';
import { LimitsKernel } from '../../src/kernel/limits.js';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import type { Charged } from '../../src/ledger/index/charges.js';
import type { LimitItem, LimitsQuery } from '../../src/policy/limits-view.js';
import { PolicyRun } from '../../src/policy/policy-run.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { RecentOutputs } from '../../src/policy/recent-outputs.js';
import { NameNotes } from '../../src/workers/bucket-names.js';
import { findHolds } from '../../src/workers/find-holds.js';
import { LimitsKeeper } from '../../src/workers/limits-keeper.js';
import { type Facts, factsOf, forecastOf, usedOf } from '../policy/scene.js';

export const QUERY: LimitsQuery = { policy: null, top: null, limit: 100, after: null };

/** Outlives the process. */
export class Machine {
  wallMs = Date.UTC(2026, 5, 10, 12);
  sharedMs = 1_000_000;
  readonly #charges = new Map<string, Charged>();

  /** As the ledger's index keeps them: of a rate by minute. */
  charges(): Charged[] {
    return [...this.#charges.values()].sort((a, b) =>
      a.bucket === b.bucket ? a.minute - b.minute : a.bucket < b.bucket ? -1 : 1,
    );
  }

  charge({ bucket, amount }: { bucket: string; amount: number }): void {
    const isQuota = Number(bucket.split('\n')[1]) > 0;
    const minute = isQuota ? 0 : Math.floor(this.wallMs / 60_000);
    const place = `${minute} ${bucket}`;
    const before = this.#charges.get(place)?.amount ?? 0;
    this.#charges.set(place, { bucket, minute, amount: before + amount });
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.sharedMs += ms;
  }

  start(policies: readonly PolicyConfig[], timezone = 'UTC', slots = 1024): Process {
    return new Process(this, policies, timezone, slots);
  }
}

export class Process {
  readonly problems: string[] = [];
  readonly keeper: LimitsKeeper;
  readonly limits: LimitsKernel;
  readonly #machine: Machine;
  readonly #set: PolicySet;
  readonly #notes = new NameNotes();
  readonly #running = new Map<string, PolicyRun>();

  constructor(machine: Machine, policies: readonly PolicyConfig[], timezone: string, slots: number) {
    this.#machine = machine;
    this.#set = new PolicySet({ policies, timezone });
    this.keeper = new LimitsKeeper({
      config: { policies, timezone },
      charges: machine.charges(),
      onProblem: problem => this.problems.push(problem),
      clocks: { wallMs: () => machine.wallMs, sharedMs: () => machine.sharedMs },
      table: createLimitsTable(slots),
    });
    this.limits = LimitsKernel.load(this.keeper.table);
    this.#notes.follow(this.limits);
  }

  /** False: refused. */
  begin(id: string, facts: Partial<Facts> = {}, inputTokens = 100): boolean {
    const thread = {
      limits: this.limits,
      recent: new RecentOutputs(),
      wallMs: () => this.#machine.wallMs,
      sharedMs: () => this.#machine.sharedMs,
    };
    const step = { verdict: 'permit' as const, code: '', evidence: {} };
    const run = new PolicyRun(
      this.#set,
      thread,
      factsOf(facts),
      () => false,
      () => ({ ...step }),
    );
    if ((run.gate() ?? run.hold(forecastOf({ inputTokens }))) !== null) {
      this.#charge(run.settle(null));
      return false;
    }
    this.#running.set(id, run);
    return true;
  }

  end(id: string, inputTokens = 100, outputTokens = 0): void {
    this.#charge(this.#running.get(id)?.settle(usedOf(inputTokens, outputTokens)) ?? []);
    this.#running.delete(id);
  }

  #charge(charges: readonly { bucket: string; amount: number }[]): void {
    for (const charge of charges) this.#machine.charge(charge);
  }

  /** One request from its beginning to its end. */
  use(inputTokens: number, facts: Partial<Facts> = {}): boolean {
    const passed = this.begin('once', facts, inputTokens);
    this.end('once', inputTokens);
    return passed;
  }

  async list(query: Partial<LimitsQuery> = {}): Promise<readonly LimitItem[]> {
    return (await this.page(query)).items;
  }

  page(query: Partial<LimitsQuery> = {}) {
    return this.keeper.list({ ...QUERY, ...query }, this.threads);
  }

  readonly threads = {
    takeNames: async () => [this.#notes.take()],
    holdsIn: async (places: Parameters<typeof findHolds>[1]) =>
      findHolds(
        [...this.#running].map(([requestId, { held }]) => ({ requestId, held })),
        places,
      ),
  };
}
