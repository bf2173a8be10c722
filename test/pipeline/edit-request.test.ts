// Credentials out of a request's query; every other octet stays.
import { describe, expect, it } from 'vitest';
import { withoutKeys } from '../../src/pipeline/edit-request.js';

describe('a query', () => {
  it.each<[string | null, string | null, string | null]>([
    [null, null, null],
    ['', '', ''],
    ['a=1&b=2', 'a=1&b=2', 'a=1&b=2'],
    ['key=mine', 'key=mine', null],
    ['a=1&key=mine&b', 'a=1&key=mine&b', 'a=1&b'],
    ['%6bey=mine', '%6bey=mine', null],
    ['KEY=mine', 'KEY=mine', null],
    ['api_key=mine&access_token=t&api-key=k', 'api_key=mine&access_token=t&api-key=k', null],
    ['X-Amz-Signature=s&a=%20', 'X-Amz-Signature=s&a=%20', 'a=%20'],
    ['key=weir_x&a=1', 'a=1', 'a=1'],
    ['key=%77eir_x', null, null],
    ['other=weir_x&a', 'a', 'a'],
    ['weir_x&a', 'a', 'a'],
    ['a=1&monkey=2&keyword=3', 'a=1&monkey=2&keyword=3', 'a=1&monkey=2&keyword=3'],
    ['a=%ff%zz&&=&x==y', 'a=%ff%zz&&=&x==y', 'a=%ff%zz&&=&x==y'],
  ])('%j keeps %j of the caller’s, %j of anybody’s', (query, callers, own) => {
    expect(withoutKeys(query, false)).toBe(callers);
    expect(withoutKeys(query, true)).toBe(own);
  });
});
