// Recorded answers with every text changed: an independent reader finds the changed texts, each repeat agreeing, and all else as it was.
import { describe, expect, it } from 'vitest';
import type { TestStage } from '../plugin/answer/pipe-run.js';
import { changed, differences, isChangeable, recorded, rewritten, strings } from './answer-pipe-changes.js';
import { corpusPresent } from './meter-recordings.js';
import { documentsOf, twinReading } from './meter-twin.js';

/** Sources, and what tools of the provider's own did: no text of the model, though its text may quote them. */
const SOURCES = /annotation|citation|executed_tools|search|action\.|blockedResponse|webSearchQueries/;

describe.skipIf(!corpusPresent)('recorded answers with changed texts (needs ../shared/corpus)', () => {
  const runs = recorded.map(one => ({ ...one, run: rewritten(one, 'whole') }));

  it('say the changed texts, and in the same order of bytes however they were cut', () => {
    const wrong = runs.filter(({ run, body, wrapped, ...one }) => {
      const before = twinReading(body, wrapped).texts;
      const after = twinReading(run.bytes, wrapped).texts;
      const expected = [...before].map(([key, text]) => [
        key,
        key.startsWith('tool_name') ? text : changed(text),
      ]);
      const small = rewritten({ body, wrapped, ...one }, 100);
      return JSON.stringify([...after]) !== JSON.stringify(expected) || !small.bytes.equals(run.bytes);
    });
    expect(wrong.map(one => one.id)).toEqual([]);
    expect(runs.filter(({ run }) => run.pipe.changed).length).toBeGreaterThan(650);
  });

  it('are otherwise as they were: every value the same, or changed as a text is', () => {
    const wrong: string[] = [];
    for (const { id, run, body, wrapped } of runs) {
      const before = documentsOf(body, wrapped);
      const after = documentsOf(run.bytes, wrapped);
      if (before.length !== after.length) wrong.push(`${id} has other events`);
      before.forEach((document, i) => {
        if (document.eventName !== after[i]?.eventName) wrong.push(`${id} has another event name`);
        for (const path of differences(document.json, after[i]?.json ?? null, ''))
          wrong.push(`${id} ${path}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  it('have no place left where a long text stands as it was', () => {
    const left = new Set<string>();
    for (const { id, api, run, wrapped } of runs) {
      if (!run.pipe.changed) continue;
      const all = joined(run.stage);
      for (const { json } of documentsOf(run.bytes, wrapped))
        for (const [path, text] of strings(json, ''))
          if (text.length >= 24 && isChangeable(text) && !SOURCES.test(path) && all.includes(text))
            left.add(`${api} ${path} ${id}`);
    }
    expect([...left]).toEqual([]);
  });
});

/** All texts of one kind and choice that were shown, joined. */
function joined(stage: TestStage): string {
  const texts = new Map<string, string>();
  for (const { kind, choice, text } of stage.shown)
    texts.set(`${kind} ${choice}`, (texts.get(`${kind} ${choice}`) ?? '') + text);
  return [...texts.values()].join('\n');
}
