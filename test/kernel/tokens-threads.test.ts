// Kernels over one vocabulary do not disturb each other, in one thread or in two, and none of them grows.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { TokenStream } from '../../src/kernel/token-stream.js';
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import { nastyString, randomFrom } from '../fuzz/tokens-strings.js';
import { ENCODINGS, type EncodingName } from '../oracle/tokens-pattern.js';
import { countByTiktoken } from '../oracle/tokens-tiktoken.js';

const CALLS = 100_000;
const KIB = 1024;

function texts(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => nastyString(random));
}

/** Counts all texts again and again until it is told to stop; then tells its counts of each round that differed from the first. */
const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ TokenKernel }) => {
    const kernel = TokenKernel.load(workerData.vocabulary, workerData.region);
    const round = () => workerData.texts.map(text => kernel.countText(workerData.encoding, text));
    const first = round();
    let rounds = 1;
    let differing = 0;
    const again = () => {
      if (Atomics.load(workerData.stop, 0) === 1) return parentPort.postMessage({ first, rounds, differing });
      if (round().some((count, i) => count !== first[i])) differing += 1;
      rounds += 1;
      setImmediate(again);
    };
    parentPort.postMessage('begun');
    again();
  });
`;

describe('kernels over one vocabulary', () => {
  it('count the same by turns in two regions', () => {
    const vocabulary = loadVocabulary(2);
    const one = TokenKernel.load(vocabulary, 0);
    const other = TokenKernel.load(vocabulary, 1);
    for (const encoding of ENCODINGS) {
      const streams = [new TokenStream(one, encoding), new TokenStream(other, encoding)];
      let whole = '';
      for (const text of texts(2000, 21)) {
        const expected = countByTiktoken(encoding, text);
        expect(one.countText(encoding, text)).toBe(expected);
        expect(other.countText(encoding, text)).toBe(expected);
        if (whole.length > 20_000) continue;
        const bytes = Buffer.from(text);
        whole += bytes.toString();
        for (const stream of streams) stream.push(bytes, 0, bytes.length);
      }
      for (const stream of streams) expect(stream.count()).toBe(countByTiktoken(encoding, whole));
    }
  });

  it.each(ENCODINGS)(
    'count %s the same while a thread beside them counts too',
    { timeout: 60_000 },
    async encoding => {
      const vocabulary = loadVocabulary(3);
      const mine = texts(1500, 22);
      const theirs = texts(1500, 23);
      const module = new URL('../../dist/kernel/tokens.js', import.meta.url).href;
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const workerData = { vocabulary, region: 2, texts: theirs, encoding, stop, module };
      const worker = new Worker(WORKER, { eval: true, workerData });
      try {
        await once(worker, 'message');
        const kernel = TokenKernel.load(vocabulary, 1);
        for (let round = 0; round < 3; round++) {
          kernel.clearCache();
          for (const text of mine)
            expect(kernel.countText(encoding, text)).toBe(countByTiktoken(encoding, text));
        }
        Atomics.store(stop, 0, 1);
        const [{ first, rounds, differing }] = await once(worker, 'message');
        expect(first).toEqual(theirs.map(text => countByTiktoken(encoding, text)));
        expect(rounds).toBeGreaterThan(3);
        expect(differing).toBe(0);
      } finally {
        await worker.terminate();
      }
    },
  );
});

describe('a kernel', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');

  function held(): number {
    collect();
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  }

  it(`holds no more after ${CALLS} calls than before`, { timeout: 60_000 }, () => {
    const vocabulary = loadVocabulary(1);
    const kernel = TokenKernel.load(vocabulary, 0);
    const some = texts(500, 24);
    const bytes = some.map(text => Buffer.from(text));
    let sink = 0;
    const calls = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const encoding: EncodingName = i % 2 === 0 ? 'o200k_base' : 'cl100k_base';
        const at = i % some.length;
        const all = bytes[at] ?? Buffer.alloc(0);
        sink += kernel.countText(encoding, some[at] ?? '') + kernel.countBytes(encoding, all);
        sink += kernel.countJson(encoding, all, 0, all.length);
        const stream = new TokenStream(kernel, encoding);
        stream.push(all, 0, all.length);
        stream.pushJson(all, 0, all.length);
        sink += stream.count();
      }
    };
    calls(CALLS / 5);
    const before = held();
    const shared = vocabulary.memory.buffer.byteLength;
    calls(CALLS);
    expect(held() - before).toBeLessThan(256 * KIB);
    expect(vocabulary.memory.buffer.byteLength).toBe(shared);
    expect(sink).toBeGreaterThan(0);
  });

  it('counts the same with its caches cleared, filled, and filled by another encoding', () => {
    const kernel = TokenKernel.load(loadVocabulary(1), 0);
    for (const text of texts(3000, 25)) {
      const counts = ENCODINGS.map(encoding => countByTiktoken(encoding, text));
      expect(ENCODINGS.map(encoding => kernel.countText(encoding, text))).toEqual(counts);
      expect(ENCODINGS.toReversed().map(encoding => kernel.countText(encoding, text))).toEqual(
        counts.toReversed(),
      );
      if (text.length % 3 === 0) kernel.clearCache();
      expect(ENCODINGS.map(encoding => kernel.countText(encoding, text))).toEqual(counts);
    }
  });
});
