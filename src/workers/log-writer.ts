// Weir's log: pino's lines of JSON on standard error. What Weir has to say is written at once; lines of requests come ready from the ledger's thread
// (request-log.ts) in batches, and are written without waiting: a reader that is slow must not hold up the control plane.
import { write, writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import type { LogConfig } from '../config/config.js';

const STDERR = 2;
/** A pipe that is full: its reader has to catch up. */
const FULL_MS = 20;
/** What Weir says while a batch is under way, which must not stand in the middle of one of its lines. Further ones are left out. */
const WAITING_MAX = 1000;

export class LogWriter {
  readonly log: Logger;
  #config: LogConfig;
  /** What is left of a batch; null: none is under way. */
  #batch: Buffer | null = null;
  readonly #waiting: string[] = [];

  constructor(config: LogConfig) {
    this.#config = config;
    this.log = pino({ name: 'weir', level: config.level }, { write: line => this.#say(line) });
    process.on('exit', () => this.#last());
  }

  replace(config: LogConfig): void {
    this.#config = config;
    this.log.level = config.level;
  }

  /** Where lines of requests go, one batch after the other; `written` is called when they are. Null: nobody wants them. */
  get requestLines(): ((text: string, written: () => void) => void) | null {
    const { requests, level } = this.#config;
    if (!requests || (level !== 'debug' && level !== 'info')) return null;
    return (text, written) => {
      this.#batch = Buffer.from(text);
      this.#go(written);
    };
  }

  #go(written: () => void): void {
    const batch = this.#batch ?? Buffer.alloc(0);
    write(STDERR, batch, (error, bytes) => {
      if (error?.code === 'EAGAIN') return void setTimeout(() => this.#go(written), FULL_MS);
      // Nobody reads any more: there is nobody to tell, either.
      this.#batch = error === null && bytes < batch.length ? batch.subarray(bytes) : null;
      if (this.#batch !== null) return this.#go(written);
      for (const line of this.#waiting.splice(0)) writeNow(line);
      written();
    });
  }

  #say(line: string): void {
    if (this.#batch === null) writeNow(line);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(line);
  }

  /** The process ends: what waits is said all the same. */
  #last(): void {
    if (this.#batch !== null) writeNow('\n');
    for (const line of this.#waiting.splice(0)) writeNow(line);
  }
}

/** What is said last before the process ends is what is looked for: so it is written before anything else happens, but not at any price. */
function writeNow(line: string): void {
  let rest = Buffer.from(line);
  for (let tries = 0; rest.length > 0 && tries < 50; tries++) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS);
    }
  }
}
