// The pipe's verdicts: what is let pass, held back, released, changed, appended, ended; in what order, and what failures do.
import { describe, expect, it } from 'vitest';
import { HELD_BYTES_MAX, HELD_MS_MAX } from '../../../src/core/plugin-bounds.js';
import { AnswerPipe } from '../../../src/plugin/answer/answer-pipe.js';
import type { PieceVerdict } from '../../../src/plugin/answer/event-stage.js';
import { appended, END, HOLD, held, PASS, PipeRun, passed, sse, TestStage } from './pipe-run.js';

const delta = (content: string, index = 0): unknown => ({ choices: [{ index, delta: { content } }] });
const role = { choices: [{ index: 0, delta: { role: 'assistant' } }] };
const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
/** Texts of the deltas of what went out, and what its other events are. */
const said = (out: string): string[] =>
  out
    .split('\n\n')
    .filter(event => event !== '')
    .map(event => {
      if (event === 'data: [DONE]') return 'done';
      const { choices } = JSON.parse(event.slice(6)) as {
        choices: { delta: { content?: string; role?: string }; finish_reason?: string }[];
      };
      const choice = choices[0];
      return choice?.delta.content ?? choice?.delta.role ?? choice?.finish_reason ?? '?';
    });
/** A stage that follows a script of verdicts, then lets pass. */
const script = (...verdicts: PieceVerdict[]): TestStage => new TestStage(() => verdicts.shift() ?? PASS);

const STREAM = [role, delta('a'), delta('b'), delta('c'), finish, '[DONE]'].map(event => sse(event));

describe('a stage that lets all pass', () => {
  it('sees each piece once, in order, and the end before the last event goes out', () => {
    const stage = new TestStage();
    const run = new PipeRun([stage]).feed(STREAM.slice(0, 5));
    expect(stage.kinds).toEqual(['text', 'text', 'text']);
    expect(stage.shown.map(one => one.index)).toEqual([0, 1, 2]);
    let outAtEnd = -1;
    const late = new TestStage(({ kind }) => {
      if (kind === 'end') outAtEnd = said(other.text).length;
      return PASS;
    });
    const other = new PipeRun([late]);
    other.all(STREAM);
    expect(late.shown.at(-1)).toEqual({ kind: 'end', index: 3, choice: 0, text: '', held: [] });
    expect(said(other.text).length - outAtEnd).toBe(1);
    expect(run.text).toBe(STREAM.slice(0, 5).join(''));
    expect([other.text, other.done, other.pipe.changed]).toEqual([STREAM.join(''), 1, false]);
  });

  it('is told of the end where the stream has no closing event', () => {
    const stage = new TestStage();
    expect(new PipeRun([stage]).all(STREAM.slice(0, 3))).toBe(STREAM.slice(0, 3).join(''));
    expect(stage.kinds).toEqual(['text', 'text', 'end']);
  });

  it('is told of the choice', () => {
    const stage = new TestStage();
    new PipeRun([stage]).all([sse(delta('x', 2), delta('y', 1))]);
    expect(stage.shown.map(({ kind, choice }) => `${kind} ${choice}`)).toEqual(['text 2', 'text 1', 'end 0']);
  });
});

const CASES: Readonly<Record<string, readonly [readonly PieceVerdict[], readonly string[]]>> = {
  'nothing is changed': [[], ['assistant', 'a', 'b', 'c', 'stop', 'done']],
  'a text is replaced': [
    [PASS, passed('X')],
    ['assistant', 'a', 'X', 'c', 'stop', 'done'],
  ],
  'a text is emptied': [[passed('')], ['assistant', '', 'b', 'c', 'stop', 'done']],
  'held until the end': [
    [HOLD, HOLD, HOLD],
    ['assistant', 'a', 'b', 'c', 'stop', 'done'],
  ],
  'held with its text replaced': [
    [held('X'), HOLD],
    ['assistant', 'X', 'b', 'c', 'stop', 'done'],
  ],
  'appended to the last that is held': [
    [held(''), held('ab'), appended('text', 0, '!')],
    ['assistant', '', 'ab!', 'c', 'stop', 'done'],
  ],
  'appended at the end': [
    [PASS, PASS, held(''), appended('text', 0, 'tail')],
    ['assistant', 'a', 'b', 'tail', 'stop', 'done'],
  ],
  'appended where nothing is held': [
    [appended('text', 0, '!')],
    ['assistant', 'a', 'b', 'c', 'stop', 'done'],
  ],
  'appended to another choice': [
    [HOLD, appended('text', 1, '!')],
    ['assistant', 'a', 'b', 'c', 'stop', 'done'],
  ],
  'ended at once': [[END], ['assistant']],
  'ended while text is held': [
    [PASS, HOLD, END],
    ['assistant', 'a'],
  ],
  'ended at the end': [
    [PASS, PASS, HOLD, END],
    ['assistant', 'a', 'b'],
  ],
  'ended at the end, nothing held': [
    [PASS, PASS, PASS, END],
    ['assistant', 'a', 'b', 'c', 'stop'],
  ],
};

describe('verdicts', () => {
  it.each(Object.keys(CASES))('%s, however the bytes are cut', name => {
    const [verdicts, expected] = CASES[name] ?? [[], []];
    const bytes = Buffer.from(STREAM.join(''));
    for (const size of [1, 5, 50, bytes.length]) {
      const run = new PipeRun([script(...verdicts)]);
      for (let at = 0; at < bytes.length; at += size) run.feed([bytes.subarray(at, at + size)]);
      run.pipe.end();
      expect(said(run.text), `in pieces of ${size}`).toEqual(expected);
      expect([run.ended, run.done, run.failures]).toEqual(verdicts.includes(END) ? [1, 0, []] : [0, 1, []]);
    }
  });

  it('keep later events behind a held one, and give the places that are held', () => {
    const stage = script(HOLD, HOLD);
    const run = new PipeRun([stage]).feed([sse(role, delta('a'), delta('b', 1), finish), ': ping\n\n']);
    expect(said(run.text)).toEqual(['assistant']);
    run.feed([sse(delta('c'))]);
    expect(stage.shown.map(one => one.held)).toEqual([[], ['text 0'], ['text 0', 'text 1']]);
    expect(run.text).toBe(`${sse(role, delta('a'), delta('b', 1), finish)}: ping\n\n${sse(delta('c'))}`);
  });

  it('release what was held before within an event that is held itself', () => {
    const two = { choices: [{ delta: { content: 'b' } }, { index: 1, delta: { content: 'c' } }] };
    const run = new PipeRun([script(HOLD, PASS, HOLD)]).feed([sse(delta('a'), two)]);
    expect(run.text).toBe(sse(delta('a')));
    expect(run.all([])).toBe(sse(delta('a'), two));
  });

  it('append to several places', () => {
    const stage = script(held(''), held(''), {
      ...appended('text', 0, 'A'),
      append: [
        { kind: 'text', choice: 0, text: 'A' },
        { kind: 'text', choice: 1, text: 'B' },
      ],
    });
    const out = new PipeRun([stage]).all([sse(delta('x'), delta('y', 1), delta('z'))]);
    expect(said(out)).toEqual(['A', 'B', 'z']);
  });

  it('of one stage are what the next sees, when it is released', () => {
    const first = script(held('A'), appended('text', 0, 'B'), passed(''));
    const second = new TestStage(({ kind, text }) => (kind === 'end' ? PASS : passed(`<${text}>`)));
    const run = new PipeRun([first, second]);
    run.feed(STREAM.slice(0, 2));
    expect(second.texts).toEqual([]);
    expect(said(run.all(STREAM.slice(2)))).toEqual(['assistant', '<AB>', '<b>', '', 'stop', 'done']);
    expect(second.texts).toEqual(['AB', 'b']);
  });

  it('end: what another stage still holds does not go out', () => {
    const run = new PipeRun([script(PASS, PASS, END), script(PASS, HOLD)]);
    expect(said(run.all(STREAM))).toEqual(['assistant', 'a']);
  });

  it.each(['\u0000"\\\n\u2028', '😀 \ud83d', 'é'])('write %j as a JSON string', text => {
    const out = new PipeRun([script(passed(text))]).all([sse(delta('a'))]);
    expect(said(out)).toEqual([text]);
  });
});

describe('verdicts that are promises', () => {
  it('hold up everything and keep the order', async () => {
    const asked: { text: string; answer: (verdict: PieceVerdict) => void }[] = [];
    const stage = new TestStage(({ kind, text }) =>
      kind === 'end' ? PASS : new Promise(answer => asked.push({ text, answer })),
    );
    const run = new PipeRun([stage]).feed(STREAM.slice(0, 3));
    run.feed(STREAM.slice(3)).pipe.end();
    expect([run.pipe.waiting, said(run.text), asked.length]).toEqual([true, ['assistant'], 1]);
    for (let i = 0; i < 3; i++) {
      asked[i]?.answer(passed(`${asked[i]?.text}${i}`));
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(said(run.text)).toEqual(['assistant', 'a0', 'b1', 'c2', 'stop', 'done']);
    expect([run.done, run.pipe.waiting]).toEqual([1, false]);
  });

  it('tell when the source may go on', async () => {
    const run = new PipeRun([new TestStage(({ text }) => (text === 'a' ? Promise.resolve(PASS) : PASS))]);
    run.feed(STREAM.slice(0, 3));
    expect([run.pipe.waiting, run.resumed]).toEqual([true, 0]);
    await Promise.resolve();
    expect([run.pipe.waiting, run.resumed, said(run.text)]).toEqual([false, 1, ['assistant', 'a', 'b']]);
  });

  it('that come after the end of the pipe are dropped', async () => {
    let answer: (verdict: PieceVerdict) => void = () => {};
    const stage = new TestStage(
      () =>
        new Promise(resolve => {
          answer = resolve;
        }),
    );
    const run = new PipeRun([stage]).feed(STREAM);
    run.pipe.abandon();
    answer(PASS);
    await Promise.resolve();
    expect([said(run.text), run.done, run.resumed]).toEqual([['assistant'], 0, 0]);
  });

  it('are told as a bug where what follows throws', async () => {
    const run = new PipeRun([new TestStage(() => Promise.resolve(PASS))]).feed(STREAM);
    const thrown = new Error('the client’s side failed');
    run.onOut = () => {
      throw thrown;
    };
    await new Promise(resolve => setImmediate(resolve));
    expect(run.bugs).toEqual([thrown]);
  });

  it('that fail are a failure of the stage; a bypass goes on without it', async () => {
    const stage = new TestStage(() => Promise.reject(new Error('gone')));
    const next = new TestStage();
    const run = new PipeRun([stage, next], { onFail: (pipe, failed) => pipe.bypass(failed) });
    run.feed(STREAM).pipe.end();
    await new Promise(resolve => setImmediate(resolve));
    expect(run.failures).toEqual(['worker_lost: the stage gave no verdict']);
    expect([run.text, run.done, next.texts]).toEqual([STREAM.join(''), 1, ['a', 'b', 'c']]);
  });
});

describe('failures', () => {
  const HELD = new TestStage(() => HOLD);
  const bigDelta = sse(delta('x'.repeat(HELD_BYTES_MAX / 2)));

  it('text over the bound is held: nothing goes out unless the owner goes on', () => {
    const run = new PipeRun([HELD]).feed([bigDelta, bigDelta, sse(delta('x'))]);
    expect(run.failures).toEqual([
      `held_too_much: ${HELD_BYTES_MAX + 1} bytes of text are held back; at most ${HELD_BYTES_MAX} may be`,
    ]);
    run.feed([sse(delta('x'))]).pipe.end();
    expect([run.text, run.done]).toEqual(['', 0]);
  });

  it('as many bytes as the bound are held', () => {
    const run = new PipeRun([HELD]).feed([bigDelta, bigDelta]);
    expect(run.failures).toEqual([]);
  });

  it('bypassed, what was held goes out and the stage is not asked again', () => {
    const stage = new TestStage(() => HOLD);
    const run = new PipeRun([stage], { onFail: (pipe, failed) => pipe.bypass(failed) });
    const all = [bigDelta, bigDelta, sse(delta('x')), sse(delta('y'))];
    expect(run.all(all)).toBe(all.join(''));
    expect([stage.shown.length, run.done]).toEqual([3, 1]);
  });

  it('held for longer than the bound', () => {
    const run = new PipeRun([new TestStage(() => HOLD)], { onFail: (pipe, stage) => pipe.bypass(stage) });
    run.feed(STREAM.slice(0, 2));
    run.pipe.checkHeld(HELD_MS_MAX);
    expect(run.failures).toEqual([]);
    run.pipe.checkHeld(HELD_MS_MAX + 1);
    expect(run.failures).toEqual([`held_too_long: text was held back for more than ${HELD_MS_MAX} ms`]);
    expect(said(run.text)).toEqual(['assistant', 'a']);
  });

  it('the end cannot be held', () => {
    const run = new PipeRun([new TestStage(({ kind }) => (kind === 'end' ? HOLD : PASS))]);
    expect(said(run.all(STREAM))).toEqual(['assistant', 'a', 'b', 'c', 'stop']);
    expect(run.failures).toEqual(['bad_result: the end cannot be held back']);
  });

  it('an event that is no JSON: the owner decides', () => {
    const bad = 'data: {"choices":[}\n\n';
    const closed = new PipeRun([new TestStage()]);
    expect(closed.all([sse(delta('a')), bad, sse(delta('b'))])).toBe(sse(delta('a')));
    expect(closed.failures).toEqual(['unreadable: an event of the answer is not JSON']);
    const stage = new TestStage();
    const open = new PipeRun([stage], { onFail: pipe => pipe.bypass(null) });
    expect(open.all([sse(delta('a')), bad, sse(delta('b')), 'anything'])).toBe(
      `${sse(delta('a'))}${bad}${sse(delta('b'))}anything`,
    );
    expect([stage.texts, open.done]).toEqual([['a'], 1]);
  });

  it('an answer that is over the bound of what is looked at', () => {
    const whole = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(2000) } }] });
    const run = new PipeRun([new TestStage()], { inspectBytes: 1000, onFail: pipe => pipe.bypass(null) });
    expect(run.all([whole.slice(0, 900), whole.slice(900)])).toBe(whole);
    expect(run.failures).toEqual(['unreadable: the answer is over 1000 bytes']);
  });
});

describe('an answer that is no stream', () => {
  const whole = JSON.stringify({
    id: 'x',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'one', reasoning_content: 'hm' } },
      {
        index: 1,
        message: { content: 'two', tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] },
      },
    ],
    usage: { total_tokens: 3 },
  });

  it('is shown text by text before anything goes out', () => {
    const stage = new TestStage(() => {
      expect(run.out).toEqual([]);
      return PASS;
    });
    const run = new PipeRun([stage]);
    expect(run.all([whole.slice(0, 60), whole.slice(60)])).toBe(whole);
    expect(stage.shown.map(({ kind, choice, text }) => `${kind} ${choice} ${text}`)).toEqual([
      'text 0 one',
      'reasoning 0 hm',
      'text 1 two',
      'tool_arguments 1 {"a":1}',
      'end 0 ',
    ]);
  });

  it('is changed where a text was replaced', () => {
    const stage = new TestStage(({ text }) => (text === 'two' ? passed('2"') : HOLD));
    const run = new PipeRun([new TestStage(({ kind }) => (kind === 'end' ? PASS : HOLD)), stage], {
      onFail: (pipe, failed) => pipe.bypass(failed),
    });
    expect(run.all([whole])).toBe(whole.replace('two', '2\\"'));
  });

  it('does not go out at all where it is ended', () => {
    const run = new PipeRun([new TestStage(({ kind }) => (kind === 'end' ? END : PASS))]);
    expect([run.all([whole]), run.ended]).toEqual(['', 1]);
  });
});

describe('a pipe', () => {
  it.each([
    ['openai.chat', 200, true],
    ['openai.chat', 400, false],
    ['openai.embeddings', 200, false],
    ['cohere.rerank', 200, false],
    ['anthropic.count_tokens', 200, false],
    ['openai.audio', 200, true],
    ['other', 200, true],
    ['none', 200, false],
  ] as const)('is for answers that have text: %s %i', (api, status, applies) => {
    expect(AnswerPipe.applies(api, status)).toBe(applies);
  });

  it('without stages, and of an empty answer, is done at once', () => {
    expect(new PipeRun([]).all(STREAM)).toBe(STREAM.join(''));
    const stage = new TestStage();
    const run = new PipeRun([stage]);
    expect([run.all([]), run.done, stage.kinds]).toEqual(['', 1, ['end']]);
  });
});

describe('long texts', () => {
  const TAILS = ['', '"', '\\\\', '\\\\"', `"${'y'.repeat(40)}\\\\\\\\`, `\\n${'z'.repeat(60)}\\"`];
  const texts = TAILS.flatMap(tail => [23, 24, 25, 90].map(length => `${'x'.repeat(length)}${tail}`));
  const lines = texts.map(text => `${JSON.stringify(delta(text))}\n`).join('');

  it.each([1, 7, 64, 1 << 20])(
    'with quotes and backslashes end where they end, in chunks of %i bytes',
    size => {
      const stage = new TestStage();
      const run = new PipeRun([stage], { contentType: 'application/x-ndjson' });
      const bytes = Buffer.from(lines);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(run.all(chunks)).toBe(lines);
      expect(stage.texts).toEqual(texts);
    },
  );
});
