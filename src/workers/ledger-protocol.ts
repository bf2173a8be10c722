// What the control plane and the ledger's thread say to each other. Questions are reads: one that was lost with its thread may be asked again.
import type { OtlpConfig } from '../config/config.js';
import type { RequestRecord } from '../core/record.js';
import type { ExportPage, ExportQuery } from '../ledger/export-query.js';
import type { Charged } from '../ledger/index/charges.js';
import type { ProblemKind } from '../ledger/index/problem.js';
import type { RecordPage, RecordQuery } from '../ledger/ring.js';
import type { UsageQuery, UsageReport } from '../ledger/usage-query.js';

export interface LedgerWorkerData {
  readonly dataDir: string;
  readonly durability: 'os' | 'fsync';
  readonly retention: Retention;
  /** Of this process, where a thread before this one has begun it; null at the start of the process: recovery comes first. */
  readonly generation: number | null;
  readonly otlp: OtlpTask | null;
  /** A line of the log for each settled request. */
  readonly logRequests: boolean;
  /** How often the journals are looked at, ms. */
  readonly tickMs: number;
}

/** Where settled requests are told over OTLP. */
export interface OtlpTask {
  readonly config: OtlpConfig;
  /** Kinds of the configured providers, by name. */
  readonly kinds: Readonly<Record<string, string>>;
}

export interface Retention {
  readonly retentionMs: number;
  readonly rollupRetentionMs: number;
}

export type LedgerQuestion =
  | { readonly kind: 'list'; readonly query: RecordQuery }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'usage'; readonly query: UsageQuery }
  | { readonly kind: 'export'; readonly query: ExportQuery }
  | { readonly kind: 'state' };

export interface LedgerAnswers {
  readonly list: RecordPage;
  readonly get: RequestRecord | null;
  readonly usage: UsageReport;
  readonly export: ExportPage;
  readonly state: IndexState;
}

/** What the thread knows of how the ledger is. */
export interface IndexState {
  readonly records: number;
  /** ms since the epoch; null where there is none. */
  readonly oldestMs: number | null;
  readonly segments: number;
  readonly lagBytes: number;
  readonly sizeBytes: number;
  /** Sentences; since the thread began. */
  readonly problems: readonly string[];
}

/** What was found and done at the start of the process. */
export interface Recovered {
  readonly generation: number;
  /** What budgets and long limits have been charged, for LimitsKeeper. */
  readonly charges: readonly Charged[];
  readonly segments: number;
  readonly records: number;
  readonly interrupted: number;
  /** Bytes. */
  readonly torn: number;
  readonly damaged: number;
  readonly ms: number;
}

export type ToLedger =
  | { readonly type: 'ask'; readonly id: number; readonly question: LedgerQuestion }
  | { readonly type: 'retention'; readonly retention: Retention }
  | { readonly type: 'log'; readonly requests: boolean }
  | { readonly type: 'otlp'; readonly otlp: OtlpTask | null }
  /** The lines of the last message are written. */
  | { readonly type: 'logged' }
  /** The data-plane threads have closed their journals. */
  | { readonly type: 'stop' };

export type FromLedger =
  /** Once; `recovered` null where the thread goes on for one that died. */
  | { readonly type: 'ready'; readonly recovered: Recovered | null }
  /** The ledger cannot be opened: the thread has ended. `kind` null: neither the folder nor the database is to blame. */
  | {
      readonly type: 'refused';
      readonly kind: ProblemKind | 'in_use' | 'folder' | null;
      readonly message: string;
    }
  | { readonly type: 'answer'; readonly id: number; readonly value: LedgerAnswers[LedgerQuestion['kind']] }
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly message: string }
  /** Whole lines of the log, one a request; none follow before they are `logged`. */
  | { readonly type: 'lines'; readonly text: string }
  /** For the log. */
  | { readonly type: 'problem'; readonly message: string }
  /** Everything is in the index. */
  | { readonly type: 'stopped' };
