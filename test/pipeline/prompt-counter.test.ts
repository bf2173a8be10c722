// Where a prompt is counted, and what becomes of a request whose count fails or is not waited for.
import { describe, expect, it } from 'vitest';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import type { PromptRequest } from '../../src/pipeline/counting.js';
import type { Exchange } from '../../src/pipeline/exchange.js';
import { INLINE_BYTES_MAX, promptCounted, promptOf } from '../../src/pipeline/prompt-counter.js';
import { countPrompt, type PromptCount } from '../../src/tokens/count-prompt.js';
import { FactorTable } from '../../src/tokens/factors.js';

const kernels = { tokens: TokenKernel.load(loadVocabulary(1), 0), conversation: ConversationKernel.load() };

type Done = (count: PromptCount | null, failed: Error | null) => void;

function exchangeWith(text: string, model = 'gpt-4o', tokens: unknown = kernels.tokens) {
  const asked: { request: PromptRequest; done: Done }[] = [];
  const steps: string[] = [];
  let withdrawn = 0;
  const pool = {
    count(request: PromptRequest, done: Done) {
      asked.push({ request, done });
      return () => {
        withdrawn++;
      };
    },
  };
  const exchange = {
    entry: { id: 'req_1', identification: { isAi: true, api: 'openai.chat', model } },
    facts: { form: 'json' },
    plainBody: Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: text }] })),
    prompt: null,
    promptModel: undefined,
    promptWait: null,
    thread: { prompts: { ...kernels, tokens, factors: new FactorTable(), pool }, reportBug: () => undefined },
    step: (_phase: string, _kind: null, _verdict: string, code: string) => steps.push(code),
    rest: () => undefined,
  } as unknown as Exchange;
  return { exchange, asked, steps, withdrawn: () => withdrawn };
}

function waiter() {
  let told = 0;
  return { onPromptCounted: () => void told++, told: () => told };
}

const LARGE = 'word '.repeat(INLINE_BYTES_MAX / 5);

describe('a prompt', () => {
  it('that is small is counted when somebody asks', () => {
    const { exchange, asked } = exchangeWith('hello');
    expect(promptCounted(exchange, null, waiter())).toBe(true);
    expect([promptOf(exchange)?.tokens, asked.length]).toEqual([8, 0]);
  });

  it('is counted once a model', () => {
    const { exchange } = exchangeWith('hello');
    promptCounted(exchange, null, waiter());
    const first = promptOf(exchange);
    promptCounted(exchange, 'gpt-4o', waiter());
    expect(promptOf(exchange)).toBe(first);
    promptCounted(exchange, 'gpt-4', waiter());
    expect(promptOf(exchange)).toMatchObject({ encoding: 'cl100k_base', exact: true });
  });

  it('that is large goes to the pool, whose count gets this thread’s factor', () => {
    const { exchange, asked } = exchangeWith(LARGE, 'claude-x');
    const waits = waiter();
    for (let i = 0; i < 200; i++) exchange.thread.prompts.factors.learn('claude-x', 'input', 1000, 1500);
    expect(promptCounted(exchange, null, waits)).toBe(false);
    const [job] = asked;
    const count = job === undefined ? null : countPrompt(kernels, new FactorTable(), job.request);
    job?.done(count, null);
    expect(waits.told()).toBe(1);
    expect(exchange.prompt?.factor).toBeGreaterThan(1.4);
    expect(exchange.prompt?.tokens).toBe(Math.round((count?.counted ?? 0) * (exchange.prompt?.factor ?? 0)));
  });

  it('whose worker died is unknown, says so, and goes on', () => {
    const { exchange, asked, steps } = exchangeWith(LARGE);
    const waits = waiter();
    promptCounted(exchange, null, waits);
    asked[0]?.done(null, new Error('worker exited with code: 1'));
    expect([exchange.prompt, steps, waits.told()]).toEqual([null, ['prompt_uncounted'], 1]);
    expect(promptCounted(exchange, null, waits)).toBe(true);
  });

  it('that makes the kernel fail here is unknown too', () => {
    const broken = {
      countJson() {
        throw new Error('trap');
      },
    };
    const { exchange, steps } = exchangeWith('hello', 'gpt-4o', broken);
    expect(promptCounted(exchange, null, waiter())).toBe(true);
    expect([promptOf(exchange), steps]).toEqual([null, ['prompt_uncounted']]);
  });

  it('that nobody waits for is withdrawn', () => {
    const { exchange, withdrawn } = exchangeWith(LARGE);
    promptCounted(exchange, null, waiter());
    exchange.promptWait?.();
    expect(withdrawn()).toBe(1);
  });
});
