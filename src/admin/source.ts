// What the admin side asks of the rest of Weir; the composition root answers it out of the data-plane threads.
import type { RequestRecord } from '../core/record.js';
import type { ExportPage, ExportQuery } from '../ledger/export-query.js';
import type { LedgerState } from '../ledger/ledger-state.js';
import type { RecordPage, RecordQuery } from '../ledger/ring.js';
import type { UsageQuery, UsageReport } from '../ledger/usage-query.js';
import type { HoldGauge } from '../metrics/prometheus.js';
import type { MetricsSnapshot } from '../metrics/thread-metrics.js';
import type { LimitsPage, LimitsQuery } from '../policy/limits-view.js';
import type { TargetSnapshot } from '../route/health/target-health.js';
import type { KeysSource } from './keys-source.js';
import type { PluginItem } from './plugin-item.js';

/** What only the ledger can answer. Each answer counts every request that had settled when it was asked. */
export interface LedgerSource {
  usage(query: UsageQuery): Promise<UsageReport>;
  /** Errors: CursorError where `after` is none of this ledger's. */
  exportPage(query: ExportQuery): Promise<ExportPage>;
  state(): Promise<LedgerState>;
}

export interface AdminSource {
  /** Of the threads and the ledger together: see bothSources in records.ts. */
  list(query: RecordQuery): Promise<RecordPage>;
  get(id: string): Promise<RequestRecord | null>;
  readonly ledger: LedgerSource;
  readonly keys: KeysSource;
  /** One a data-plane thread. */
  metrics(): Promise<readonly MetricsSnapshot[]>;
  /** The state of limits and budgets. */
  limits(query: LimitsQuery): Promise<LimitsPage>;
  /** Every plugin that is configured or dropped, in the order in which requests meet them. */
  plugins(): Promise<readonly PluginItem[]>;
  /** What running requests hold, by policy and unit. */
  holds(): Promise<readonly HoldGauge[]>;
  /** How each data-plane thread finds its targets. */
  targets(): Promise<readonly (readonly TargetSnapshot[])[]>;
  config(): {
    readonly config: unknown;
    /** Of the last reload that was refused; empty where the file in force is the file on disk. */
    readonly problems: readonly string[];
    /** RFC 3339. */
    readonly loadedAt: string;
    readonly version: number;
  };
  /** False while starting and draining. */
  ready(): boolean;
}
