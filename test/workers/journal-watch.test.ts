// What is told of journals that cannot be written: at once, and then not too often.
import { describe, expect, it } from 'vitest';
import { JournalWatch } from '../../src/workers/journal-watch.js';

function watch() {
  const lines: string[] = [];
  let nowMs = 0;
  const say = (level: string) => (facts: object, text: string) =>
    lines.push(`${level} ${text} ${JSON.stringify(facts)}`);
  const journals = new JournalWatch({ info: say('info'), error: say('error') }, () => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { journals, lines, pass };
}

const FULL = { full: true, reason: 'no space is left', lost: 0 };
const FREE = { full: false, reason: null, lost: 0 };

describe('the watch over the journals', () => {
  it('says once that they are full, whatever the number of threads, and once that they are not', () => {
    const { journals, lines } = watch();
    journals.take(0, FULL);
    journals.take(1, FULL);
    expect(journals.state()).toEqual({ full: true, reason: 'no space is left', lost: 0 });
    journals.take(0, FREE);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^error .*no space is left/);
    journals.take(1, FREE);
    expect(lines[1]).toMatch(/^info the ledger can be written again/);
    expect(journals.state()).toEqual({ full: false, reason: null, lost: 0 });
  });

  it('tells of a disk that is full now and then every ten seconds at most', () => {
    const { journals, lines, pass } = watch();
    for (let i = 0; i < 100; i++) {
      journals.take(0, FULL);
      journals.take(0, FREE);
      pass(200);
    }
    expect(lines.filter(line => line.startsWith('error'))).toHaveLength(2);
  });

  it('tells what was lost, and keeps the sum of all threads', () => {
    const { journals, lines, pass } = watch();
    journals.take(0, FULL);
    pass(10_000);
    journals.take(0, { ...FULL, lost: 3 });
    journals.take(1, { ...FREE, lost: 4 });
    expect(lines[1]).toContain('"lost":3');
    expect(journals.state().lost).toBe(7);
    journals.take(0, { ...FREE, lost: 3 });
    expect(lines[2]).toContain('"lost":7');
  });
});
