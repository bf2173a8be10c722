// The control plane's side of the data-plane threads: starts them in a piscina pool, asks them, reloads and drains them.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Config } from '../config/config.js';
import type { ThreadQuestion, ThreadReply } from '../core/own-data.js';
import type { RequestRecord } from '../core/record.js';
import type { SavedKey, SavedKeysChange } from '../core/saved-key.js';
import type { LimitsTable } from '../kernel/limits-table.js';
import type { Vocabulary } from '../kernel/vocabulary.js';
import { mergePages, type RecordPage, type RecordQuery } from '../ledger/ring.js';
import type { MetricsSnapshot } from '../metrics/thread-metrics.js';
import type { HoldCount } from '../pipeline/holds-count.js';
import type { CounterMemory } from '../plugin/counters.js';
import type { PublishedPlugin } from '../plugin/plugin-set.js';
import type { PluginCounts, PluginLog } from '../plugin/thread-plugins.js';
import type { TargetSnapshot } from '../route/health/target-health.js';
import type { FactorSamples, FactorState } from '../tokens/factor-state.js';
import type { NotedNames } from './bucket-names.js';
import type {
  FromThread,
  HeldPlace,
  HoldsFound,
  JournalState,
  JournalTask,
  Question,
  ServeTask,
  ToThread,
} from './protocol.js';

/** Its own, its compute worker's, and that of the worker for isolated hooks. */
export const REGIONS_PER_THREAD = 3;

export interface PoolOptions {
  readonly config: Config;
  readonly port: number;
  readonly simulatorUrl: string;
  readonly hashSecret: Uint8Array;
  /** With REGIONS_PER_THREAD regions for each data-plane thread. */
  readonly vocabulary: Vocabulary;
  readonly limits: LimitsTable;
  readonly factors: FactorState;
  /** Keys that were made at run time, up to now. */
  readonly keys: readonly SavedKey[];
  readonly plugins: readonly PublishedPlugin[];
  /** Of the plugins. */
  readonly counters: CounterMemory;
  /** What plugins log. */
  readonly pluginLog: PluginLog;
  /** Where the threads' journals are. */
  readonly journal: Omit<JournalTask, 'thread'>;
  /** A thread's journal cannot be written any more, or again. */
  readonly onJournal: (thread: number, state: JournalState) => void;
  /** What a thread has learned last, told when it ends. */
  readonly onLearned: (samples: FactorSamples) => void;
  /** Names of buckets that a thread made last, told when it ends. */
  readonly onNamed: (names: NotedNames) => void;
  /** What a thread asks for a consumer; never rejects. */
  readonly onOwnData: (question: ThreadQuestion) => Promise<ThreadReply>;
  /** A data-plane thread's own fault, or its death. */
  readonly onBug: (requestId: string, text: string) => void;
  /** A thread ended without being asked to. */
  readonly onDeath: (cause: unknown) => void;
}

export class DataPlanePool {
  readonly #pool: Piscina;
  readonly #threads: ThreadHandle[] = [];
  #draining = false;

  private constructor(pool: Piscina) {
    this.#pool = pool;
  }

  /** Resolves when every thread listens. Errors: rejects with the first thread's reason; no thread is left running. */
  static async start(options: PoolOptions): Promise<DataPlanePool> {
    const { config } = options;
    const pool = new DataPlanePool(
      new Piscina({
        filename: new URL('./data-plane.js', import.meta.url).href,
        name: 'serve',
        minThreads: config.workers,
        maxThreads: config.workers,
        concurrentTasksPerWorker: 1,
        atomics: 'disabled',
      }),
    );
    const buffered = new SharedArrayBuffer(8);
    for (let i = 0; i < config.workers; i++) pool.#start({ ...options, buffered });
    try {
      await Promise.all(pool.#threads.map(thread => thread.listening));
    } catch (cause) {
      await pool.drain();
      throw cause;
    }
    return pool;
  }

  /** Plugins, with the configuration that they belong to where it is another one. */
  publish(plugins: readonly PublishedPlugin[], config: Config | null): void {
    for (const thread of this.#threads) thread.say({ type: 'publish', config, plugins });
  }

  /** What running requests hold, by policy and unit. */
  async holds(): Promise<HoldCount[]> {
    const found = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'held' })));
    return found.flatMap(some => (some ?? []) as HoldCount[]);
  }

  /** How each thread finds its targets. */
  async targets(): Promise<readonly (readonly TargetSnapshot[])[]> {
    const found = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'targets' })));
    return found.filter(some => some !== null) as (readonly TargetSnapshot[])[];
  }

  /** One promise a thread, kept when it has taken the change up; a thread that has gone serves nobody. */
  changeKeys(change: SavedKeysChange): readonly Promise<unknown>[] {
    return this.#threads.map(thread => thread.ask({ kind: 'keys', change }));
  }

  /** One answer a thread and plugin. */
  async pluginCounts(): Promise<PluginCounts[]> {
    const counts = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'plugins' })));
    return counts.flatMap(some => (some ?? []) as PluginCounts[]);
  }

  async list(query: RecordQuery): Promise<RecordPage> {
    const pages = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'list', query })));
    return mergePages(pages.filter(page => page !== null) as RecordPage[], query.limit);
  }

  async get(id: string): Promise<RequestRecord | null> {
    const found = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'get', id })));
    return (found.find(record => record !== null) ?? null) as RequestRecord | null;
  }

  async metrics(): Promise<readonly MetricsSnapshot[]> {
    const snapshots = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'metrics' })));
    return snapshots.filter(snapshot => snapshot !== null) as MetricsSnapshot[];
  }

  /** What each thread has learned since it was last asked. */
  async takeSamples(): Promise<readonly FactorSamples[]> {
    const samples = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'factors' })));
    return samples.filter(some => some !== null) as FactorSamples[];
  }

  /** Names of buckets, new since each thread was last asked. */
  async takeNames(): Promise<readonly NotedNames[]> {
    const names = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'names' })));
    return names.filter(some => some !== null) as NotedNames[];
  }

  /** Which requests hold something in these buckets, one answer a thread. */
  async holdsIn(places: readonly HeldPlace[]): Promise<HoldsFound[]> {
    const found = await Promise.all(this.#threads.map(thread => thread.ask({ kind: 'holds', places })));
    return found.flatMap(some => (some ?? []) as HoldsFound[]);
  }

  teach(state: FactorState): void {
    for (const thread of this.#threads) thread.say({ type: 'factors', state });
  }

  /** Stops accepting, lets what runs end within `timeouts.drain`, and closes. The pool closes only after every thread returned. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const thread of this.#threads) thread.say({ type: 'drain' });
    // One that has returned has closed its port: its last words are read first.
    await Promise.allSettled(this.#threads.map(thread => thread.done.then(() => thread.closed)));
    await this.#pool.close();
  }

  #start(options: PoolOptions & { readonly buffered: SharedArrayBuffer }): void {
    const { port1, port2 } = new MessageChannel();
    const number = this.#threads.length;
    const region = number * REGIONS_PER_THREAD;
    const task: ServeTask = {
      config: options.config,
      host: options.config.listen.host,
      port: options.port,
      simulatorUrl: options.simulatorUrl,
      hashSecret: options.hashSecret,
      buffered: options.buffered,
      vocabulary: options.vocabulary,
      limits: options.limits,
      region,
      computeRegion: region + 1,
      isolatedRegion: region + 2,
      plugins: options.plugins,
      counters: options.counters,
      factors: options.factors,
      keys: options.keys,
      journal: { ...options.journal, thread: number },
      control: port2,
    };
    const done = this.#pool.run(task, { transferList: [port2] }) as Promise<void>;
    const thread = new ThreadHandle(number, port1, done, options);
    this.#threads.push(thread);
    done.then(
      () => {
        if (!this.#draining && thread.hasListened) options.onDeath(new Error('a data-plane thread returned'));
      },
      (cause: unknown) => options.onDeath(cause),
    );
  }
}

class ThreadHandle {
  readonly listening: Promise<void>;
  readonly done: Promise<void>;
  /** When nothing more is heard of it. */
  readonly closed: Promise<void>;
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #nextId = 1;
  #closed = false;
  hasListened = false;

  constructor(number: number, port: MessagePort, done: Promise<void>, options: PoolOptions) {
    const { onBug, onJournal, onLearned, onNamed, pluginLog } = options;
    this.#port = port;
    this.done = done;
    this.listening = new Promise((resolve, reject) => {
      port.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'listening':
            this.hasListened = true;
            resolve();
            break;
          case 'failed':
            reject(new Error(message.message));
            break;
          case 'bug':
            onBug(message.requestId, message.text);
            break;
          case 'plugin_log':
            pluginLog.line(message.policy, message.line, message.requestId);
            break;
          case 'plugin_log_dropped':
            pluginLog.dropped(message.lines);
            break;
          case 'journal':
            onJournal(number, message.state);
            break;
          case 'learned':
            onLearned(message.samples);
            break;
          case 'own_data':
            void options
              .onOwnData(message.question)
              .then(reply => this.say({ type: 'own_data', id: message.id, reply }));
            break;
          case 'named':
            onNamed(message.names);
            break;
          case 'answer':
            this.#waiting.get(message.id)?.(message.value);
            this.#waiting.delete(message.id);
            break;
        }
      });
      done.catch(reject);
    });
    this.closed = new Promise(resolve => {
      port.on('close', () => {
        this.#closed = true;
        for (const answer of this.#waiting.values()) answer(null);
        this.#waiting.clear();
        resolve();
      });
    });
  }

  say(message: ToThread): void {
    if (!this.#closed) this.#port.postMessage(message);
  }

  /** Null where the thread has gone. */
  ask(question: Question): Promise<unknown> {
    if (this.#closed) return Promise.resolve(null);
    const id = this.#nextId++;
    return new Promise(resolve => {
      this.#waiting.set(id, resolve);
      this.say({ type: 'ask', id, question });
    });
  }
}
