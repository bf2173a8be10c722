// Recorded answers with every text changed: an independent reader finds the changed texts, each repeat agreeing, and all else as it was.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { AnswerPipe } from '../../src/plugin/answer/answer-pipe.js';
import { cuts } from '../kernel/meter-reading.js';
import { PipeRun, passed, TestStage } from '../plugin/answer/pipe-run.js';
import { answers, corpusPresent, responseBody } from './meter-recordings.js';
import { documentsOf, twinReading } from './meter-twin.js';
import { isObject, type Json } from './meter-twin-json.js';

/**
 * A change that commutes with cutting and joining, and that keeps JSON JSON (none of these letters stands in true, false, null, an escape),
 * so that what an answer must become does not depend on how its text was cut.
 */
const changed = (text: string): string => text.replace(/[ghijkmopqvwxyz]/g, letter => letter.toUpperCase());
const isChangeable = (text: string): boolean => changed(text) !== text;

const TELLTALES = new Set([
  'logprobs',
  'logprobsResult',
  'avgLogprobs',
  'token_ids',
  'token_likelihoods',
  'parsed',
]);

/** Quotations of the answer: emptied where what was let pass does not have them. */
const QUOTATION = /\.(citations(\[\d+\])?|segment|segments\[\d+\])\.text$/;

/** Sources, and what tools of the provider's own did: no text of the model, though its text may quote them. */
const SOURCES = /annotation|citation|executed_tools|search|action\.|blockedResponse|webSearchQueries/;

const recorded = answers()
  .map(answer => ({
    id: answer.id,
    api: (answer.weir_api ?? 'other') as ApiName,
    wrapped: answer.weir_api === 'bedrock.invoke',
    contentType: answer.response_content_type ?? '',
    status: answer.status ?? 200,
    body: responseBody(answer),
  }))
  .filter(({ api, status, body, wrapped }) => {
    const twin = twinReading(body, wrapped);
    return AnswerPipe.applies(api, status) && twin.clean && twin.events > 0;
  });

function rewritten(
  { api, contentType, body }: (typeof recorded)[number],
  size: number | 'whole',
): PipeRun & { stage: TestStage } {
  const stage = new TestStage(({ text }) => passed(changed(text)));
  const run = new PipeRun([stage], { api, contentType });
  run.feed(cuts(body, size)).pipe.end();
  return Object.assign(run, { stage });
}

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

function* strings(json: Json, path: string): Generator<readonly [string, string]> {
  if (typeof json === 'string') yield [path, json];
  else if (Array.isArray(json)) for (const one of json) yield* strings(one, `${path}[]`);
  else if (isObject(json))
    for (const [key, value] of Object.entries(json)) yield* strings(value, `${path}.${key}`);
}

/** Paths where `after` is neither the same nor the same with its text changed. */
function* differences(before: Json, after: Json, path: string): Generator<string> {
  if (typeof before === 'string' && typeof after === 'string') {
    if (after !== before && after !== changed(before) && !(after === '' && QUOTATION.test(path))) yield path;
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [i, one] of before.entries()) yield* differences(one, after[i] ?? null, `${path}[${i}]`);
  } else if (isObject(before) && isObject(after)) {
    const names = Object.keys(after);
    for (const [i, [key, value]] of Object.entries(before).entries()) {
      const name = names[i] ?? '';
      if (name !== key && name !== changed(key)) yield `${path}.${key} is called ${name}`;
      else if (TELLTALES.has(key) && isEmpty(after[name] ?? null)) continue;
      else yield* differences(value, after[name] ?? null, `${path}.${key}`);
    }
  } else if (before !== after) yield path;
}

function isEmpty(json: Json): boolean {
  return json === null || (Array.isArray(json) && json.length === 0);
}
