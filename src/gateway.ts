// The composition root: the only file that knows all rooms. Control plane on the main thread: configuration, reloads,
// admin API; the data plane and the simulator run in threads of their own.
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { OwnDataSource } from './admin/own-data.js';
import { bothSources } from './admin/records.js';
import { startAdmin } from './admin/server.js';
import type { AdminSource } from './admin/source.js';
import type { Config } from './config/config.js';
import { ConfigInForce } from './config/in-force.js';
import { formatProblem, type Loaded, maskedConfig } from './config/load.js';
import { liveCounters } from './config/plugins.js';
import { loadVocabulary, type Vocabulary } from './kernel/vocabulary.js';
import { loadHashSecret } from './ledger/hash-secret.js';
import { createCounters } from './plugin/counters.js';
import { checkCertificate, claimPort } from './workers/claim-port.js';
import { DataPlanePool, REGIONS_PER_THREAD } from './workers/data-plane-pool.js';
import { FactorKeeper } from './workers/factor-keeper.js';
import { KeyKeeper } from './workers/key-keeper.js';
import { LedgerKeeper } from './workers/ledger-keeper.js';
import { LimitsKeeper } from './workers/limits-keeper.js';
import { LogWriter } from './workers/log-writer.js';
import { ModelDirectory } from './workers/model-directory.js';
import { otlpTask } from './workers/otlp/otlp-task.js';
import { OwnDataDesk } from './workers/own-data-desk.js';
import { PluginKeeper } from './workers/plugin-keeper.js';
import { pluginItems } from './workers/plugin-list.js';
import { PluginLogWriter } from './workers/plugin-log.js';
import { Quarantine } from './workers/quarantine.js';
import { type RunningSimulator, startSimulatorThread } from './workers/simulator-pool.js';

export interface GatewayOptions {
  readonly config: Config;
  /** Two processes may share the port (a hand-over): the address is not tried first. */
  readonly reusePort: boolean;
  /** Reads the configuration again; null where there is no file. */
  readonly reload: (() => Loaded) | null;
  /** Something broke that cannot be mended in place: the owner drains and ends the process. */
  readonly onFatal: (cause: unknown) => void;
}

export class Gateway {
  readonly port: number;
  readonly adminUrl: string;
  readonly #logWriter: LogWriter;
  readonly #options: GatewayOptions;
  readonly #state: ConfigInForce;
  readonly #pool: DataPlanePool;
  readonly #factors: FactorKeeper;
  readonly #ledger: LedgerKeeper;
  readonly #limits: LimitsKeeper;
  readonly #plugins: PluginKeeper;
  readonly #pluginLog: PluginLogWriter;
  #reloading: Promise<void> = Promise.resolve();
  readonly #simulator: RunningSimulator | null;
  readonly #admin: { close(): Promise<void> };

  private constructor(parts: Parts) {
    this.#logWriter = parts.logWriter;
    this.port = parts.port;
    this.adminUrl = parts.admin.url;
    this.#options = parts.options;
    this.#state = parts.state;
    this.#pool = parts.pool;
    this.#factors = parts.factors;
    this.#ledger = parts.ledger;
    this.#limits = parts.limits;
    this.#plugins = parts.plugins;
    this.#pluginLog = parts.pluginLog;
    this.#simulator = parts.simulator;
    this.#admin = parts.admin;
  }

  get log(): Logger {
    return this.#logWriter.log;
  }

  /** Errors: rejects with a sentence that names the address, folder or file at fault; nothing is left running. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const undo: (() => unknown)[] = [];
    try {
      return await Gateway.#begin(options, undo);
    } catch (cause) {
      for (const step of undo.reverse()) await step();
      throw cause;
    }
  }

  static async #begin(options: GatewayOptions, undo: (() => unknown)[]): Promise<Gateway> {
    const { config } = options;
    const logWriter = new LogWriter(config.log);
    const { log } = logWriter;
    const state = new ConfigInForce(config);
    // Read by the addon when it loads in the first data-plane thread; later changes need a restart.
    process.env.UWS_HTTP_MAX_HEADERS_SIZE = String(config.limits.headerBytes);
    checkCertificate(config.tls);
    const port = await claimPort(config, options.reusePort);
    const { dataDir } = config;
    const ledger = openLedger(options, logWriter);
    undo.push(() => ledger.stop());
    // Errors: VocabularyError, which names the file and the hash that it should have.
    const quarantineRegion = config.workers * REGIONS_PER_THREAD;
    const vocabulary = loadVocabulary(quarantineRegion + 1);
    const { plugins, publishTo } = openPlugins(vocabulary, quarantineRegion, log);
    undo.push(() => plugins.stop());
    // Always there: a reload may bring the first `simulator:`.
    const simulator = await startSimulatorThread();
    undo.push(() => simulator.close());
    const loaded = await plugins.replace(config);
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    const { factors, limits, keys, generation } = await restored(ledger, state, log);
    const directory = new ModelDirectory(() => state.config, simulator.url);
    const desk = new OwnDataDesk(directory, text => log.error({ bug: state.scrub(text) }, 'internal error'));
    const pluginLog = new PluginLogWriter(log);
    undo.push(() => pluginLog.close());
    const pool = await DataPlanePool.start({
      config,
      port,
      simulatorUrl: simulator.url,
      hashSecret: loadHashSecret(dataDir),
      vocabulary,
      limits: limits.table,
      factors: factors.state,
      keys: keys.keys,
      plugins: loaded.plugins,
      counters: createCounters(liveCounters(config)),
      pluginLog,
      journal: { folder: join(dataDir, 'journal'), generation, durability: config.ledger.durability },
      onJournal: (thread, journal) => ledger.onJournal(thread, journal),
      onLearned: samples => factors.add(samples),
      onOwnData: question => desk.ask(question),
      onNamed: names => limits.addNames(names),
      onBug: (requestId, text) => log.error({ requestId, bug: state.scrub(text) }, 'internal error'),
      onDeath: cause => options.onFatal(cause),
    });
    undo.push(() => pool.drain());
    publishTo(pool);
    const keepers = { factors, keys, ledger, limits, plugins, pluginLog };
    keys.start(pool);
    desk.start(ownDataSource(pool, keepers));
    const admin = await startAdmin({ ...config.admin, source: adminSource(pool, keepers, state) });
    factors.start(pool);
    limits.start(pool);
    plugins.watch();
    state.ready = true;
    return new Gateway({ options, logWriter, state, port, pool, ...keepers, simulator, admin });
  }

  /** A valid file is swapped in on all threads; an invalid one is refused whole, and its problems are shown. */
  reload(): void {
    // One after another: the plugins of a new configuration are tried first, which takes its time.
    this.#reloading = this.#reloading.then(() => this.#reload()).catch(this.#options.onFatal);
  }

  async #reload(): Promise<void> {
    const loaded = this.#options.reload?.();
    if (loaded === undefined) return;
    if (!loaded.ok) return this.#refuse(loaded.problems.map(formatProblem));
    const plugins = await this.#plugins.replace(loaded.config);
    if (!this.#state.ready) return;
    if (!plugins.ok) return this.#refuse(plugins.problems);
    const fixed = needsRestart(this.#state.config, loaded.config);
    if (fixed.length > 0) this.log.warn({ keys: fixed }, 'these keys take effect at the next start');
    this.#state.replace(loaded.config);
    this.#logWriter.replace(loaded.config.log);
    this.#ledger.replace(loaded.config.ledger, this.#logWriter.requestLines, otlpTask(loaded.config));
    this.#limits.replace(loaded.config);
    this.#pool.publish(plugins.plugins, loaded.config);
    this.log.info({ version: this.#state.version }, 'configuration reloaded');
  }

  #refuse(problems: readonly string[]): void {
    this.#state.problems = problems;
    this.log.error({ problems }, 'the new configuration is refused; the old one stays');
  }

  /** Ends when running exchanges have ended, at most after `timeouts.drain`. */
  async drain(): Promise<void> {
    this.#state.ready = false;
    await this.#plugins.stop();
    await this.#pool.drain();
    this.#pluginLog.close();
    this.#factors.stop();
    this.#limits.stop();
    // All threads have settled and closed their journals.
    await this.#ledger.stop();
    await this.#simulator?.close();
    await this.#admin.close();
  }
}

interface Parts {
  readonly options: GatewayOptions;
  readonly logWriter: LogWriter;
  readonly state: ConfigInForce;
  readonly port: number;
  readonly pool: DataPlanePool;
  readonly factors: FactorKeeper;
  readonly keys: KeyKeeper;
  readonly ledger: LedgerKeeper;
  readonly limits: LimitsKeeper;
  readonly plugins: PluginKeeper;
  readonly pluginLog: PluginLogWriter;
  readonly simulator: RunningSimulator | null;
  readonly admin: { readonly url: string; close(): Promise<void> };
}

/** Plugins are tried before there are threads to run them: what changes meanwhile goes nowhere, and the pool begins with what there is then. */
function openPlugins(
  vocabulary: Vocabulary,
  region: number,
  log: Logger,
): { plugins: PluginKeeper; publishTo(pool: DataPlanePool): void } {
  let pool: DataPlanePool | null = null;
  const onError = (cause: unknown): void => log.error({ bug: String(cause) }, 'the quarantine failed');
  const plugins = new PluginKeeper({
    quarantine: new Quarantine(vocabulary, region, onError),
    log,
    publish: published => pool?.publish(published, null),
  });
  return {
    plugins,
    publishTo(started) {
      pool = started;
    },
  };
}

/** At once: it locks the folder and recovers what was left there while other things are being loaded. */
function openLedger({ config, onFatal }: GatewayOptions, { log, requestLines }: LogWriter): LedgerKeeper {
  const { dataDir, ledger } = config;
  return new LedgerKeeper({ dataDir, config: ledger, log, requestLines, otlp: otlpTask(config), onFatal });
}

/** What earlier processes have learned and counted: before anything else writes to the folder, and before anybody can ask what is left of a budget. */
async function restored(
  ledger: LedgerKeeper,
  state: ConfigInForce,
  log: Logger,
): Promise<{ factors: FactorKeeper; limits: LimitsKeeper; keys: KeyKeeper; generation: number }> {
  const { config } = state;
  const { generation, charges, ...found } = await ledger.recovered;
  if (found.segments > 0) log.info(found, 'the ledger has taken in what was left in the journal');
  const factors = new FactorKeeper(config.dataDir, problem => log.warn({ problem }, 'token factors'));
  const limits = new LimitsKeeper({
    config,
    charges,
    onProblem: problem => log.warn({ problem }, 'limits'),
  });
  const keys = new KeyKeeper({
    dataDir: config.dataDir,
    consumers: () => state.config.consumers,
    onChange: (what, { id, name, consumer }) => log.info({ id, name, consumer }, `a key was ${what}`),
  });
  return { factors, limits, keys, generation };
}

function adminSource(
  pool: DataPlanePool,
  { keys, ledger, limits, plugins }: Pick<Parts, 'keys' | 'ledger' | 'limits' | 'plugins'>,
  state: ConfigInForce,
): AdminSource {
  return {
    ...bothSources(pool, ledger),
    ledger,
    keys,
    metrics: () => pool.metrics(),
    limits: query => limits.list(query, pool),
    holds: () => pool.holds(),
    targets: () => pool.targets(),
    plugins: async () => pluginItems(plugins.slots(), await pool.pluginCounts()),
    config: () => ({
      config: maskedConfig(state.config),
      problems: state.problems,
      loadedAt: state.loadedAt,
      version: state.version,
    }),
    ready: () => state.ready,
  };
}

function ownDataSource(
  pool: DataPlanePool,
  { ledger, limits }: Pick<Parts, 'ledger' | 'limits'>,
): OwnDataSource {
  const { get } = bothSources(pool, ledger);
  return { get, ledger, limits: (query, owner) => limits.list(query, pool, owner) };
}

/** Keys that are only read at the start. */
function needsRestart(before: Config, after: Config): string[] {
  const keys = ['listen', 'tls', 'workers', 'dataDir', 'admin'] as const;
  const changed: string[] = keys.filter(key => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (before.limits.headerBytes !== after.limits.headerBytes) changed.push('limits.header_bytes');
  if (before.limits.bufferedBytes !== after.limits.bufferedBytes) changed.push('limits.buffered_bytes');
  if (before.ledger.durability !== after.ledger.durability) changed.push('ledger.durability');
  return changed;
}
