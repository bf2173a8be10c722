// Names of buckets: noted once a key by the thread that makes it, collected, bounded, forgotten when room is wanted.
import { describe, expect, it } from 'vitest';
import { LimitsKernel } from '../../src/kernel/limits.js';
import { createLimitsTable } from '../../src/kernel/limits-table.js';
import { NameBook, NameNotes } from '../../src/workers/bucket-names.js';

const table = createLimitsTable(1024);
const limits = LimitsKernel.load(table);
const name = (i: number, identity = 'budget b'): string => `${identity}\n0\n${i}`;

describe('notes of a thread', () => {
  it('have each key that its kernel makes, once taken no more', () => {
    const own = LimitsKernel.load(table);
    const notes = new NameNotes();
    notes.follow(own);
    const key = own.key(name(1), true);
    expect([key.a, key.d & 1]).toEqual([limits.key(name(1)).a, 1]);
    expect(notes.take().texts).toEqual([name(1)]);
    expect(notes.take().texts).toEqual([]);
  });

  it('are bounded', () => {
    const notes = new NameNotes();
    for (let i = 0; i < 70_000; i++) notes.add('x');
    expect(notes.take().texts).toHaveLength(65_536);
  });
});

describe('the book of names', () => {
  it('finds a bucket by its key, whether it may use the reserve or not', () => {
    const book = new NameBook(limits, () => true);
    book.add([{ texts: [`budget b\n86400000\n1:a\n`] }]);
    for (const reserved of [true, false]) {
      expect(book.find(limits.key('budget b\n86400000\n1:a\n', reserved))).toMatchObject({
        identity: 'budget b',
        windowStartMs: 86_400_000,
        values: '1:a\n',
      });
    }
    expect(book.find(limits.key('budget b\n86400000\n1:b\n'))).toBeNull();
  });

  it('keeps room for names that outlive a restart', () => {
    const book = new NameBook(limits, identity => identity === 'budget b', 8);
    for (let i = 0; i < 5; i++) book.name(name(i, 'limit l'));
    expect(book.size).toBe(2);
    for (let i = 0; i < 9; i++) book.name(name(i));
    expect([book.size, book.find(limits.key(name(5))) !== null]).toEqual([8, true]);
  });

  it('forgets what two walks have not met, where room is wanted', () => {
    const book = new NameBook(limits, () => true, 8);
    const walk = (...met: number[]): void => {
      book.beginWalk();
      for (const i of met) {
        const bucket = book.find(limits.key(name(i)));
        if (bucket !== null) book.met(bucket);
      }
      book.endWalk();
    };
    for (let i = 0; i < 6; i++) book.name(name(i));
    walk(1, 2);
    expect(book.size).toBe(6);
    walk(1, 2);
    walk(1);
    expect([0, 1, 2, 3].map(i => book.find(limits.key(name(i))) !== null)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const roomy = new NameBook(limits, () => true, 100);
    roomy.name(name(1));
    for (let i = 0; i < 3; i++) {
      roomy.beginWalk();
      roomy.endWalk();
    }
    expect(roomy.size).toBe(1);
  });
});
