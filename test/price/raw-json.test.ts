// Numbers out of a provider's own usage object, which may be anything.
import { describe, expect, it } from 'vitest';
import { fieldsOfBytes, numberAt, wholeAfter } from '../../src/price/raw-json.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEY = bytes('"web_search_requests":');

describe('a whole number behind a key', () => {
  it.each([
    ['{"server_tool_use":{"web_search_requests":3,"web_fetch_requests":9}}', 3],
    ['{"server_tool_use":{"web_search_requests": \t\r\n 12}}', 12],
    ['{"web_fetch_requests":9,"wweb_search_requests":8,"web_search_requests":7}', 7],
    ['{"web_search_requests":0}', 0],
    ['{"web_search_requests":-4}', 0],
    ['{"web_search_requests":null}', 0],
    ['{"web_search_requests":', 0],
    ['{"web_search_requests":123456789012345}', 123_456_789],
    ['web_search_requests', 0],
    ['', 0],
  ])('of %s is %i', (text, value) => {
    expect(wholeAfter(bytes(text), KEY)).toBe(value);
  });
});

describe('fields of bytes', () => {
  it.each(['', '[]', '1', 'null', '"x"', '{', `{"a":"${'x'.repeat(70_000)}"}`, '\u0000'])(
    'of %j are none',
    text => {
      expect(fieldsOfBytes(bytes(text)).size).toBe(0);
    },
  );

  it('are only the own ones, and numbers only where they are finite and not negative', () => {
    const fields = fieldsOfBytes(bytes('{"a":1,"b":-1,"c":"1","d":1e999,"__proto__":2}'));
    expect([...fields.keys()]).toEqual(['a', 'b', 'c', 'd', '__proto__']);
    expect(['a', 'b', 'c', 'd', 'toString'].map(name => numberAt(fields, name))).toEqual([
      1,
      null,
      null,
      null,
      null,
    ]);
  });
});
