// Recorded answers that were damaged: whatever comes, the pipe does not throw, ends once, and with an owner that lets pass loses no byte.
import { describe, expect, it } from 'vitest';
import { cuts } from '../kernel/meter-reading.js';
import { appended, HOLD, PASS, PipeRun, passed, TestStage } from '../plugin/answer/pipe-run.js';
import { recorded } from './answer-pipe-changes.js';
import { corpusPresent } from './meter-recordings.js';

const SMALL = 20_000;
const bodies = recorded.filter(one => one.body.length < SMALL && one.body.length > 0);

/** A small generator with a seed. */
function randoms(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Some bytes changed, cut out, doubled; the beginning mostly left, so that the framing is what it was. */
function damaged(body: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(body);
  for (let i = random(4); i >= 0; i--) {
    const at = random(bytes.length);
    const length = random(40);
    const kind = random(4);
    if (kind === 0) bytes[at] = '"\\{}[],:\n\r\0x'.charCodeAt(random(12));
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    if (bytes.length === 0) return Buffer.from('x');
  }
  return bytes;
}

describe.skipIf(!corpusPresent)('damaged answers (needs ../shared/corpus)', () => {
  it('pass byte for byte where nobody changes them and the owner lets pass', () => {
    const random = randoms(7);
    for (let i = 0; i < 3000; i++) {
      const one = bodies[random(bodies.length)];
      if (one === undefined) continue;
      const body = damaged(one.body, random);
      const held = random(3) === 0;
      const stage = new TestStage(({ kind }) => (held && kind !== 'end' ? HOLD : PASS));
      const run = new PipeRun([stage, new TestStage()], {
        api: one.api,
        contentType: one.contentType,
        onFail: (pipe, failed) => pipe.bypass(failed),
      });
      run.feed(cuts(body, 'random', i)).pipe.end();
      expect([run.bytes.equals(body), run.done], `${one.id} at ${i}`).toEqual([true, 1]);
      expect(run.failures.length).toBeLessThan(3);
    }
  });

  it('do not make the pipe throw whatever a stage does', () => {
    const random = randoms(11);
    let closed = 0;
    for (let i = 0; i < 2000; i++) {
      const one = bodies[random(bodies.length)];
      if (one === undefined) continue;
      const body = random(2) === 0 ? one.body : damaged(one.body, random);
      const stage = (): TestStage =>
        new TestStage(({ kind, choice, text }) => {
          const verdict = random(6);
          if (verdict === 0) return HOLD;
          if (verdict === 1) return passed(text.slice(random(3)));
          if (verdict === 2 && kind !== 'end') return { ...appended(kind, choice, '"\\\n'), result: 'hold' };
          if (verdict === 3 && random(20) === 0) return { ...PASS, result: 'end' };
          return verdict === 4 ? appended(kind, choice, 'x') : PASS;
        });
      const run = new PipeRun([stage(), stage()], {
        api: one.api,
        contentType: one.contentType,
        onFail: (pipe, failed) => {
          if (random(2) === 0) pipe.bypass(failed);
        },
      });
      run.feed(cuts(body, 'random', i)).pipe.end();
      if (run.done === 0) closed++;
      expect(run.done + run.ended).toBeLessThan(2);
    }
    expect(closed).toBeGreaterThan(50);
  });
});
