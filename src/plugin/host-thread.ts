// What the sandbox needs of the thread that it runs on.
import type { TokenKernel } from '../kernel/tokens.js';
import type { CounterTable } from './counters.js';

export interface HostThread {
  /** Shared by all threads of the process. */
  readonly counters: CounterTable;
  /** null: this thread counts no tokens, and `count_tokens` says absent. */
  readonly tokens: TokenKernel | null;
  /** Puts `***` for every secret of the configuration. Given every text that a guest leaves in steps, logs and answers. */
  scrub(text: string): string;
  /** Whether a secret of the configuration stands in a header's value: guests set none of these. */
  holdsSecret(value: string): boolean;
}
