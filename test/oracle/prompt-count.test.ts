// Prompt counts beside what providers reported, on recorded traffic: bench/tokens/corpus-table.js, with its bars.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { corpusPresent } from './recordings.js';

interface Counted {
  readonly id: string;
  readonly api: string;
  readonly counted: number;
  readonly reported: number;
}

interface Row {
  readonly n: number;
  readonly median: number;
}

interface Report {
  readonly exact: readonly Counted[];
  readonly others: readonly Counted[];
  readonly seeds: readonly (Row & { readonly seed: number })[];
  readonly table: readonly (Row & { readonly provider: string })[];
}

/** OpenAI's prompts that are off by more than 1 % and 3 tokens, each with what is known of the reason. All of them have `tools`. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  x043c0e2b128: 'gpt-5-mini with tool_choice none: 80 tokens of a hidden instruction',
  x4eb71aeeebf: 'gpt-5-mini with a forced tool: 80 tokens of a hidden instruction',
  xc97841f5ac1: 'gpt-4o in the responses api with an empty list of tools: 18 hidden tokens',
  xe6d437f8dbc: 'gpt-4o-mini in the responses api: a call and its result cost 4 less than in chat',
  xe97becf1155: 'the same conversation again',
  xbd4177633b5: 'gpt-4o in the responses api: a strict tool, a call and its result cost 4 more than in chat',
  xe031934836f: 'gpt-5.2 with three strict tools and two calls: 4 of 343 tokens too many',
};

/** Of each provider that the test half has enough records of, over all seeds, to say something: 10 records a seed. */
const RECORDS_MIN = 50;

describe.skipIf(!corpusPresent)('prompt counts on recorded traffic (needs ../shared/corpus)', () => {
  let report: Report;
  let printed: string;

  beforeAll(() => {
    const script = fileURLToPath(new URL('../../bench/tokens/corpus-table.js', import.meta.url));
    const run = (...options: string[]): string =>
      execFileSync(process.execPath, [script, '--seeds', '1,2,3,4,5', ...options], {
        encoding: 'utf8',
        maxBuffer: 1 << 24,
      });
    report = JSON.parse(run('--json')) as Report;
    printed = run();
    process.stdout.write(printed);
  }, 60_000);

  it('are within 1 % or 3 tokens for OpenAI’s own models, but for the listed exceptions', () => {
    const far = report.exact.filter(
      ({ counted, reported }) => Math.abs(counted - reported) > Math.max(3, reported * 0.01),
    );
    expect(report.exact.length).toBeGreaterThan(130);
    expect(far.map(({ id }) => id).sort()).toEqual(Object.keys(EXCEPTIONS).sort());
  });

  it('are mostly the very number', () => {
    const same = report.exact.filter(({ counted, reported }) => counted === reported);
    expect(same.length / report.exact.length).toBeGreaterThan(0.75);
  });

  it('are within 15 % in the median for all others, learned on one half and tested on the other, for every seed', () => {
    expect(report.others.length).toBeGreaterThan(500);
    expect(report.seeds.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5]);
    expect(report.seeds.filter(({ median }) => median > 0.15)).toEqual([]);
  });

  it('are within 15 % in the median for each provider with enough records', () => {
    const rows = report.table.filter(({ n }) => n >= RECORDS_MIN);
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.filter(({ median }) => median > 0.15)).toEqual([]);
  });

  it('are printed as a table', () => {
    expect(printed).toContain('| provider | n | median error | p90 | within 15 % |');
    expect(printed).toMatch(/^\| all \| \d+ \|/m);
  });
});
