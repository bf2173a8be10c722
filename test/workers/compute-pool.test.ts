// The compute pool as the gateway has it, built: its counts, its order, and what happens when its worker cannot count.
import { describe, expect, it } from 'vitest';
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import type { PromptPool } from '../../src/pipeline/counting.js';
import type { PromptCount } from '../../src/tokens/count-prompt.js';

interface Pool extends PromptPool {
  close(): Promise<void>;
}
const built = '../../dist/workers/compute-pool.js';
const { ComputePool } = (await import(built)) as {
  ComputePool: new (data: object, onError: (cause: unknown) => void) => Pool;
};
const vocabulary = loadVocabulary(2);

const body = (text: string): Buffer =>
  Buffer.from(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: text }] }));
const count = (pool: Pool, text: string): Promise<PromptCount | null> =>
  new Promise((resolve, reject) => {
    pool.count({ api: 'openai.chat', model: 'gpt-4o', body: body(text) }, (found, failed) =>
      failed === null ? resolve(found) : reject(failed),
    );
  });

async function withPool(region: number, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = new ComputePool({ vocabulary, region }, () => undefined);
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

describe('the compute pool', () => {
  it('counts many bodies, each its own, of any size', async () => {
    const here = TokenKernel.load(vocabulary, 0);
    await withPool(1, async pool => {
      const texts = [
        'a',
        'eins zwei drei '.repeat(5000),
        '计数 '.repeat(900_000),
        'b c d',
        'x'.repeat(100_000),
      ];
      const found = await Promise.all(texts.map(text => count(pool, text)));
      expect(found.map(one => one?.counted)).toEqual(
        texts.map(text => here.countText('o200k_base', text) + 7),
      );
    });
  });

  it('never answers for what was withdrawn, and goes on', async () => {
    await withPool(1, async pool => {
      const answers: string[] = [];
      const first = count(pool, 'running').then(() => answers.push('running'));
      const withdraw = pool.count({ api: 'openai.chat', model: null, body: body('withdrawn') }, () =>
        answers.push('withdrawn'),
      );
      withdraw();
      await Promise.all([first, count(pool, 'last').then(() => answers.push('last'))]);
      expect(answers).toEqual(['running', 'last']);
    });
  });

  it('tells each task that its worker failed', async () => {
    await withPool(99, async pool => {
      for (const text of ['one', 'two']) await expect(count(pool, text)).rejects.toThrow('region 99');
    });
  });
});
