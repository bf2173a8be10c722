// A keeper of plugins over a folder of its own, and modules that tell themselves apart.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Loaded, loadConfigFile } from '../../src/config/load.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import type { PublishedPlugin } from '../../src/plugin/plugin-set.js';
import type { PluginKeeper as Keeper, KeeperOptions } from '../../src/workers/plugin-keeper.js';
import { hook, Wat } from '../plugin/support/guest.js';
import { wat } from '../plugin/wat.js';

const workers = '../../dist/workers';
const { PluginKeeper } = (await import(`${workers}/plugin-keeper.js`)) as {
  PluginKeeper: new (options: KeeperOptions) => Keeper;
};
const { Quarantine } = (await import(`${workers}/quarantine.js`)) as {
  Quarantine: new (
    vocabulary: object,
    region: number,
    onError: (cause: unknown) => void,
  ) => KeeperOptions['quarantine'];
};
const vocabulary = loadVocabulary(1);

/** A module whose on_request returns 0, told from others by its number. */
export function numbered(number: number): Uint8Array {
  return text(hook('on_request', `(drop (i32.const ${number})) (i32.const 0)`));
}

export const text = (functions: string): Uint8Array => wat(new Wat().module(functions));
export const UNCONFIGURABLE = text(hook('configure', '(i32.const 1)') + hook('on_request', '(i32.const 0)'));

export interface Scene {
  readonly keeper: Keeper;
  readonly folder: string;
  /** In `plugins_dir`. */
  readonly enabled: string;
  /** Names and SHA-256 (first digits) of every publication so far. */
  readonly published: string[];
  /** Messages with their plugins. */
  readonly logged: string[];
  write(name: string, bytes: Uint8Array): void;
  /** Hands every publication on. */
  publishTo(publish: KeeperOptions['publish']): void;
  /** The configuration with these policies, and `plugins_dir`. */
  replace(policies: string): Promise<string>;
  /** As often as the keeper itself would within a second. */
  looks(times?: number): Promise<void>;
  /** `name state reason` of each plugin. */
  state(): string[];
}

export function openScene(): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'weir-keeper-'));
  const enabled = join(folder, 'enabled');
  mkdirSync(enabled);
  chmodSync(enabled, 0o700);
  const published: string[] = [];
  const logged: string[] = [];
  let handOn: KeeperOptions['publish'] = () => undefined;
  const log = (facts: object, message: string): void => {
    logged.push(`${'plugin' in facts ? String(facts.plugin) : '-'}: ${message}`);
  };
  const keeper = new PluginKeeper({
    quarantine: new Quarantine(vocabulary, 0, cause => logged.push(String(cause))),
    log: { info: log, warn: log, error: log } as KeeperOptions['log'],
    publish: plugins => {
      published.push(named(plugins));
      handOn(plugins);
    },
  });
  afterAll(async () => {
    await keeper.stop();
    rmSync(folder, { recursive: true });
  });
  return {
    keeper,
    folder,
    enabled,
    published,
    logged,
    publishTo: publish => {
      handOn = publish;
    },
    write: (name, bytes) => writeFileSync(join(folder, name), bytes),
    replace: async policies => {
      const file = join(folder, 'weir.yaml');
      writeFileSync(
        file,
        `anonymous: allow\nproviders: { openai: }\nplugins_dir: enabled\npolicies: [ ${policies} ]\n`,
      );
      const loaded: Loaded = loadConfigFile(file, {});
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const replaced = await keeper.replace(loaded.config);
      return replaced.ok ? named(replaced.plugins) : `refused: ${replaced.problems.join('; ')}`;
    },
    looks: async (times = 3) => {
      for (let i = 0; i < times; i++) await keeper.look();
    },
    state: () =>
      keeper
        .slots()
        .map(slot => `${slot.settings.policy} ${slot.isRunning} ${slot.nameProblem ?? slot.reason}`),
  };
}

export function named(plugins: readonly PublishedPlugin[]): string {
  return plugins
    .map(
      plugin =>
        `${plugin.settings.policy}=${'failed' in plugin ? 'failed' : plugin.facts.sha256.slice(0, 6)}`,
    )
    .join(' ');
}
