// Numbers as a colleague would write them.
import { describe, expect, it } from 'vitest';
import { counted, listed, quoted, size, span } from '../../src/explain/words.js';

describe('words for numbers', () => {
  it.each([
    [0, '0 µs'],
    [0.3, '300 µs'],
    [0.9999, '1 ms'],
    [1, '1 ms'],
    [9.994, '9.99 ms'],
    [210.4, '210 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1901, '1.9 s'],
    [119_999, '2 min'],
    [120_000, '2 min'],
    [300_200, '5 min'],
    [7_200_000, '2 h'],
    [172_619_999, '47.9 h'],
    [172_620_000, '2 days'],
    [2_592_000_000, '30 days'],
    [-5, '-5 ms'],
  ])('%f ms are %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it.each([
    [0, 'no bytes'],
    [1, '1 byte'],
    [1023, '1,023 bytes'],
    [1024, '1 KiB'],
    [33_554_432, '32 MiB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it('count in singular and plural', () => {
    expect([counted(0, 'tool'), counted(1, 'tool'), counted(1200, 'tool')]).toEqual([
      'no tools',
      '1 tool',
      '1,200 tools',
    ]);
  });

  it('list with "and" before the last', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  it('cut what is long', () => {
    expect(quoted('x'.repeat(200), 5)).toBe('xxxxx…');
  });
});
