// The answer pipe on recorded traffic: what nobody changes goes out byte for byte, and each text is shown once, as the meter and its twin find it.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { AnswerPipe } from '../../src/plugin/answer/answer-pipe.js';
import { cuts } from '../kernel/meter-reading.js';
import { PipeRun, TestStage } from '../plugin/answer/pipe-run.js';
import { answers, corpusPresent, responseBody } from './meter-recordings.js';
import { twinReading } from './meter-twin.js';

const recorded = answers()
  .map(answer => ({
    id: answer.id,
    api: (answer.weir_api ?? 'other') as ApiName,
    contentType: answer.response_content_type ?? '',
    status: answer.status ?? 200,
    body: responseBody(answer),
  }))
  .filter(({ api, status }) => AnswerPipe.applies(api, status));

const LONG = 6_000;

describe.skipIf(!corpusPresent)('the answer pipe on recorded answers (needs ../shared/corpus)', () => {
  it.each([1, 7, 64, 'random', 'whole'] as const)('changes no byte in pieces of %s', size => {
    // Byte by byte the long ones would take a minute.
    const some = size === 1 ? recorded.filter(one => one.body.length < LONG) : recorded;
    expect(some.length).toBeGreaterThan(500);
    const wrong = some.filter(({ api, contentType, body }) => {
      const run = new PipeRun([new TestStage()], {
        api,
        contentType,
        onFail: pipe => pipe.bypass(null),
      });
      run.feed(cuts(body, size)).pipe.end();
      return run.done !== 1 || !run.bytes.equals(body);
    });
    expect(wrong.map(one => one.id)).toEqual([]);
  });

  it('can read all that are JSON or events', () => {
    const unreadable = recorded.filter(({ api, contentType, body }) => {
      const run = new PipeRun([new TestStage()], { api, contentType });
      run.feed([body]).pipe.end();
      if (run.failures.length === 0) return false;
      const twin = twinReading(body, api === 'bedrock.invoke');
      return twin.clean && twin.events > 0;
    });
    expect(unreadable.map(one => one.id)).toEqual([]);
  });

  it('shows the texts that the meter counts, and few that it does not', () => {
    const missing: string[] = [];
    let more = 0;
    let compared = 0;
    for (const { id, api, contentType, body } of recorded) {
      const twin = twinReading(body, api === 'bedrock.invoke');
      if (!twin.clean || twin.events === 0) continue;
      const stage = new TestStage();
      new PipeRun([stage], { api, contentType }).feed([body]).pipe.end();
      const theirs = [...twin.texts].filter(([key]) => !key.startsWith('tool_name')).map(([, text]) => text);
      const [mine, others] = [letters(stage.texts), letters(theirs)];
      if ([...others].some(([letter, count]) => (mine.get(letter) ?? 0) < count)) missing.push(id);
      if (total(mine) > total(others)) more++;
      if (theirs.length > 0) compared++;
    }
    expect(missing).toEqual([]);
    // Commands of shells, arguments that a block begins with, reasoning that stands only in its details, text that only a last event has.
    expect(more).toBeLessThan(12);
    expect(compared).toBeGreaterThan(700);
  });
});

/** How often each character comes; objects are compared without their spaces and braces, which an empty one has nothing but. */
function letters(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const letter of texts.join('').replace(/[\s{}]/g, ''))
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return counts;
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
