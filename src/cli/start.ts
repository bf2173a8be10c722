// `weir start`: finds the configuration, starts the gateway, says where it is, and keeps the promises about signals:
// the first SIGTERM or SIGINT drains and exits 0, the second ends at once, SIGHUP reloads.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { embeddedDefault, formatProblem, type Loaded, loadConfigFile } from '../config/load.js';
import { watchConfig } from '../config/watch.js';
import { Gateway } from '../gateway.js';
import { inspectFile } from '../plugin/load/prepare.js';
import { platformProblem } from './platform.js';
import { tuneEngine } from './tune-engine.js';

interface StartOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly admin?: string;
  readonly workers?: string;
  readonly reusePort?: boolean;
}

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the gateway; SIGTERM or SIGINT drains, a second one ends at once, SIGHUP reloads')
    .option(
      '--config <file>',
      'configuration file (default: weir.yaml where there is one, else the embedded default)',
    )
    .option('--listen <address>', 'host:port of the data plane')
    .option('--admin <address>', 'host:port of the admin API and page')
    .option('--workers <n>', 'data-plane threads')
    .option('--reuse-port', 'do not refuse an address that another process listens on (a hand-over)')
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  // Whoever read what is written may have ended: no reason to stop serving. Unheard, an EPIPE would be an uncaught exception, and so would be
  // the next one that tells of it, without end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  tuneEngine();
  const problem = platformProblem();
  if (problem !== null) return fail(problem, 1);
  const source = configSource(options);
  // Before anything runs, a module that cannot be loaded is told at its place; a reload leaves that to the quarantine.
  const loaded = source.load(inspectFile);
  if (!loaded.ok) return fail(loaded.problems.map(formatProblem).join('\n'), 1);
  for (const warning of loaded.warnings) process.stderr.write(`${formatProblem(warning)}\n`);

  let gateway: Gateway | null = null;
  let draining = false;
  const drain = (exitCode: number): void => {
    if (draining) return;
    draining = true;
    const running = gateway;
    if (running === null) process.exit(exitCode);
    running.drain().then(
      () => process.exit(exitCode),
      (cause: unknown) => fail(`could not drain: ${String(cause)}`, 1),
    );
  };
  const onFatal = (cause: unknown): void => {
    process.stderr.write(
      `weir: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
    );
    drain(1);
  };
  // A throw on the main thread while data-plane threads live would abort the process: drain instead.
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => onSignal(signal, () => drain(0)));
  try {
    gateway = await Gateway.start({
      config: loaded.config,
      reusePort: options.reusePort === true,
      reload: source.file === null ? null : () => source.load(),
      onFatal,
    });
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause), 1);
  }
  const running = gateway;
  process.on('SIGHUP', () => running.reload());
  if (source.file !== null) watchConfig(source.file, () => running.reload());
  process.stdout.write(greeting(loaded.config, running, source.file));
}

/** The first signal drains; the second has its default effect (exit 143 or 130). */
const seen = new Set<string>();
function onSignal(signal: 'SIGTERM' | 'SIGINT', drain: () => void): void {
  if (seen.size > 0) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return;
  }
  seen.add(signal);
  drain();
}

interface ConfigSource {
  readonly file: string | null;
  readonly load: (inspect?: typeof inspectFile) => Loaded;
}

function configSource(options: StartOptions): ConfigSource {
  const overrides = (loaded: Loaded): Loaded => (loaded.ok ? override(loaded, options) : loaded);
  const file = options.config ?? (existsSync('weir.yaml') ? 'weir.yaml' : null);
  if (file !== null) {
    const path = resolve(file);
    return { file: path, load: inspect => overrides(loadConfigFile(path, process.env, inspect)) };
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-'));
  return { file: null, load: () => overrides({ ok: true, config: embeddedDefault(dataDir), warnings: [] }) };
}

/** Options of the command line win over the file. */
function override(loaded: Extract<Loaded, { ok: true }>, options: StartOptions): Loaded {
  const { config } = loaded;
  const workers = options.workers === undefined ? config.workers : Number(options.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    fail(`--workers is ${options.workers}; must be a whole number from 1 to 256`, 2);
  }
  const changed: Config = {
    ...config,
    workers,
    listen: options.listen === undefined ? config.listen : address(options.listen, '--listen'),
    admin:
      options.admin === undefined
        ? config.admin
        : { ...config.admin, listen: address(options.admin, '--admin') },
  };
  if (changed.admin.token === null && !LOOPBACK.test(changed.admin.listen.host)) {
    fail(`--admin ${options.admin} is not a loopback address; that needs admin.token`, 2);
  }
  return { ...loaded, config: changed };
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

function address(text: string, option: string): Config['listen'] {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) fail(`${option} is ${JSON.stringify(text)}; must be host:port`, 2);
  return { host: match?.[1] ?? match?.[2] ?? '', port };
}

function greeting(config: Config, gateway: Gateway, file: string | null): string {
  const host =
    config.listen.host === '0.0.0.0' || config.listen.host === '::' ? '127.0.0.1' : config.listen.host;
  const scheme = config.tls === null ? 'http' : 'https';
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${gateway.port}`;
  const provider =
    config.providers.find(({ kind }) => kind === 'openai')?.name ?? config.providers[0]?.name ?? 'openai';
  const body = '{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}';
  return `${[
    `Weir listens on ${url} (${config.workers} ${config.workers === 1 ? 'thread' : 'threads'}; ${file ?? 'embedded default: every provider is simulated'})`,
    `try      curl ${url}/${provider}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`,
    `admin    ${gateway.adminUrl}`,
  ].join('\n')}\n`;
}

function fail(message: string, exitCode: number): never {
  process.stderr.write(`weir: ${message}\n`);
  process.exit(exitCode);
}
