// CSV as spreadsheets read it: what is quoted, what is disarmed, what stays a number.
import { describe, expect, it } from 'vitest';
import { type Cell, cellText, csv } from '../../src/admin/csv.js';

describe('a cell of CSV', () => {
  it.each<[Cell, string]>([
    [null, ''],
    [0, '0'],
    [-1.5, '-1.5'],
    ['gpt-4o', 'gpt-4o'],
    ['0.002030', '0.002030'],
    ['-0.250000', '-0.250000'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    [' padded ', '" padded "'],
    ['two\r\nlines\u001b[2J', 'two\ufffd\ufffdlines\ufffd[2J'],
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['+49', "'+49"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\uff1d1', "'\uff1d1"],
    ['a=b', 'a=b'],
  ])('%j is written as %j', (cell, text) => {
    expect(cellText(cell)).toBe(text);
  });
});

describe('a table of CSV', () => {
  it('has a header line, CRLF, and the place of the next page', () => {
    expect(csv(['a', 'b'], [[1, null]], 'req_1')).toEqual({
      status: 200,
      type: 'text/csv; charset=utf-8',
      body: 'a,b\r\n1,\r\n',
      headers: { 'x-weir-next': 'req_1' },
    });
    expect(csv(['a'], []).headers).toEqual({});
  });
});
