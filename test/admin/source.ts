// An admin side to test against: a real server over a ring and counters that the test fills.

import type { PluginItem } from '../../src/admin/plugin-item.js';
import { type AdminOptions, type RunningAdmin, startAdmin } from '../../src/admin/server.js';
import type { AdminSource } from '../../src/admin/source.js';
import type { Entry } from '../../src/core/entry.js';
import { RecordRing } from '../../src/ledger/ring.js';
import { toRecord } from '../../src/ledger/to-record.js';
import { ThreadMetrics } from '../../src/metrics/thread-metrics.js';
import type { LimitsPage, LimitsQuery } from '../../src/policy/limits-view.js';
import type { TargetSnapshot } from '../../src/route/health/target-health.js';
import { FakeLedger } from './fake-ledger.js';

export class TestSource implements AdminSource {
  readonly ring = new RecordRing(256);
  readonly counters = new ThreadMetrics();
  readonly ledger = new FakeLedger();
  keys: AdminSource['keys'] = {
    list: () => [],
    make: () => Promise.reject(new Error('no key is made here')),
    revoke: async () => null,
  };
  isReady = true;
  limitsPage: LimitsPage = { items: [], next: null };
  readonly asked: LimitsQuery[] = [];
  inForce: unknown = {};

  /** Admitted, and settled too unless it still runs. */
  add(entry: Entry): void {
    this.ring.add(entry);
    this.counters.admitted();
    if (entry.outcome !== 'running') this.counters.settled(entry);
  }

  list: AdminSource['list'] = async query => this.ring.list(query);
  get = async (id: string) => {
    const entry = this.ring.get(id);
    return entry === null ? null : toRecord(entry);
  };
  metrics = async () => [this.counters.snapshot()];
  limits = async (query: LimitsQuery): Promise<LimitsPage> => {
    this.asked.push(query);
    return this.limitsPage;
  };
  pluginItems: readonly PluginItem[] = [];
  plugins = async () => this.pluginItems;
  holds = async () => [];
  targetViews: readonly (readonly TargetSnapshot[])[] = [];
  targets = async () => this.targetViews;
  config = () => ({
    config: this.inForce,
    problems: ['weir.yaml:3:1 x'],
    loadedAt: '2026-11-23T09:00:00.000Z',
    version: 2,
  });
  ready = () => this.isReady;
}

/** Runs `use` against a started admin side, and closes it whatever happens. */
export async function withAdmin(
  use: (admin: RunningAdmin, source: TestSource) => Promise<void>,
  options: Partial<Omit<AdminOptions, 'source'>> = {},
): Promise<void> {
  const source = new TestSource();
  const admin = await startAdmin({ listen: { host: '127.0.0.1', port: 0 }, token: null, ...options, source });
  try {
    await use(admin, source);
  } finally {
    await admin.close();
  }
}
