// What the control plane (main thread) and a data-plane thread say to each other. Nothing is sent per request: records
// and counters stay in their thread until somebody asks.

import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/config.js';
import type { ApiName } from '../core/api.js';
import type { ThreadQuestion, ThreadReply } from '../core/own-data.js';
import type { RequestRecord } from '../core/record.js';
import type { SavedKey, SavedKeysChange } from '../core/saved-key.js';
import type { LimitsTable } from '../kernel/limits-table.js';
import type { Vocabulary } from '../kernel/vocabulary.js';
import type { RecordPage, RecordQuery } from '../ledger/ring.js';
import type { MetricsSnapshot } from '../metrics/thread-metrics.js';
import type { HoldCount } from '../pipeline/holds-count.js';
import type { CounterMemory } from '../plugin/counters.js';
import type { LogLine } from '../plugin/hook.js';
import type { LookAt, PreparedResult } from '../plugin/load/prepare.js';
import type { DroppedLines } from '../plugin/log-gate.js';
import type { PublishedPlugin } from '../plugin/plugin-set.js';
import type { PreparedPlugin } from '../plugin/prepared.js';
import type { SceneData } from '../plugin/scene-data.js';
import type { PluginCounts } from '../plugin/thread-plugins.js';
import type { TargetSnapshot } from '../route/health/target-health.js';
import type { FactorSamples, FactorState } from '../tokens/factor-state.js';
import type { NotedNames } from './bucket-names.js';

/** The task that a data-plane thread runs until it is drained. */
export interface ServeTask {
  readonly config: Config;
  readonly host: string;
  readonly port: number;
  /** Base URL that answers `simulator:`; empty where no provider asks for it. */
  readonly simulatorUrl: string;
  readonly hashSecret: Uint8Array;
  /** 8 bytes: the shared count of buffered request bytes. */
  readonly buffered: SharedArrayBuffer;
  /** In shared memory: loaded once for all threads. */
  readonly vocabulary: Vocabulary;
  /** This thread's place in that memory, and its compute worker's: no other living thread has them. */
  readonly region: number;
  readonly computeRegion: number;
  readonly isolatedRegion: number;
  readonly plugins: readonly PublishedPlugin[];
  /** Of the plugins, shared by all threads. */
  readonly counters: CounterMemory;
  /** The buckets of all threads. */
  readonly limits: LimitsTable;
  /** What has been learned so far of the models' tokenizers. */
  readonly factors: FactorState;
  /** Keys that were made at run time, up to now. */
  readonly keys: readonly SavedKey[];
  readonly journal: JournalTask;
  readonly control: MessagePort;
}

/** Where a data-plane thread writes what happens to its requests. */
export interface JournalTask {
  /** Absolute path; the folder exists. */
  readonly folder: string;
  /** Of this process: one more than any before it in this folder. */
  readonly generation: number;
  /** 0 to 255: nobody else of this generation has it. */
  readonly thread: number;
  readonly durability: 'os' | 'fsync';
}

/** Whether a thread's journal can be written, told when that changes. */
export interface JournalState {
  readonly full: boolean;
  /** Why; null where all is well. */
  readonly reason: string | null;
  /** Settlements that could neither be written nor kept in memory, since the thread began. */
  readonly lost: number;
}

/** What a compute worker is given at its start. */
export interface ComputeWorkerData {
  readonly vocabulary: Vocabulary;
  readonly region: number;
}

export interface CountPromptTask {
  readonly api: ApiName;
  readonly model: string | null;
  /** The decoded body, in memory that the asking thread writes to again when this task has ended. */
  readonly memory: SharedArrayBuffer;
  readonly from: number;
  readonly bytes: number;
}

/** What every worker that runs guest code is given at its start: where it tells how far it has come (guest-worker.ts). */
export interface GuestWorkerData {
  readonly progress: SharedArrayBuffer;
}

export interface GuestTask {
  /** What it says it has begun and ended. */
  readonly number: number;
}

export interface IsolatedWorkerData extends GuestWorkerData {
  readonly vocabulary: Vocabulary;
  readonly region: number;
  readonly counters: CounterMemory;
}

export interface IsolatedTask extends GuestTask {
  readonly version: number;
  /** null: the worker should have it; where it has not, it asks for it by answering `unknown`. */
  readonly plugin: { readonly prepared: PreparedPlugin; readonly secrets: readonly string[] } | null;
  readonly scene: SceneData;
  /** Versions that nobody uses any more. */
  readonly forget: readonly number[];
}

export interface QuarantineWorkerData extends GuestWorkerData {
  readonly vocabulary: Vocabulary;
  readonly region: number;
}

export interface QuarantineTask extends GuestTask, LookAt {
  /** Of the configuration that the module is for. */
  readonly secrets: readonly string[];
}
export type QuarantineAnswer = PreparedResult;

export type Question =
  | { readonly kind: 'list'; readonly query: RecordQuery }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'metrics' }
  /** What this thread has learned since it was last asked. */
  | { readonly kind: 'factors' }
  /** Names of buckets, new since it was last asked. */
  | { readonly kind: 'names' }
  /** What its requests hold, by policy. */
  | { readonly kind: 'held' }
  /** How its targets are, as it knows them. */
  | { readonly kind: 'targets' }
  /** What has been counted of plugins. */
  | { readonly kind: 'plugins' }
  /** To be taken up; answered when no request is admitted by what was before. */
  | { readonly kind: 'keys'; readonly change: SavedKeysChange }
  /** Which of its requests hold something in these buckets. */
  | { readonly kind: 'holds'; readonly places: readonly HeldPlace[] };

/** A bucket that somebody holds something in, so that it stays where it is. */
export interface HeldPlace {
  /** Its place in the asker's list. */
  readonly at: number;
  readonly slot: number;
  /** Words of its key. */
  readonly a: number;
  readonly b: number;
}

export interface HoldsFound {
  readonly at: number;
  /** Of requests, oldest first, at most HOLDS_SHOWN. */
  readonly ids: readonly string[];
}

export type ToThread =
  /** Taken up together, so that no request sees a policy with another configuration's plugin. `config` null: as it is. */
  | {
      readonly type: 'publish';
      readonly config: Config | null;
      readonly plugins: readonly PublishedPlugin[];
    }
  | { readonly type: 'factors'; readonly state: FactorState }
  /** To a thread's own question. */
  | { readonly type: 'own_data'; readonly id: number; readonly reply: ThreadReply }
  | { readonly type: 'drain' }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

export type FromThread =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  /** What was learned last, when the thread ends. */
  | { readonly type: 'learned'; readonly samples: FactorSamples }
  /** Names of buckets that were made last, when the thread ends. */
  | { readonly type: 'named'; readonly names: NotedNames }
  | {
      readonly type: 'plugin_log';
      readonly policy: string;
      readonly line: LogLine;
      readonly requestId: string;
    }
  /** Lines of plugins that were too many. */
  | { readonly type: 'plugin_log_dropped'; readonly lines: readonly DroppedLines[] }
  /** A consumer's; answered by the same type. */
  | { readonly type: 'own_data'; readonly id: number; readonly question: ThreadQuestion }
  | { readonly type: 'journal'; readonly state: JournalState }
  | { readonly type: 'bug'; readonly requestId: string; readonly text: string }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly value:
        | RecordPage
        | RequestRecord
        | MetricsSnapshot
        | FactorSamples
        | NotedNames
        | readonly HoldsFound[]
        | readonly PluginCounts[]
        | readonly TargetSnapshot[]
        | readonly HoldCount[]
        /** Done. */
        | true
        | null;
    };

export interface SimulateTask {
  readonly control: MessagePort;
}

export type FromSimulator = { readonly type: 'listening'; readonly url: string };
