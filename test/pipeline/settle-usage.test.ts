// Reported or counted, whole or cut: which number wins, and what the record calls it.
import { describe, expect, it } from 'vitest';
import { noUsage, type Usage } from '../../src/core/usage.js';
import { settleUsage, type UsageFacts } from '../../src/pipeline/settle-usage.js';

const EXACT = { encoding: 'o200k_base', exact: true, factor: 1, spread: 0 };
const GUESS = { encoding: 'o200k_base', exact: false, factor: 1.2, spread: 0.05 };

const prompt = (exact: boolean, uncounted: string[] = []) => ({
  tokens: exact ? 100 : 120,
  counted: 100,
  encoding: 'o200k_base' as const,
  exact,
  factor: exact ? null : 1.2,
  spread: exact ? null : 0.05,
  uncounted,
});

const reported = (input: number | null, output: number | null): Usage => ({
  ...noUsage(),
  inputTokens: input,
  outputTokens: output,
  inputSource: input === null ? 'none' : 'provider',
  outputSource: output === null ? 'none' : 'provider',
});

const counted = (tokens: number, reasoning = 0) => ({ tokens, reasoning });

function settled(
  usage: Usage,
  special: Partial<Omit<UsageFacts, 'answer'>>,
  answer: { tokens: number; reasoning: number } | null,
) {
  const steps = settleUsage(usage, {
    api: 'openai.chat',
    prompt: () => prompt(true),
    answer: () => answer,
    output: () => EXACT,
    complete: true,
    finished: true,
    recognised: true,
    cancelStopsBilling: true,
    ...special,
  });
  const { inputTokens, inputSource, outputTokens, outputSource, source } = usage;
  return {
    said: [inputTokens, inputSource, outputTokens, outputSource, source],
    codes: steps.map(({ code }) => code),
  };
}

describe('a whole answer', () => {
  it.each<[string, Usage, Partial<UsageFacts>, number, unknown[], string[]]>([
    ['keeps what was reported', reported(7, 9), {}, 50, [7, 'provider', 9, 'provider', 'provider'], []],
    ['keeps a reported 0', reported(0, 0), {}, 50, [0, 'provider', 0, 'provider', 'provider'], []],
    [
      'is counted on both sides',
      reported(null, null),
      {},
      50,
      [100, 'counted', 50, 'counted', 'counted'],
      ['input_counted', 'output_counted'],
    ],
    [
      'is counted on one side',
      reported(7, null),
      {},
      50,
      [7, 'provider', 50, 'counted', 'counted'],
      ['output_counted'],
    ],
    [
      'is estimated by the factor',
      reported(null, null),
      { prompt: () => prompt(false), output: () => GUESS },
      50,
      [120, 'estimated', 60, 'estimated', 'estimated'],
      ['input_estimated', 'output_estimated'],
    ],
    [
      'is an estimate where parts were not counted',
      reported(null, 9),
      { prompt: () => prompt(true, ['image']) },
      50,
      [100, 'estimated', 9, 'provider', 'estimated'],
      ['input_estimated'],
    ],
    [
      'without text is 0 when it says that it is over',
      reported(7, null),
      {},
      0,
      [7, 'provider', 0, 'counted', 'counted'],
      ['output_counted'],
    ],
    [
      'without text is not known when it does not',
      reported(7, null),
      { finished: false },
      0,
      [7, 'provider', null, 'none', 'none'],
      [],
    ],
    [
      'that is none adds nothing',
      reported(null, null),
      { recognised: false, finished: false },
      0,
      [null, 'none', null, 'none', 'none'],
      [],
    ],
    [
      'of an embedding has no output',
      reported(null, null),
      { api: 'openai.embeddings' },
      50,
      [100, 'counted', null, 'none', 'counted'],
      ['input_counted'],
    ],
  ])('%s', (_, usage, special, tokens, said, codes) => {
    expect(settled(usage, special, counted(tokens))).toEqual({ said, codes });
  });

  it('tells the reasoning that it has counted', () => {
    const usage = reported(7, null);
    settled(usage, {}, counted(50, 20));
    expect(usage.reasoningTokens).toBe(20);
  });
});

describe('an answer that was cut', () => {
  const cut = { complete: false, finished: false };
  it.each<[string, Usage, Partial<UsageFacts>, number, unknown[]]>([
    [
      'takes the count where it is larger',
      reported(7, 1),
      cut,
      50,
      [7, 'provider', 50, 'counted', 'counted'],
    ],
    [
      'takes the report where that is larger, as a lower bound',
      reported(7, 60),
      cut,
      50,
      [7, 'provider', 60, 'estimated', 'estimated'],
    ],
    [
      'is an estimate where the provider goes on',
      reported(7, 1),
      { ...cut, cancelStopsBilling: false },
      50,
      [7, 'provider', 50, 'estimated', 'estimated'],
    ],
    [
      'has its prompt counted before any text',
      reported(null, null),
      cut,
      0,
      [100, 'counted', null, 'none', 'none'],
    ],
  ])('%s', (_, usage, special, tokens, said) => {
    expect(settled(usage, special, counted(tokens)).said).toEqual(said);
  });

  it('whose counting failed keeps the report, as a lower bound', () => {
    expect(settled(reported(7, 3), cut, null).said).toEqual([7, 'provider', 3, 'estimated', 'estimated']);
  });
});
