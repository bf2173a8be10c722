// What a data-plane thread counts tokens with, and how it asks another thread to.
import type { ApiName } from '../core/api.js';
import type { ConversationKernel } from '../kernel/conversation.js';
import type { TokenKernel } from '../kernel/tokens.js';
import type { PromptCount } from '../tokens/count-prompt.js';
import type { FactorTable } from '../tokens/factors.js';

export interface PromptRequest {
  readonly api: ApiName;
  readonly model: string | null;
  /** Decoded. */
  readonly body: Buffer;
}

/** Counts in another thread. `done` is called once, never in the same turn, unless the returned function withdraws it before. */
export interface PromptPool {
  count(request: PromptRequest, done: (count: PromptCount | null, failed: Error | null) => void): () => void;
}

/** What one data-plane thread counts with. */
export interface PromptCounter {
  readonly tokens: TokenKernel;
  readonly conversation: ConversationKernel;
  readonly factors: FactorTable;
  readonly pool: PromptPool;
}
