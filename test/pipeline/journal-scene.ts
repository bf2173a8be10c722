// A data-plane thread in this process: real sockets on both sides, a scripted provider, and a journal that tells `written` when the test says so.
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { loadConfigText } from '../../src/config/load.js';
import { systemClock } from '../../src/core/clock.js';
import type { Attempt, Entry } from '../../src/core/entry.js';
import { RequestIds } from '../../src/core/request-id.js';
import { listen, type Server } from '../../src/http/server.js';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { LimitsKernel } from '../../src/kernel/limits.js';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import type { BucketAmount, Journal, Progress } from '../../src/ledger/journal/journal.js';
import { RecordRing } from '../../src/ledger/ring.js';
import { ThreadMetrics } from '../../src/metrics/thread-metrics.js';
import { BufferBudget } from '../../src/pipeline/buffer-budget.js';
import { Flow } from '../../src/pipeline/flow.js';
import { LiveList } from '../../src/pipeline/live-list.js';
import { OwnDataAsker } from '../../src/pipeline/own-data.js';
import { ResponseMeter } from '../../src/pipeline/response-meter.js';
import { Runtime } from '../../src/pipeline/runtime.js';
import type { DataPlaneThread } from '../../src/pipeline/thread.js';
import { CounterTable, createCounters } from '../../src/plugin/counters.js';
import { ThreadPlugins } from '../../src/plugin/thread-plugins.js';
import { RecentOutputs } from '../../src/policy/recent-outputs.js';
import { SavedKeys } from '../../src/route/saved-keys.js';
import { FactorTable } from '../../src/tokens/factors.js';

type Written = () => void;

/** Keeps what it is told, and lets answers end when the test says so. */
export class HeldJournal implements Journal {
  full = false;
  readonly admissions: { entry: Entry; progress: Progress }[] = [];
  readonly told: Progress[] = [];
  /** `attempts` as they were then. */
  readonly settlements: { entry: Entry; charges: readonly BucketAmount[]; attempts: Attempt[] }[] = [];
  readonly #waiting: Written[] = [];
  readonly #progressed: Written[] = [];
  /** As a journal that writes at once. */
  open = false;
  #changed: (() => void)[] = [];

  admitted(entry: Entry, progress: Progress): void {
    this.admissions.push({ entry, progress });
    this.#tell();
  }

  progress(_entry: Entry, progress: Progress, written?: Written): void {
    this.told.push(progress);
    if (written !== undefined) this.#progressed.push(written);
    this.#tell();
  }

  settled(entry: Entry, charges: readonly BucketAmount[], written: Written): void {
    this.settlements.push({ entry, charges, attempts: entry.attempts.map(attempt => ({ ...attempt })) });
    if (this.open) queueMicrotask(written);
    else this.#waiting.push(written);
    this.#tell();
  }

  async close(): Promise<void> {}

  /** All that waits is in the file. */
  write(): void {
    for (const written of this.#waiting.splice(0)) written();
    for (const written of this.#progressed.splice(0)) written();
  }

  /** Resolves when it is so. */
  async until(fits: (journal: this) => boolean): Promise<void> {
    while (!fits(this)) await new Promise<void>(resolve => this.#changed.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface Scene {
  readonly port: number;
  readonly thread: DataPlaneThread;
  readonly journal: HeldJournal;
  readonly flows: LiveList<Flow>;
  readonly server: Server;
  /** What the sweep does, at this monotonic time from now. */
  sweep(afterMs?: number): void;
}

const kernels = { tokens: TokenKernel.load(loadVocabulary(1), 0), conversation: ConversationKernel.load() };
const ends: (() => Promise<void> | void)[] = [];

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** `yaml`: policies and the like; the provider is `openai` unless `kind` says otherwise, and anybody may ask. */
export async function startScene(answer: Answer, yaml = '', kind = 'openai'): Promise<Scene> {
  const provider = http.createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const text = `anonymous: allow\nproviders: { p: { kind: ${kind}, base_url: "${url}", auth: none } }\n${yaml}`;
  const loaded = loadConfigText(text, 'weir.yaml', {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const journal = new HeldJournal();
  const flows = new LiveList<Flow>();
  const thread = threadOf(new Runtime(loaded.config, '', new Uint8Array(32)), journal);
  const server = await listen({ host: '127.0.0.1', port: 0, tls: null }, (head, downstream) => {
    new Flow(thread, flows, head, downstream).start();
  });
  ends.push(async () => {
    journal.open = true;
    journal.write();
    for (const flow of flows.snapshot()) flow.interrupt();
    server.close();
    await thread.runtime.destroy();
    provider.closeAllConnections();
    provider.close();
  });
  return {
    port: server.port,
    thread,
    journal,
    flows,
    server,
    sweep: (afterMs = 0) => {
      thread.countBytes = 65_536;
      for (const flow of flows.snapshot()) flow.checkDeadline(systemClock.monotonicMs() + afterMs);
    },
  };
}

function threadOf(runtime: Runtime, journal: Journal): DataPlaneThread {
  const nowMs = (): number => systemClock.monotonicMs();
  const never = (): never => {
    throw new Error('nothing here is counted or hooked elsewhere');
  };
  return {
    clock: systemClock,
    ids: new RequestIds(),
    classify: ClassifyKernel.load(),
    meter: ResponseMeter.load(),
    prompts: { ...kernels, factors: new FactorTable(), pool: { count: never } },
    policy: {
      limits: LimitsKernel.load(createLimitsTable(1024, [1, 2, 3, 4])),
      recent: new RecentOutputs(),
      sharedMs: () => Math.floor(nowMs()),
      wallMs: () => Date.now(),
    },
    journal,
    unwritten: new RecordRing(100),
    metrics: new ThreadMetrics(),
    buffered: new BufferBudget(new SharedArrayBuffer(8), 1 << 28),
    keys: new SavedKeys(),
    ownData: new OwnDataAsker(
      () => undefined,
      () => 0,
    ),
    plugins: new ThreadPlugins({
      published: [],
      host: {
        counters: new CounterTable(createCounters()),
        tokens: kernels.tokens,
        scrub: text => text,
        holdsSecret: () => false,
      },
      isolated: { run: never, forget: () => undefined },
      log: { line: () => undefined, dropped: () => undefined },
      nowMs,
      drainMs: () => 1000,
    }),
    runtime,
    draining: false,
    random: () => 0.5,
    coarseMs: nowMs(),
    countBytes: 65_536,
    reportBug(_id, thrown) {
      throw thrown;
    },
  };
}

/** What one client sees on its wire. */
export class Wire {
  readonly #socket: net.Socket;
  text = '';
  closed = false;
  #changed: (() => void)[] = [];

  constructor(port: number, head: string, body = '') {
    this.#socket = net.connect(port, '127.0.0.1');
    const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(`${head}\r\nhost: weir\r\ncontent-type: application/json\r\n${length}\r\n${body}`);
    this.#socket.on('data', chunk => {
      this.text += chunk.toString('latin1');
      this.#tell();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.closed = true;
      this.#tell();
    });
    ends.push(() => void this.#socket.destroy());
  }

  async until(fits: (wire: this) => boolean): Promise<void> {
    while (!fits(this)) await new Promise<void>(resolve => this.#changed.push(resolve));
  }

  async has(text: string): Promise<void> {
    await this.until(wire => wire.text.includes(text));
  }

  leave(): void {
    this.#socket.destroy();
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** A few turns of the loop, in which anything that could go out would have. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve));
}
