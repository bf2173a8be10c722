// Bytes and durations: what is read, what is refused, and that what is written reads back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/core/units.js';

describe('bytes', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['1KiB', 1024],
    ['32MiB', 33_554_432],
    ['32 MiB', 33_554_432],
    ['1.5MiB', 1_572_864],
    ['0.1KB', 100],
    ['10MB', 10_000_000],
    ['2GiB', 2_147_483_648],
  ])('reads %s as %i', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each([
    '',
    'MiB',
    '-1',
    '1mib',
    '1Mib',
    '1e3',
    '0x10',
    '1.5B',
    '0.3KiB',
    '1 000',
    '1TiB',
    '32MiB,',
    '9007199254740993',
  ])('refuses %j', text => expect(parseBytes(text)).toBeNull());

  it('writes what it reads back', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 45 }), bytes => parseBytes(formatBytes(bytes)) === bytes));
  });

  it.each([
    [33_554_432, '32MiB'],
    [1000, '1000B'],
    [1536, '1536B'],
    [0, '0B'],
  ])('writes %i as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['0s', 0],
    ['1h30m', 5_400_000],
    ['1m30s', 90_000],
    ['1s500ms', 1500],
    ['2d', 172_800_000],
    [' 5s ', 5000],
  ])('reads %j as %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 's', '-5s', '5 s', '30m1h', '5s5s', '5sec', '1h 30m', '1.5ms', '5S', '١s', '1hx', 'x1h'])(
    'refuses %j',
    text => expect(parseDuration(text)).toBeNull(),
  );

  it('writes what it reads back', () => {
    fc.assert(fc.property(fc.nat({ max: 1e12 }), ms => parseDuration(formatDuration(ms)) === ms));
  });

  it.each([
    [90_000, '1m30s'],
    [250, '250ms'],
    [0, '0s'],
    [172_800_000, '48h'],
  ])('writes %i ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
