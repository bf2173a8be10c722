// What plugins log, written by the control plane: LOG_LINES_PER_SECOND of each over all threads, the rest counted.
import type { Logger } from 'pino';
import type { LogLine } from '../plugin/hook.js';
import { type DroppedLines, LogGate } from '../plugin/log-gate.js';
import type { PluginLog } from '../plugin/thread-plugins.js';

const TELL_MS = 1000;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export class PluginLogWriter implements PluginLog {
  readonly #log: Pick<Logger, (typeof LEVELS)[number]>;
  readonly #gate = new LogGate();
  readonly #timer: NodeJS.Timeout;

  constructor(log: Pick<Logger, (typeof LEVELS)[number]>) {
    this.#log = log;
    this.#timer = setInterval(() => this.#tellDropped(), TELL_MS);
    this.#timer.unref();
  }

  line(policy: string, { level, text }: LogLine, requestId: string): void {
    if (!this.#gate.passes(policy, performance.now())) return;
    this.#log[LEVELS[level] ?? 'info']({ plugin: policy, request_id: requestId, text }, 'plugin log');
  }

  dropped(lines: readonly DroppedLines[]): void {
    for (const { policy, lines: count } of lines) this.#gate.drop(policy, count);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#tellDropped();
  }

  #tellDropped(): void {
    for (const { policy, lines } of this.#gate.takeDropped(performance.now()))
      this.#log.warn({ plugin: policy, lines }, 'plugin log: too many lines, these were left out');
  }
}
