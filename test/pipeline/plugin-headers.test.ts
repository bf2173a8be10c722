// Headers as plugins see and set them: no credential is shown, whatever header it stands in.
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/pipeline/exchange.js';
import { headersShown } from '../../src/pipeline/plugins/headers.js';
import { editHeaders } from '../../src/plugin/header-list.js';

const exchange = {
  caller: { credential: { place: 'authorization', value: 'Bearer sk-of-the-caller' } },
  runtime: { secrets: ['configured-secret', 'short'] },
} as unknown as Exchange;

const LIST = [
  ...['x-plain', 'short words', 'X-Upper', 'seen'],
  ...['x-echo', 'it was sk-of-the-caller', 'x-own', 'a configured-secret b'],
  ...['x-weirdly', `weir_${'A'.repeat(49)}`, 'x-octets', 'gr\u00c3\u00bc\u00c3\u009fe'],
];

describe('headers that a plugin sees', () => {
  it.each([
    ['x-plain', 'short words'],
    ['x-upper', 'seen'],
    ['x-octets', 'grüße'],
    ['x-echo', null],
    ['x-own', null],
    ['x-weirdly', null],
    ['x-absent', null],
  ])('%s is %s', (name, value) => {
    expect(new Map(headersShown(exchange, LIST)).get(name) ?? null).toBe(value);
  });

  it('that stand there more than once are one value, of which a credential hides all', () => {
    const list = ['x-a', '1', 'x-b', 'b', 'X-A', '2', 'x-c', 'c', 'x-c', 'configured-secret'];
    expect(headersShown(exchange, list)).toEqual([
      ['x-a', '1, 2'],
      ['x-b', 'b'],
    ]);
  });
});

describe('headers that a plugin sets', () => {
  it('stand in the place of all of that name, and travel as octets', () => {
    const list = ['x-a', '1', 'X-A', '2', 'x-b', '3'];
    const edits = [
      { name: 'x-a', value: 'ü' },
      { name: 'x-b', value: null },
    ];
    editHeaders(list, edits, true);
    expect(list).toEqual(['x-a', '\u00c3\u00bc']);
    editHeaders(list, edits.slice(0, 1), false);
    expect(list).toEqual(['x-a', 'ü']);
  });
});
