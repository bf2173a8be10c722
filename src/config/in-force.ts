// The configuration that is in force, and what is told about it.
import type { Config } from './config.js';
import { configSecrets } from './masked.js';

export class ConfigInForce {
  config: Config;
  version = 1;
  loadedAt = new Date().toISOString();
  problems: readonly string[] = [];
  ready = false;
  #secrets: readonly string[];

  constructor(config: Config) {
    this.config = config;
    this.#secrets = configSecrets(config);
  }

  replace(config: Config): void {
    this.config = config;
    this.#secrets = configSecrets(config);
    this.version++;
    this.loadedAt = new Date().toISOString();
    this.problems = [];
  }

  /** No configured secret may stand in a log line. */
  scrub(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  }
}
