// Where a stream is looked at event by event, and where it ends.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/error.js';
import type { AnswerTally } from '../../src/pipeline/answer-tally.js';
import { StreamLimit } from '../../src/pipeline/stream-limit.js';
import type { PolicyRun } from '../../src/policy/policy-run.js';

/** Counts each byte as a token, and a tenth more at most. */
class Bytes {
  tokens = 0;
  get upperBound(): number {
    return Math.ceil(this.tokens * 1.1);
  }
  modelTokens(): number {
    return this.tokens;
  }
}

function limited(outputCeiling: number, contentType = 'text/event-stream') {
  const tally = new Bytes();
  const asked: number[] = [];
  const error = new WeirError('weir_limit_reached', 'nothing is left');
  const run = {
    outputCeiling,
    topUp: (tokens: number) => {
      asked.push(tokens);
      return error;
    },
  };
  const limit = new StreamLimit(run as unknown as PolicyRun, tally as unknown as AnswerTally, contentType);
  return { tally, asked, error, limit };
}

describe('StreamLimit', () => {
  it('is near once the next chunk could use up the hold', () => {
    const { limit, tally } = limited(100);
    expect(limit.near(Buffer.alloc(24))).toBe(false);
    expect(limit.near(Buffer.alloc(25))).toBe(true);
    tally.tokens = 80;
    expect(limit.near(Buffer.alloc(2))).toBe(false);
    expect(limit.near(Buffer.alloc(3))).toBe(true);
  });

  it('asks for more only where the count itself has reached the hold', () => {
    const { limit, tally, asked, error } = limited(100);
    tally.tokens = 99;
    expect(limit.stop()).toBeNull();
    expect(asked).toEqual([]);
    tally.tokens = 100;
    expect(limit.stop()).toBe(error);
    expect(asked).toEqual([100]);
  });

  it('never asks where nothing is held', () => {
    const { limit, tally } = limited(Number.POSITIVE_INFINITY);
    tally.tokens = 1e9;
    expect(limit.near(Buffer.alloc(1e6))).toBe(false);
    expect(limit.stop()).toBeNull();
  });

  it('cuts text into lines', () => {
    const { limit } = limited(1);
    const chunk = Buffer.from('data: a\n\ndata: b');
    expect([0, 8, 9].map(from => limit.pieceEnd(chunk, from))).toEqual([8, 9, 16]);
  });

  it('cuts an AWS event stream into its frames, however it comes', () => {
    const codec = new EventStreamCodec(toUtf8, fromUtf8);
    const frames = [3, 0, 300, 10, 11].map(length =>
      Buffer.from(codec.encode({ headers: {}, body: new Uint8Array(length).fill(10) })),
    );
    const whole = Buffer.concat(frames);
    const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    for (const size of [1, 2, 3, 5, 7, 16, 64, 1000]) {
      // The first chunks are far from the limit, and are passed by.
      const { limit, tally } = limited(1e6, 'application/vnd.amazon.eventstream');
      const found: number[] = [];
      for (let at = 0; at < whole.length; at += size) {
        const chunk = whole.subarray(at, at + size);
        tally.tokens = at < 40 ? 0 : 1e6;
        if (!limit.near(chunk)) continue;
        for (let from = 0; from < chunk.length; ) {
          from = limit.pieceEnd(chunk, from);
          found.push(at + from);
        }
      }
      const seen = ends.filter(end => end > (size > 40 ? size : 40 + size));
      expect(found, `chunks of ${size}`).toEqual(expect.arrayContaining(seen));
    }
  });
});
