// Entry point of a data-plane thread: one uWebSockets.js app, one long piscina task. The thread is never terminated while
// its app lives (that would abort the process): it stops listening, drains, closes the app, and only then returns.
import { sharedClock, systemClock } from '../core/clock.js';
import { RequestIds } from '../core/request-id.js';
import { listen, type Server } from '../http/server.js';
import { ClassifyKernel } from '../kernel/classify.js';
import { ConversationKernel } from '../kernel/conversation.js';
import { LimitsKernel } from '../kernel/limits.js';
import { TokenKernel } from '../kernel/tokens.js';
import type { Journal } from '../ledger/journal/journal.js';
import { openJournal } from '../ledger/journal/open-journal.js';
import { RecordRing } from '../ledger/ring.js';
import { ThreadMetrics } from '../metrics/thread-metrics.js';
import { BufferBudget } from '../pipeline/buffer-budget.js';
import { Flow } from '../pipeline/flow.js';
import { LiveList } from '../pipeline/live-list.js';
import { OwnDataAsker } from '../pipeline/own-data.js';
import { ResponseMeter } from '../pipeline/response-meter.js';
import { Runtime } from '../pipeline/runtime.js';
import type { DataPlaneThread } from '../pipeline/thread.js';
import { CounterTable } from '../plugin/counters.js';
import { holdsSecret, scrub } from '../plugin/scrub.js';
import { ThreadPlugins } from '../plugin/thread-plugins.js';
import { RecentOutputs } from '../policy/recent-outputs.js';
import { SavedKeys } from '../route/saved-keys.js';
import { FactorTable } from '../tokens/factors.js';
import { NameNotes } from './bucket-names.js';
import { ComputePool } from './compute-pool.js';
import { IsolatedPool } from './isolated-pool.js';
import type { FromThread, JournalState, Question, ServeTask, ToThread } from './protocol.js';
import { type AnswerValue, answer } from './thread-answers.js';

/** How often deadlines are looked at: timeouts but `connect` are kept to this precision, at most twice it late. */
const SWEEP_MS = 100;

/** After the last exchange, before its connection is cut. */
const LINGER_MS = 100;

/** For the journal to say that the last settlements are written: a write takes less than a ms, a sync of a busy disk seconds. */
const WRITTEN_MS_MAX = 10_000;

/** Kept while the journal cannot be written, as objects of some 10 KiB, so that the latest can still be asked for. */
const UNWRITTEN_RECORDS_MAX = 1024;

/** Prompts that are counted in one sweep only to say how far streams have come: 3 ms where they are Chinese (prompt-counter.ts). */
const SWEEP_COUNT_BYTES = 64 * 1024;

export async function serve(task: ServeTask): Promise<void> {
  const flows = new LiveList<Flow>();
  const say = (message: FromThread): void => task.control.postMessage(message);
  const onError = (cause: unknown): void => say({ type: 'bug', requestId: '', text: bugText(cause) });
  const fail = (cause: unknown): void => {
    say({ type: 'failed', message: cause instanceof Error ? cause.message : String(cause) });
    task.control.close();
  };
  let journal: Journal;
  try {
    const onState = (state: JournalState): void => say({ type: 'journal', state });
    journal = openJournal({ ...task.journal, clock: systemClock, onState });
  } catch (cause) {
    fail(cause);
    return;
  }
  const pool = new ComputePool({ vocabulary: task.vocabulary, region: task.computeRegion }, onError);
  const secrets = (): readonly string[] => thread.runtime.secrets;
  const isolated = openIsolated(task, secrets, onError);
  const thread = openThread(task, pool, isolated, journal, say);
  thread.metrics.attribute(task.config.metrics);
  const names = new NameNotes();
  names.follow(thread.policy.limits);
  // An uncaught throw in a thread that has an app would abort the whole process.
  const survive = (thrown: unknown): void => thread.reportBug('', thrown);
  process.on('uncaughtException', survive);
  process.on('unhandledRejection', survive);

  const { host, port } = task;
  let server: Server;
  try {
    server = await listen({ host, port, tls: task.config.tls }, (head, downstream) => {
      new Flow(thread, flows, head, downstream).start();
    });
  } catch (cause) {
    await Promise.all([pool.close(), isolated.close(), journal.close()]);
    await thread.runtime.destroy();
    fail(cause);
    return;
  }
  const sweep = setInterval(() => sweepOnce(thread, flows), SWEEP_MS);
  say({ type: 'listening', port: server.port });
  await commands(task, thread, say, question => answer(thread, flows, names, question));

  await drain(thread, flows, server);
  clearInterval(sweep);
  await Promise.all([pool.close(), isolated.close()]);
  await thread.runtime.destroy();
  await journal.close();
  say({ type: 'learned', samples: thread.prompts.factors.takeSamples() });
  say({ type: 'named', names: names.take() });
  task.control.close();
  process.off('uncaughtException', survive);
  process.off('unhandledRejection', survive);
}

/** Looks after all deadlines, and at how late the loop is. */
function sweepOnce(thread: DataPlaneThread, flows: LiveList<Flow>): void {
  const now = thread.clock.monotonicMs();
  thread.metrics.loopWasLate(now - thread.coarseMs - SWEEP_MS);
  thread.coarseMs = now;
  thread.countBytes = SWEEP_COUNT_BYTES;
  for (const flow of flows.snapshot()) flow.checkDeadline(now);
  thread.plugins.sweep(now);
  thread.ownData.sweep(now);
}

/** Lets what runs end, within its time; nothing runs when this resolves, and the app is closed. */
async function drain(thread: DataPlaneThread, flows: LiveList<Flow>, server: Server): Promise<void> {
  thread.draining = true;
  server.stopListening();
  const { drainMs } = thread.runtime.config.timeouts;
  await drained(() => flows.size + thread.ownData.size === 0, drainMs);
  for (const flow of flows.snapshot()) flow.interrupt();
  // What ends an answer goes out when its settlement is written.
  await drained(() => flows.size === 0, WRITTEN_MS_MAX);
  // What has been handed to uWebSockets.js last may still be on its way to a slow socket.
  await new Promise(resolve => setTimeout(resolve, LINGER_MS));
  server.close();
  // Who came meanwhile, on a connection that was still open.
  for (const flow of flows.snapshot()) flow.interrupt();
}

function openIsolated(
  { vocabulary, isolatedRegion, counters }: ServeTask,
  secrets: () => readonly string[],
  onError: (cause: unknown) => void,
): IsolatedPool {
  return new IsolatedPool({ vocabulary, region: isolatedRegion, counters }, secrets, onError);
}

function openThread(
  task: ServeTask,
  pool: ComputePool,
  isolated: IsolatedPool,
  journal: Journal,
  say: (message: FromThread) => void,
): DataPlaneThread {
  const factors = new FactorTable();
  factors.replace(task.factors);
  const tokens = TokenKernel.load(task.vocabulary, task.region);
  const keys = new SavedKeys(task.keys);
  const thread: DataPlaneThread = {
    clock: systemClock,
    ids: new RequestIds(),
    classify: ClassifyKernel.load(),
    meter: ResponseMeter.load(),
    prompts: {
      tokens,
      conversation: ConversationKernel.load(),
      factors,
      pool,
    },
    policy: {
      limits: LimitsKernel.load(task.limits),
      recent: new RecentOutputs(),
      sharedMs: sharedClock(),
      wallMs: () => systemClock.wallMs(),
    },
    journal,
    unwritten: new RecordRing(UNWRITTEN_RECORDS_MAX),
    metrics: new ThreadMetrics(),
    buffered: new BufferBudget(task.buffered, task.config.limits.bufferedBytes),
    plugins: openPlugins(task, isolated, tokens, say, () => thread.runtime),
    keys,
    ownData: new OwnDataAsker(
      (id, question) => say({ type: 'own_data', id, question }),
      () => systemClock.monotonicMs(),
    ),
    runtime: new Runtime(task.config, task.simulatorUrl, task.hashSecret, null, keys),
    draining: false,
    random: Math.random,
    coarseMs: systemClock.monotonicMs(),
    countBytes: SWEEP_COUNT_BYTES,
    reportBug(requestId, thrown) {
      say({ type: 'bug', requestId, text: bugText(thrown) });
    },
  };
  return thread;
}

function openPlugins(
  task: ServeTask,
  isolated: IsolatedPool,
  tokens: TokenKernel,
  say: (message: FromThread) => void,
  runtime: () => Runtime,
): ThreadPlugins {
  return new ThreadPlugins({
    published: task.plugins,
    host: {
      counters: new CounterTable(task.counters),
      tokens,
      scrub: text => scrub(text, runtime().secrets),
      holdsSecret: value => holdsSecret(value, runtime().secrets),
    },
    isolated,
    log: {
      line: (policy, line, requestId) => say({ type: 'plugin_log', policy, line, requestId }),
      dropped: lines => say({ type: 'plugin_log_dropped', lines }),
    },
    nowMs: () => systemClock.monotonicMs(),
    drainMs: () => runtime().config.timeouts.drainMs,
  });
}

/** Carries out what the control plane says until it says `drain`. */
function commands(
  task: ServeTask,
  thread: DataPlaneThread,
  say: (message: FromThread) => void,
  answered: (question: Question) => AnswerValue,
): Promise<void> {
  return new Promise(resolve => {
    task.control.on('message', (message: ToThread) => {
      switch (message.type) {
        case 'ask':
          say({ type: 'answer', id: message.id, value: answered(message.question) });
          break;
        case 'publish': {
          const { config, plugins } = message;
          thread.plugins.publish(plugins, config === null ? null : () => reload(task, thread, config));
          break;
        }
        case 'factors':
          thread.prompts.factors.replace(message.state);
          break;
        case 'own_data':
          thread.ownData.take(message.id, message.reply);
          break;
        case 'drain':
          resolve();
          break;
      }
    });
  });
}

/** Requests in flight keep the old runtime; its connections close when the last of them has ended. */
function reload(task: ServeTask, thread: DataPlaneThread, config: ServeTask['config']): void {
  const old = thread.runtime;
  thread.metrics.attribute(config.metrics);
  thread.runtime = new Runtime(config, task.simulatorUrl, task.hashSecret, old, thread.keys);
  old.close().catch((cause: unknown) => thread.reportBug('', cause));
}

/** Resolves when nothing runs any more, at the latest after `drainMs`. */
function drained(done: () => boolean, drainMs: number): Promise<void> {
  const startMs = performance.now();
  return new Promise(resolve => {
    const look = (): void => {
      if (done() || performance.now() - startMs >= drainMs) resolve();
      else setTimeout(look, 10);
    };
    look();
  });
}

function bugText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by ${bugText(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
}
