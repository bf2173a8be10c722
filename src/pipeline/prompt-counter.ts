// Counts what a request asks of the model. Large prompts are counted before they are sent, in the compute pool, so that nobody
// else waits behind them. Small ones are counted on this thread when somebody asks: a limit before the request goes on, or the
// record at its end; most providers report their input, and nobody asks (25,000 of 290,000 instructions a request saved,
// counted by `perf stat`). Hot path: per request.
import type { ApiName } from '../core/api.js';
import { countPrompt, type PromptCount } from '../tokens/count-prompt.js';
import type { FactorTable } from '../tokens/factors.js';
import type { Exchange } from './exchange.js';

/** Who waits for a count. */
export interface PromptWaiter {
  onPromptCounted(): void;
}

/**
 * Where a body is worth a hop to the compute pool: a hop costs some 150 µs of CPU time over both threads, and English is
 * counted at about 100 MB/s and Chinese at 20 (bench/gateway/pause.js, bench/kernel/tokens.js): 32 KiB hold the loop for
 * 0.3 to 1.6 ms.
 */
export const INLINE_BYTES_MAX = 32 * 1024;

/** Apis that bill by the tokens of what is asked. The others have no input tokens to know. */
export const HAS_PROMPT: ReadonlySet<ApiName> = new Set<ApiName>([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.embeddings',
  'anthropic.messages',
  'anthropic.complete',
  'gemini.generate',
  'gemini.embed',
  'gemini.interactions',
  'bedrock.converse',
  'bedrock.invoke',
  'cohere.chat',
  'cohere.generate',
  'cohere.embed',
  'ollama.chat',
  'ollama.generate',
  'ollama.embed',
]);

/**
 * Counts the prompt for the model that the next target gets (`targetModel` null: the one that was asked for).
 * True: `promptOf` says what can be known. False: it is being counted elsewhere, and `waiter` is told once
 * when that has ended, however it ended, unless `exchange.promptWait` is called first.
 */
export function promptCounted(exchange: Exchange, targetModel: string | null, waiter: PromptWaiter): boolean {
  const { plainBody: body, entry, facts } = exchange;
  const { api, isAi } = entry.identification;
  const model = targetModel ?? entry.identification.model;
  if (exchange.promptModel === model) return true;
  exchange.promptModel = model;
  exchange.prompt = null;
  if (!isAi || body === null || facts?.form !== 'json' || !HAS_PROMPT.has(api)) return true;
  if (body.length <= INLINE_BYTES_MAX) {
    exchange.prompt = undefined;
    return true;
  }
  const counter = exchange.thread.prompts;
  exchange.promptWait = counter.pool.count({ api, model, body }, (count, failed) => {
    exchange.promptWait = null;
    if (failed !== null) uncounted(exchange, failed);
    exchange.prompt = count === null ? null : withFactor(count, counter.factors, model);
    // The caller has waited for Weir, not for somebody else.
    exchange.rest();
    waiter.onPromptCounted();
  });
  return false;
}

/** Tokens of the prompt for the model that it was last sent to; null where they are not known. Counts them where that was put off. */
export function promptOf(exchange: Exchange): PromptCount | null {
  if (exchange.prompt !== undefined) return exchange.prompt;
  exchange.prompt = null;
  const { plainBody: body, promptModel: model = null, entry, thread } = exchange;
  if (body === null) return null;
  try {
    const { api } = entry.identification;
    exchange.prompt = countPrompt(thread.prompts, thread.prompts.factors, { api, model, body });
  } catch (cause) {
    uncounted(exchange, cause);
  }
  return exchange.prompt;
}

/** The pool's threads know no learned factors: this thread's are put in. */
function withFactor(count: PromptCount, factors: FactorTable, model: string | null): PromptCount {
  if (count.exact) return count;
  const { factor, spread } = factors.of(model, 'input');
  return { ...count, tokens: Math.round(count.counted * factor), factor, spread };
}

/** A prompt that could not be counted is still sent: limits that need the count decide for themselves. */
function uncounted(exchange: Exchange, cause: unknown): void {
  exchange.thread.reportBug(exchange.entry.id, cause);
  exchange.step('hold', null, 'failed', 'prompt_uncounted', {
    why: cause instanceof Error ? cause.message : String(cause),
  });
}
