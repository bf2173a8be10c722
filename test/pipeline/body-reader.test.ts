// A request body read whole, however it is cut: the same bytes, the same facts, and memory near to what is counted.
import { describe, expect, it } from 'vitest';
import type { BodyFacts } from '../../src/core/body-facts.js';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { WholeBody } from '../../src/pipeline/body-reader.js';
import type { Exchange } from '../../src/pipeline/exchange.js';

const kernel = ClassifyKernel.load();

function opened(): { body: WholeBody; held: () => number } {
  let held = 0;
  const exchange = {
    head: { contentEncoding: '' },
    runtime: { config: { limits: { bodyBytes: 64 * 1024 * 1024 } } },
    thread: {
      classify: kernel,
      buffered: {
        take: (bytes: number) => {
          held += bytes;
          return true;
        },
        give: (bytes: number) => {
          held -= bytes;
        },
      },
    },
  } as unknown as Exchange;
  return { body: new WholeBody(exchange), held: () => held };
}

function finished(body: WholeBody): { bytes: Buffer; facts: BodyFacts | null } {
  let result: { bytes: Buffer; facts: BodyFacts | null } | null = null;
  body.finish((bytes, _plain, facts) => {
    result = { bytes, facts };
  });
  if (result === null) throw new Error('not finished');
  return result;
}

const TEXT = Buffer.from(
  JSON.stringify({
    messages: [{ role: 'user', content: 'é'.repeat(30_000) }],
    stream: true,
    model: 'gpt-4o',
  }),
);

describe('a body read whole', () => {
  it.each([1, 2, 7, 1023, 4096, 16_383, 16_384, 16_385, 40_000, 1_000_000])('in chunks of %i bytes', size => {
    const { body, held } = opened();
    const memory = new Uint8Array(size);
    for (let at = 0; at < TEXT.length; at += size) {
      const part = TEXT.subarray(at, at + size);
      memory.set(part);
      body.take(part.length === size ? memory.buffer : memory.buffer.slice(0, part.length));
      memory.fill(0x58);
    }
    expect([body.receivedBytes, held()]).toEqual([TEXT.length, TEXT.length]);
    const { bytes, facts } = finished(body);
    expect(bytes.equals(TEXT)).toBe(true);
    expect(facts).toMatchObject({ form: 'json', model: 'gpt-4o', stream: true, messages: 1 });
    body.release();
    expect(held()).toBe(0);
  });

  it('in chunks large and small by turns', () => {
    const { body } = opened();
    const sizes = [1, 20_000, 3, 1, 1, 17_000, 2, 9, 16_384, 5];
    for (let at = 0, turn = 0; at < TEXT.length; turn++) {
      const end = Math.min(TEXT.length, at + (turn < 40 ? 1 : (sizes[turn % sizes.length] ?? 1)));
      body.take(new Uint8Array(TEXT.subarray(at, end)).buffer);
      at = end;
    }
    expect(finished(body).bytes.equals(TEXT)).toBe(true);
  });

  it('byte by byte takes no hundred times its size', () => {
    const { body } = opened();
    const one = new Uint8Array([0x20]).buffer;
    const before = process.memoryUsage();
    for (let i = 0; i < 1_000_000; i++) body.take(one);
    const after = process.memoryUsage();
    // One Buffer each took 100 MB; the kernel's scan of them takes none.
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(grown).toBeLessThan(40 * 1024 * 1024);
    body.release();
  });
});
