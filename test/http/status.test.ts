// Status lines for every status that a provider may send.
import { describe, expect, it } from 'vitest';
import { statusLine } from '../../src/http/status.js';

describe('a status line', () => {
  it.each([
    [200, '200 OK'],
    [404, '404 Not Found'],
    [429, '429 Too Many Requests'],
    [529, '529 Unknown'],
    [999, '999 Unknown'],
    [1000, '502 Bad Gateway'],
    [-1, '502 Bad Gateway'],
    [Number.NaN, '502 Bad Gateway'],
  ])('of %i is %s', (status, line) => {
    expect(statusLine(status)).toBe(line);
  });

  it('never holds anything but a number and words', () => {
    for (let status = 100; status < 1000; status++)
      expect(statusLine(status)).toMatch(/^\d{3} [A-Za-z][\w '-]+$/);
  });
});
