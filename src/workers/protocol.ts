// What the control plane (main thread) and a data-plane thread say to each other. Nothing is sent per request: records
// and counters stay in their thread until somebody asks.

import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/config.js';
import type { RequestRecord } from '../core/record.js';
import type { RecordPage, RecordQuery } from '../ledger/ring.js';
import type { MetricsSnapshot } from '../metrics/thread-metrics.js';

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
  /** Records kept by this thread. */
  readonly recordsMax: number;
  readonly control: MessagePort;
}

export type Question =
  | { readonly kind: 'list'; readonly query: RecordQuery }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'metrics' };

export type ToThread =
  | { readonly type: 'reload'; readonly config: Config }
  | { readonly type: 'drain' }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

export type FromThread =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'bug'; readonly requestId: string; readonly text: string }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly value: RecordPage | RequestRecord | MetricsSnapshot | null;
    };

export interface SimulateTask {
  readonly control: MessagePort;
}

export type FromSimulator = { readonly type: 'listening'; readonly url: string };
