// `plugin:` of a policy → PluginSettings: paths made absolute, defaults filled in, grants and tables judged; and what the folder of dropped
// modules gives a module without an entry.
import { resolve } from 'node:path';
import type { z } from 'zod';
import { nearest } from '../core/nearest.js';
import {
  COUNTERS_DEFAULT,
  COUNTERS_MAX,
  DEADLINE_MS_DEFAULT,
  FUEL_DEFAULT,
  FUEL_PER_BYTE_DEFAULT,
  MEMORY_BYTES_DEFAULT,
  MODULE_BYTES_MAX,
} from '../core/plugin-bounds.js';
import {
  DEFAULT_GRANTS,
  effectiveGrants,
  GRANTS,
  type Grant,
  type PluginSettings,
} from '../core/plugin-settings.js';
import type { Config, PluginPolicy, PolicyConfig } from './config.js';
import type { Findings } from './findings.js';
import { isName } from './leaves.js';
import type { Path } from './problem.js';
import type { pluginSchema } from './schema-plugins.js';

type PluginValues = z.output<typeof pluginSchema>;

/** The disk, injected so that checking a text touches none. */
export interface FileChecks {
  /** Folder of the configuration: paths are relative to it. */
  readonly folder: string;
  readonly canRead: (file: string) => boolean;
  /** What is wrong with a module that can be read, as a sentence; null: nothing. */
  readonly inspectPlugin: (settings: PluginSettings) => string | null;
}

/** `config:` is handed to each instance whole. */
const CONFIG_CHARS_MAX = 1024 * 1024;
/** Ten policies of the default. */
const COUNTERS_SPARE = 10 * COUNTERS_DEFAULT;
const TAG_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A module in `plugins_dir`: default grants, and its file's name as the policy's. */
export function droppedSettings(policy: string, file: string): PluginSettings {
  return {
    policy,
    file,
    dropped: true,
    mode: 'enforce',
    sizeMax: MODULE_BYTES_MAX,
    configJson: '{}',
    grants: DEFAULT_GRANTS,
    fuel: FUEL_DEFAULT,
    fuelPerByte: FUEL_PER_BYTE_DEFAULT,
    memoryBytes: MEMORY_BYTES_DEFAULT,
    onFailure: 'closed',
    onOpaque: 'refuse',
    run: 'auto',
    deadlineMs: DEADLINE_MS_DEFAULT,
    reset: 'always',
    tables: {},
    tags: [],
    countersMax: COUNTERS_DEFAULT,
  };
}

/** @param written `plugin:` as it stands in the file, `values` the same checked and filled in */
export function resolvePlugin(
  base: Pick<PolicyConfig, 'name' | 'mode' | 'when' | 'unreadable'>,
  values: PluginValues,
  path: Path,
  findings: Findings,
  files: FileChecks,
): PluginPolicy {
  const { folder } = files;
  const settings: PluginSettings = {
    policy: base.name,
    file: resolve(folder, values.file),
    dropped: false,
    mode: base.mode,
    sizeMax: values.size,
    configJson: JSON.stringify(values.config),
    grants: [...effectiveGrants(values.grant.filter(isGrant))],
    fuel: values.fuel,
    fuelPerByte: values.fuel_per_byte,
    memoryBytes: values.memory,
    onFailure: values.on_failure,
    onOpaque: values.on_opaque ?? (values.on_failure === 'closed' ? 'refuse' : 'pass'),
    run: values.run,
    deadlineMs: values.deadline,
    reset: values.reset,
    tables: Object.fromEntries(
      Object.entries(values.tables).map(([name, file]) => [name, resolve(folder, file)]),
    ),
    tags: values.tags.map(tag => tag.toLowerCase()),
    countersMax: values.counters,
  };
  checkConfig(settings, values.config, [...path, 'config'], findings);
  checkFiles(settings, values, path, findings, files);
  const secrets = secretTexts(values.config, [...path, 'config'], findings);
  return { ...base, kind: 'plugin', settings, secrets };
}

/** Room that the counters of all plugins need, with some for policies that a reload brings. */
export function liveCounters({ policies }: Pick<Config, 'policies'>): number {
  const wanted = policies.map(policy => (policy.kind === 'plugin' ? policy.settings.countersMax : 0));
  return Math.min(
    wanted.reduce((sum, count) => sum + count, COUNTERS_SPARE),
    COUNTERS_MAX,
  );
}

/** What is judged as it is written, so that another mistake of the section does not hide it. */
export function checkPluginLists(section: unknown, path: Path, findings: Findings): void {
  if (typeof section !== 'object' || section === null) return;
  const { grant, tags, tables } = section as Readonly<Record<string, unknown>>;
  texts(grant).forEach((name, i, all) => {
    const place = [...path, 'grant', i];
    if (name === undefined || name.trim() === '') return;
    if (isGrant(name)) refuseSecond(name, i, all, place, findings);
    else findings.refuse(place, name, GRANTS.join(', '), didYouMean(name, GRANTS));
  });
  texts(tags).forEach((name, i, all) => {
    const place = [...path, 'tags', i];
    if (name === undefined || name.trim() === '') return;
    if (TAG_NAME.test(name)) refuseSecond(name, i, all, place, findings);
    else findings.refuse(place, name, 'letters, digits, "-" and "_", up to 64');
  });
  if (typeof tables !== 'object' || tables === null || Array.isArray(tables)) return;
  for (const name of Object.keys(tables)) {
    if (isName(name)) continue;
    const allowed = 'a name of a-z, A-Z, 0-9, "-", "_" and ".", up to 64 characters';
    findings.error([...path, 'tables', name], `is no name of a table; allowed: ${allowed}`, 'key');
  }
}

function refuseSecond(
  name: string,
  i: number,
  all: readonly (string | undefined)[],
  place: Path,
  findings: Findings,
): void {
  if (all.findIndex(other => other?.toLowerCase() === name.toLowerCase()) === i) return;
  findings.refuse(place, name, 'each once', 'it stands here a second time;');
}

/** JSON has no infinities, and a number that means something else than what was written is a wrong one. */
function checkConfig(settings: PluginSettings, config: unknown, path: Path, findings: Findings): void {
  for (const [place, value] of leavesOf(config, path)) {
    if (typeof value === 'number' && !Number.isFinite(value))
      findings.error(place, 'is not a number that JSON knows; allowed: text, numbers, true, false');
  }
  const { length } = settings.configJson;
  if (length <= CONFIG_CHARS_MAX) return;
  findings.error(path, `has ${length} characters as JSON; allowed: up to ${CONFIG_CHARS_MAX}`);
}

function checkFiles(
  settings: PluginSettings,
  values: PluginValues,
  path: Path,
  findings: Findings,
  { folder, canRead, inspectPlugin }: FileChecks,
): void {
  const allowed = `a file that can be read, relative to ${folder}`;
  for (const [name, file] of Object.entries(settings.tables)) {
    if (canRead(file)) continue;
    findings.refuse([...path, 'tables', name], values.tables[name] ?? file, allowed);
  }
  const place = [...path, 'file'];
  if (!canRead(settings.file)) {
    findings.refuse(place, values.file, allowed);
    return;
  }
  const wrong = inspectPlugin(settings);
  if (wrong !== null) findings.error(place, `${findings.quote(place, values.file)} cannot be used: ${wrong}`);
}

/** Texts that an environment variable has a part in: a secret may stand there, and a plugin may show what it reads. */
function secretTexts(config: unknown, path: Path, findings: Findings): string[] {
  return leavesOf(config, path).flatMap(([place, value]) =>
    typeof value === 'string' && findings.isInterpolated(place) ? [value] : [],
  );
}

function leavesOf(value: unknown, path: Path): [Path, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((inner, i) => leavesOf(inner, [...path, i]));
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function isGrant(name: string): name is Grant {
  return GRANTS.some(grant => grant === name);
}

function texts(list: unknown): (string | undefined)[] {
  return Array.isArray(list) ? list.map(item => (typeof item === 'string' ? item : undefined)) : [];
}

function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? '' : `did you mean ${near}?`;
}
