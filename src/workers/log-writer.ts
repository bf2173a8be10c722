// Weir's log: pino's lines of JSON on standard error. What Weir has to say is logged here; lines of requests come ready from the ledger's thread
// (request-log.ts), which is told to make them or not.
import { type Logger, pino } from 'pino';
import type { LogConfig } from '../config/config.js';

export class LogWriter {
  readonly log: Logger;
  /** Written at once: what is said last before the process ends is what is looked for. */
  readonly #out = pino.destination({ dest: 2, sync: true });
  #config: LogConfig;

  constructor(config: LogConfig) {
    this.#config = config;
    this.log = pino({ name: 'weir', level: config.level }, this.#out);
  }

  replace(config: LogConfig): void {
    this.#config = config;
    this.log.level = config.level;
  }

  /** Where lines of requests go; null: nobody wants them. */
  get requestLines(): ((text: string) => void) | null {
    const { requests, level } = this.#config;
    return requests && (level === 'debug' || level === 'info') ? text => void this.#out.write(text) : null;
  }
}
