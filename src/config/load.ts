// A configuration file → a frozen Config, or all problems at once with their places. The entry of this room.
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PluginSettings } from '../core/plugin-settings.js';
import { BUILT_IN_NAMES } from '../provider/table.js';
import type { Config } from './config.js';
import { resolveConsumers } from './consumers.js';
import { Findings } from './findings.js';
import { deepFreeze } from './freeze.js';
import type { Environment } from './interpolate.js';
import { configSecrets, maskedConfig } from './masked.js';
import type { FileChecks } from './plugins.js';
import { resolvePolicies } from './policies.js';
import { checkPolicies } from './policy-prudence.js';
import { resolvePrices } from './prices.js';
import { formatProblem, type Problem } from './problem.js';
import { resolveProviders, SIMULATOR } from './providers.js';
import { checkUse } from './prudence.js';
import { readYaml } from './read-yaml.js';
import { resolveRoutes } from './routes.js';
import { listShape, serverShape } from './schema.js';
import { resolveServer } from './server.js';

// What comes with a loaded configuration, so that the other rooms need to know this file alone.
export { configSecrets, formatProblem, maskedConfig, type Problem };

export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const KNOWN_KEYS = [...Object.keys(serverShape), ...Object.keys(listShape)];

/** Checks a text as if it stood in `file`. Touches no disk: files that it names are taken to exist. Never throws. */
export function loadConfigText(text: string, file: string, env: Environment): Loaded {
  return load(text, env, file, { canRead: () => true, inspectPlugin: () => null });
}

/**
 * Reads and checks a file, and that the files it names can be read. An unreadable file is a problem, not a throw.
 * `inspectPlugin` judges the modules of plugin policies; without it their contents are left to those who load them.
 */
export function loadConfigFile(
  file: string,
  env: Environment = process.env,
  inspectPlugin: (settings: PluginSettings) => string | null = () => null,
): Loaded {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    return { ok: false, problems: [unreadable(file, error)] };
  }
  return load(text, env, file, { canRead, inspectPlugin });
}

/** What `weir start` runs without a weir.yaml: every built-in provider answered by the simulator, no key needed. */
export function embeddedDefault(dataDir: string): Config {
  const providers = BUILT_IN_NAMES.map(name => `  ${name}: { base_url: "${SIMULATOR}" }`);
  const folder = JSON.stringify(dataDir.replaceAll('${', () => '$${'));
  const text = `anonymous: allow\ndata_dir: ${folder}\nproviders:\n${providers.join('\n')}\n`;
  const loaded = loadConfigText(text, 'embedded default', {});
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

function load(text: string, env: Environment, file: string, disk: Omit<FileChecks, 'folder'>): Loaded {
  const read = readYaml(text, file, env);
  const findings = new Findings(file, read);
  const root = read.value ?? {};
  if (read.usable && (typeof root !== 'object' || Array.isArray(root))) {
    findings.error([], `the file is no mapping; allowed: ${KNOWN_KEYS.join(', ')}`);
  }
  if (!read.usable || typeof root !== 'object' || Array.isArray(root))
    return { ok: false, problems: findings.sorted };
  const values: Readonly<Record<string, unknown>> = { ...root };
  const unknown = Object.keys(values).filter(key => !KNOWN_KEYS.includes(key));
  findings.unknownKeys(unknown, KNOWN_KEYS, []);
  const server = resolveServer(values, file, findings, disk.canRead);
  const { providers, names: providerNames } = resolveProviders(values.providers, findings);
  const { consumers, names: consumerNames } = resolveConsumers(values.consumers, findings, Date.now());
  const routes = resolveRoutes(values.routes, { providers, providerNames, consumerNames }, findings);
  const knownTags = new Set([
    ...(server?.tags ?? []),
    ...consumers.flatMap(consumer => Object.keys(consumer.tags)),
  ]);
  const policies = resolvePolicies(values.policies, knownTags, findings, {
    ...disk,
    folder: dirname(resolve(file)),
  });
  const prices = resolvePrices(values.prices, providerNames, findings);
  if (findings.failed || server === null) return { ok: false, problems: findings.sorted };
  const config = deepFreeze({ ...server, providers, consumers, routes, policies, prices });
  checkUse(config, findings);
  checkPolicies(config, findings);
  return { ok: true, config, warnings: findings.sorted };
}

function unreadable(file: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'the file may not be read by this user',
    EISDIR: 'this is a folder; allowed: a YAML file',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'the file is not UTF-8 text',
  };
  const message = words[code] ?? `the file cannot be read (${code})`;
  return { file, line: 0, column: 0, path: '', message, severity: 'error' };
}

const canRead: FileChecks['canRead'] = file => {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    // Whatever the reason, it cannot be read: the caller reports that with the file's name.
    return false;
  }
};
