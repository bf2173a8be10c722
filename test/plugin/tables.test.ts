// Lookup tables: what CSV gives, and what is no table.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTable, TABLE_BYTES_MAX, TABLE_ROWS_MAX, TableRefused } from '../../src/plugin/tables.js';

const read = (text: string): [string, string][] => [...readTable(Buffer.from(text))];
function refusal(csv: Uint8Array | string): string {
  try {
    readTable(typeof csv === 'string' ? Buffer.from(csv) : csv);
  } catch (cause) {
    if (cause instanceof TableRefused) return cause.message;
    throw cause;
  }
  return 'read';
}

describe('a lookup table', () => {
  it.each<[string, string, [string, string][]]>([
    [
      'two columns',
      'a,1\nb,2\n',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'no line break at the end',
      'a,1\nb,2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'CR LF, CR and empty lines',
      'a,1\r\n\r\nb,2\rc,3\n\n',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['a byte-order mark', '\ufeffa,1', [['a', '1']]],
    [
      'quoted fields, with commas, quotes and line breaks inside',
      '"a,b","say ""hi""\r\n there"\nc,""\n',
      [
        ['a,b', 'say "hi"\r\n there'],
        ['c', ''],
      ],
    ],
    ['spaces, which belong to the field', ' a , 1 ', [[' a ', ' 1 ']]],
    [
      'one column',
      'a\n"b"\n',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['an empty value', 'a,\n', [['a', '']]],
    [
      'several columns: the rest as written',
      'a,1,"x, ""y""",\nb,,,\n',
      [
        ['a', '1,"x, ""y""",'],
        ['b', ',,'],
      ],
    ],
    [
      'any letters',
      'ключ,值\n😀,é\n',
      [
        ['ключ', '值'],
        ['😀', 'é'],
      ],
    ],
    ['nothing', '', []],
    ['only line breaks', '\r\n\n', []],
  ])('reads %s', (_, csv, rows) => {
    expect(read(csv)).toEqual(rows);
  });

  it.each<[string, string]>([
    ['a,1\nb,2\n\na,3\n', 'line 4 has the key "a", as line 1'],
    ['"a\nb",1\nc,2,3\n', 'line 3 has 3 columns; line 1 has 2'],
    ['a,1\n,2\n', 'line 2 has no key in its first column'],
    ['a,1\nb,"2\n\n', 'line 2 has a quote that is never closed'],
    ['a,1\nb"c,2\n', 'line 2 has a quote inside a field that does not begin with one'],
    ['"a"b,1\n', 'line 1 has text behind a closing quote'],
    ['a,"1" \n', 'line 1 has text behind a closing quote'],
  ])('refuses %j', (csv, message) => {
    expect(refusal(csv)).toBe(message);
  });

  it('refuses what is not UTF-8', () => {
    expect(refusal(Uint8Array.of(0x61, 0xff))).toBe('the table is not UTF-8');
  });

  it('has a bound of rows and of bytes', { timeout: 60_000 }, () => {
    const rows = Array.from({ length: TABLE_ROWS_MAX }, (_, i) => `${i},`).join('\n');
    expect(readTable(Buffer.from(rows)).size).toBe(TABLE_ROWS_MAX);
    expect(refusal(`${rows}\nx,\n`)).toBe('line 1000001 is row 1000001; allowed are 1000000');
    expect(refusal(Buffer.alloc(TABLE_BYTES_MAX + 1, '\n'))).toBe(
      'the table has 67108865 bytes; allowed are 67108864',
    );
  });

  it('gives back whatever was written as CSV', () => {
    const field = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '😀'),
      maxLength: 6,
    });
    const rows = fc.uniqueArray(
      fc.tuple(
        field.filter(key => key !== ''),
        field,
      ),
      { selector: ([key]) => key },
    );
    const written = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        const csv = rows.map(([key, value]) => `${written(key)},${written(value)}`).join(end);
        expect(read(csv)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });
});
